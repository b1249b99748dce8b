//! Whether the behavior graphs of a scenario are ones that the model allows.

use crate::services::detective::details::member_detail;
use crate::services::detective::model::{MODEL, is_email_address};
use crate::world::state::State;

/// Checks all graphs and their members.
pub(super) fn check(state: &State) -> Result<(), String> {
    for graph in state.graphs.values() {
        for member in graph.members.values() {
            let what = || format!("member {} of {}", member.account, graph.arn);
            // Only an account of the organization is enabled without an address that Detective takes.
            if !member.of_organization && !is_email_address(&member.email) {
                return Err(format!("{} was invited with an email address that Detective refuses", what()));
            }
            let checked = MODEL.check_shape("MemberDetail", &member_detail(member, graph));
            checked.map_err(|violation| format!("{}: {}", what(), violation.message))?;
        }
    }
    Ok(())
}
