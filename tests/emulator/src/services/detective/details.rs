//! Members, as the API returns them.

use serde_json::{Map, Value, json};

use crate::protocol::time::iso;
use crate::resources::graph::{Graph, MAXIMUM_VOLUME};
use crate::resources::member::Member;
use crate::resources::packages::Packages;
use crate::services::detective::model::is_email_address;

/// The MemberDetail of a member.
pub(crate) fn member_detail(member: &Member, graph: &Graph) -> Value {
    let mut detail = json!({
        "AccountId": member.account,
        "GraphArn": graph.arn,
        "MasterId": graph.administrator,
        "AdministratorId": graph.administrator,
        "Status": member.status,
        "UpdatedTime": iso(member.updated),
        "InvitationType": member.invitation_type(),
    });
    if is_email_address(&member.email) {
        detail["EmailAddress"] = json!(member.email);
    }
    if !member.of_organization {
        detail["InvitedTime"] = json!(iso(member.invited));
    }
    if let Some(reason) = &member.disabled_reason {
        detail["DisabledReason"] = json!(reason);
    }
    if member.volume > 0 {
        detail["VolumeUsageInBytes"] = json!(member.volume);
        detail["VolumeUsageUpdatedTime"] = json!(iso(member.updated));
        detail["PercentOfGraphUtilization"] = json!(member.volume as f64 * 100.0 / MAXIMUM_VOLUME as f64);
        detail["PercentOfGraphUtilizationUpdatedTime"] = json!(iso(member.updated));
        detail["VolumeUsageByDatasourcePackage"] = json!({"DETECTIVE_CORE": {"VolumeUsageInBytes": member.volume, "VolumeUsageUpdateTime": iso(member.updated)}});
    }
    if member.status == "ENABLED" {
        detail["DatasourcePackageIngestStates"] = ingest_states(&graph.packages);
    }
    detail
}

fn ingest_states(packages: &Packages) -> Value {
    packages.iter().map(|(name, package)| ((*name).to_owned(), json!(package.state))).collect::<Map<_, _>>().into()
}
