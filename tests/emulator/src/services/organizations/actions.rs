//! What calls of Organizations require their caller to be allowed.

use serde_json::Value;

use crate::iam::permissions::RequiredAction;
use crate::world::state::State;

/// The condition key of trusted access and of delegated administrators: the service that they are about.
pub(crate) const SERVICE_PRINCIPAL: &str = "organizations:ServicePrincipal";

/// What a call requires.
pub(crate) fn required(state: &State, operation: &str, input: &Value) -> Vec<RequiredAction> {
    let action = RequiredAction::new(format!("organizations:{operation}"), resource(state, operation, input));
    vec![match input["ServicePrincipal"].as_str() {
        Some(service) => action.with(SERVICE_PRINCIPAL, service),
        None => action,
    }]
}

/// The ARN of the resource that a call is on:
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html>.
pub(crate) fn resource(state: &State, operation: &str, input: &Value) -> String {
    let member = match operation {
        "DescribeAccount" | "DeregisterDelegatedAdministrator" | "RegisterDelegatedAdministrator" => "AccountId",
        "ListAccountsForParent" | "ListOrganizationalUnitsForParent" => "ParentId",
        "DeleteOrganizationalUnit" | "DescribeOrganizationalUnit" | "UpdateOrganizationalUnit" => {
            "OrganizationalUnitId"
        }
        "ListParents" => "ChildId",
        "ListPoliciesForTarget" => "TargetId",
        "ListTagsForResource" => "ResourceId",
        _ => return "*".to_owned(),
    };
    let id = input[member].as_str().unwrap_or_default();
    let Some(organization) = &state.organization else { return "*".to_owned() };
    let kind = match id.get(..2) {
        Some("r-") => "root",
        Some("ou") => "ou",
        _ => "account",
    };
    organization.arn(kind, id)
}
