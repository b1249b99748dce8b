//! What calls of Detective require their caller to be allowed.

use serde_json::Value;

use crate::iam::permissions::RequiredAction;
use crate::protocol::auth::Caller;
use crate::resources::identity::service_linked_arn;
use crate::resources::organization::DETECTIVE;
use crate::services::organizations::actions as organizations;
use crate::world::state::State;

/// Operations that read the organization with the caller's permissions.
const OF_ORGANIZATION: [&str; 5] = [
    "DescribeOrganizationConfiguration",
    "DisableOrganizationAdminAccount",
    "EnableOrganizationAdminAccount",
    "ListOrganizationAdminAccounts",
    "UpdateOrganizationConfiguration",
];

/// What a call requires, by
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondetective.html>.
pub(super) fn required(state: &State, caller: &Caller, operation: &str, input: &Value) -> Vec<RequiredAction> {
    let account = &caller.account;
    let named = input["GraphArn"].as_str().or(input["ResourceArn"].as_str()).unwrap_or_default();
    let action = match operation {
        "ListOrganizationAdminAccounts" => "detective:ListOrganizationAdminAccount".to_owned(),
        other => format!("detective:{other}"),
    };
    let resource = if named.is_empty() { "*" } else { named };
    let mut required = vec![RequiredAction::new(action, resource)];
    if OF_ORGANIZATION.contains(&operation) {
        required.push(RequiredAction::new("organizations:DescribeOrganization", "*"));
    }
    if operation == "CreateGraph" && input["Tags"].as_object().is_some_and(|tags| !tags.is_empty()) {
        required.push(RequiredAction::new("detective:TagResource", state.next_graph_arn(account, &caller.region)));
    }
    if operation == "EnableOrganizationAdminAccount" {
        let role = service_linked_arn(account, DETECTIVE, "AWSServiceRoleForDetective");
        required.push(RequiredAction::new("iam:CreateServiceLinkedRole", role));
        // Detective makes these calls with the caller's permissions, for itself and for the account that is designated.
        let register = "RegisterDelegatedAdministrator";
        for (operation, on) in
            [("EnableAWSServiceAccess", "*".to_owned()), (register, organizations::resource(state, register, input))]
        {
            let action = RequiredAction::new(format!("organizations:{operation}"), on);
            required.push(action.with(organizations::SERVICE_PRINCIPAL, DETECTIVE));
        }
    }
    required
}
