//! How many members a behavior graph can have, and who counts.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::resources::graph::Graph;

/// A graph has at most 1,200 member accounts.
///
/// <https://docs.aws.amazon.com/detective/latest/userguide/regions-limitations.html>
const MAXIMUM_MEMBERS: usize = 1_200;

/// Which members count for a graph's limit of 1,200 when more are created. AWS's documents differ. In either case no more
/// than 1,200 are ENABLED.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MemberLimitCounts {
    /// Those that are ENABLED, as the User Guide has it.
    #[default]
    Enabled,
    /// All, whatever their status, as the API reference has it.
    Members,
}

impl MemberLimitCounts {
    /// Whether a graph has capacity for so many more members.
    pub(crate) fn has_capacity(self, graph: &Graph, more: usize) -> bool {
        let count = match self {
            Self::Enabled => graph.members.enabled().count,
            Self::Members => graph.members.len(),
        };
        count + more <= MAXIMUM_MEMBERS
    }
}

/// Whether one more member of a graph can be ENABLED.
pub(crate) fn can_enable(graph: &Graph) -> bool {
    graph.members.enabled().count < MAXIMUM_MEMBERS
}
