//! Creating an organization.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::resources::identity::{Role, service_linked_arn};
use crate::resources::organization::{FeatureSet, Membership, Organization};
use crate::services::organizations::accounts::described;
use crate::services::organizations::events::call_event;
use crate::world::state::State;

/// Creates an organization that the caller manages, with the role that lets other services in.
pub(super) fn create(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    if state.is_in_organization(&caller.account) {
        let message = "The AWS account is already a member of an organization.";
        return Err(AwsError::new("AlreadyInOrganizationException", 400, message));
    }
    if state.organization.is_some() {
        return Err(AwsError::not_implemented("organizations:CreateOrganization for a second organization"));
    }
    let id = format!("o-{}", state.fresh_hex(10));
    let mut organization = Organization::new(&id, &caller.account);
    if input["FeatureSet"] == "CONSOLIDATED_BILLING" {
        organization.feature_set = FeatureSet::ConsolidatedBilling;
    }
    let joined = state.now();
    let parent = organization.root.clone();
    organization.memberships.insert(caller.account.clone(), Membership { parent, method: "INVITED", joined });
    let email = state.account(&caller.account).email.clone();
    let answer = json!({"Organization": described(&organization, email)});
    state.organization = Some(organization);
    let service = "organizations.amazonaws.com";
    let arn = service_linked_arn(&caller.account, service, "AWSServiceRoleForOrganizations");
    let role = Role { trust: Arc::new(Role::trust_of(service)), created: joined, description: None };
    state.identities.put_role(&arn, role);
    call_event(state, caller, "CreateOrganization", input, &Value::Null);
    Ok(answer)
}
