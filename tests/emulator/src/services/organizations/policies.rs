//! Policies: none but the one that AWS attaches everywhere when an organization has all features.
//!
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::input::text;
use crate::resources::organization::{FeatureSet, Organization};
use crate::services::organizations::access::{reader, target_not_found};
use crate::world::state::State;

fn policies(organization: &Organization, input: &Value) -> Value {
    const TYPE: &str = "SERVICE_CONTROL_POLICY";
    let full_access = json!({
        "Id": "p-FullAWSAccess", "Arn": "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
        "Name": "FullAWSAccess", "Description": "Allows access to every operation", "Type": TYPE, "AwsManaged": true,
    });
    let has_it = organization.feature_set == FeatureSet::All && input["Filter"] == TYPE;
    json!({"Policies": if has_it { vec![full_access] } else { Vec::new() }})
}

pub(super) fn list(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    reader(state, caller).map(|organization| policies(organization, input))
}

pub(super) fn list_for_target(state: &mut State, caller: &Caller, input: &Value) -> Result<Value, AwsError> {
    let target = text(input, "TargetId");
    let organization = reader(state, caller)?;
    if !organization.is_parent(&target) && !organization.contains(&target) {
        return Err(target_not_found());
    }
    Ok(policies(organization, input))
}
