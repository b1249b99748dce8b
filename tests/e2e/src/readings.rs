//! What AWS's documents leave open, and both readings of each question. What the functions do must be right in all of them.

use detective_emulator::{Joining, MemberLimitCounts, TooMuchData};

use crate::scenario::{ScenarioBuilder, span};

/// One reading of each open question.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Which members count for a graph's limit.
    pub counts: MemberLimitCounts,
    /// How long it is from CreateMembers until an organization account has its final status.
    pub verification: &'static str,
    /// What an invited member becomes when its account joins the organization.
    pub joining: Joining,
    /// Whether a start that does not enable a member changes its UpdatedTime.
    pub start_moves_updated_time: bool,
    /// What becomes of an account in CreateMembers whose data would be too much for the graph.
    pub too_much_data: TooMuchData,
}

impl Reading {
    /// Every combination of both readings of each question.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..32_u8).map(|bits| {
            let is_other = |bit: u8| bits & (1 << bit) != 0;
            Self {
                counts: if is_other(0) { MemberLimitCounts::Members } else { MemberLimitCounts::Enabled },
                verification: if is_other(1) { "2m" } else { "0s" },
                joining: if is_other(2) { Joining::ByInvitation } else { Joining::ByOrganization },
                start_moves_updated_time: is_other(3),
                too_much_data: if is_other(4) { TooMuchData::IsRefused } else { TooMuchData::IsDisabled },
            }
        })
    }

    /// The scenario as AWS is by this reading.
    pub fn of(self, scenario: ScenarioBuilder) -> ScenarioBuilder {
        scenario
            .member_limit_counts(self.counts)
            .timing(|timing| timing.organization_verification = span(self.verification))
            .joining(self.joining)
            .start_moves_updated_time(self.start_moves_updated_time)
            .too_much_data(self.too_much_data)
    }
}
