//! What the members of a graph need to be monitored.

use aws_smithy_types::DateTime;

use crate::model::member::Member;
use crate::plan::cool_off::CoolOff;
use crate::plan::step::{Plan, Step, existing};

/// Plans what the members of a graph need, leaving out those that are as they should be.
///
/// A volume that was not known can be known at any time, so such a member is started in every run. A member whose volume
/// was too high waits for its turn.
pub fn restart<'a>(members: impl IntoIterator<Item = &'a Member>, now: DateTime, cool_off: CoolOff) -> Plan {
    let steps = members.into_iter().map(|member| (member.id, existing(member)));
    let mut plan: Plan = steps.filter(|(_, step)| !matches!(step, Step::Keep(_))).collect();
    cool_off.delay(&mut plan, now);
    plan
}
