//! Reading roles, and making those that are linked to a service.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html>

use std::sync::Arc;

use serde_json::{Value, json};

use crate::iam::permissions::RequiredAction;
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::protocol::percent::percent_encoded;
use crate::protocol::service::Command;
use crate::protocol::time::iso;
use crate::resources::id::hex;
use crate::resources::identity::{Role, service_linked_arn};
use crate::resources::region::partition;
use crate::world::state::State;

/// The names that services have given their roles.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>
const SERVICE_LINKED: [(&str, &str); 10] = [
    ("access-analyzer.amazonaws.com", "AWSServiceRoleForAccessAnalyzer"),
    ("cloudtrail.amazonaws.com", "AWSServiceRoleForCloudTrail"),
    ("config.amazonaws.com", "AWSServiceRoleForConfig"),
    ("detective.amazonaws.com", "AWSServiceRoleForDetective"),
    ("fms.amazonaws.com", "AWSServiceRoleForFMS"),
    ("guardduty.amazonaws.com", "AWSServiceRoleForAmazonGuardDuty"),
    ("inspector2.amazonaws.com", "AWSServiceRoleForAmazonInspector2"),
    ("macie.amazonaws.com", "AWSServiceRoleForAmazonMacie"),
    ("organizations.amazonaws.com", "AWSServiceRoleForOrganizations"),
    ("securityhub.amazonaws.com", "AWSServiceRoleForSecurityHub"),
];

fn role_of_service(service: &str) -> Option<&'static str> {
    SERVICE_LINKED.iter().find(|(known, _)| *known == service).map(|(_, name)| *name)
}

/// What a call requires.
pub(super) fn required(command: &Command<'_>) -> RequiredAction {
    let (account, input) = (&command.caller.account, command.input);
    let action = format!("iam:{}", command.operation);
    match command.operation {
        "CreateServiceLinkedRole" => {
            let service = text(input, "AWSServiceName");
            let name = role_of_service(&service).unwrap_or("*");
            RequiredAction::new(action, service_linked_arn(account, &service, name))
                .with("iam:AWSServiceName", &service)
        }
        _ => RequiredAction::new(action, format!("arn:aws:iam::{account}:role/{}", text(input, "RoleName"))),
    }
}

pub(super) fn get(state: &State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let name = text(input, "RoleName");
    let found = state.identities.role(&caller.account, &name);
    let missing = || AwsError::new("NoSuchEntity", 404, format!("The role with name {name} cannot be found."));
    let (arn, role) = found.ok_or_else(missing)?;
    Ok(json!({"Role": described(caller, &arn, role)}))
}

/// A role, as operations describe it.
fn described(caller: &Caller, arn: &str, role: &Role) -> Value {
    let (_, path) = arn.split_once(":role/").unwrap_or_default();
    let (path, name) = path.rsplit_once('/').map_or(("/".to_owned(), path), |(path, name)| (format!("/{path}/"), name));
    let trust = json!({"Version": "2012-10-17", "Statement": role.trust.statements()}).to_string();
    let mut described = json!({
        "Path": path, "RoleName": name, "RoleId": format!("AROA{}", hex(arn, 17).to_uppercase()),
        "Arn": arn.replacen("arn:aws:", &format!("arn:{}:", partition(&caller.region)), 1),
        "CreateDate": iso(role.created), "MaxSessionDuration": 3600,
        "AssumeRolePolicyDocument": percent_encoded(&trust),
    });
    if let Some(description) = &role.description {
        described["Description"] = description.as_str().into();
    }
    described
}

pub(super) fn create_service_linked(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let service = text(input, "AWSServiceName");
    let Some(name) = role_of_service(&service) else {
        return Err(AwsError::not_implemented(&format!("iam:CreateServiceLinkedRole for {service}")));
    };
    let arn = service_linked_arn(&caller.account, &service, name);
    if state.identities.role(&caller.account, name).is_some() {
        let message =
            format!("Service role name {name} has been taken in this account, please try a different suffix.");
        return Err(AwsError::new("InvalidInput", 400, message));
    }
    let description = input["Description"].as_str().map(str::to_owned);
    let role = Role { trust: Arc::new(Role::trust_of(&service)), created: state.now(), description };
    let answer = json!({"Role": described(caller, &arn, &role)});
    state.identities.put_role(&arn, role);
    Ok(answer)
}
