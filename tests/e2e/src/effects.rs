//! The effects of calls, read from the emulator's journal: what took effect, and what was requested again.

use std::collections::{BTreeMap, BTreeSet};

use detective_emulator::{Call, Snapshot};
use serde_json::Value;

/// Calls that took effect, and calls that requested what had been done already.
#[derive(Debug, Default)]
pub struct Effects {
    /// Operation, graph or Region, and account: how often it took effect.
    pub taken: BTreeMap<(String, String, String), usize>,
    /// Calls that succeeded and requested what had been done already.
    pub repeated: Vec<String>,
    /// Invitation emails.
    pub emails: usize,
}

impl Effects {
    /// Follows the members from the state `before` through all calls.
    pub fn of(before: &Snapshot, journal: &[Call]) -> Self {
        let mut effects = Self::default();
        let graphs = before.graphs.iter();
        let mut members: BTreeSet<(String, String)> = graphs
            .flat_map(|graph| graph.members.iter().map(|member| (graph.arn.clone(), member.account_id.clone())))
            .collect();
        let (mut started, mut accepted, mut designated) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for call in journal {
            let (text, list) = (
                |value: &Value| value.as_str().unwrap_or_default().to_owned(),
                |value: &Value| value.as_array().cloned().unwrap_or_default(),
            );
            let (request, graph) = (&call.request, text(&call.request["GraphArn"]));
            if call.operation == "CreateMembers" && request["DisableEmailNotification"] != true {
                effects.emails += 1;
            }
            // A call that a fault kept from having its effect has another status.
            if call.status != 200 {
                continue;
            }
            let mut took = |graph: &str, account: &str, is_new: bool| {
                let key = (call.operation.clone(), graph.to_owned(), account.to_owned());
                match is_new {
                    true => *effects.taken.entry(key).or_default() += 1,
                    false => effects.repeated.push(format!("{key:?}")),
                }
            };
            match call.operation.as_str() {
                "CreateMembers" => list(&request["Accounts"]).iter().for_each(|account| {
                    let id = text(&account["AccountId"]);
                    took(&graph, &id, members.insert((graph.clone(), id.clone())));
                }),
                "DeleteMembers" => list(&request["AccountIds"]).iter().for_each(|id| {
                    let id = text(id);
                    took(&graph, &id, members.remove(&(graph.clone(), id.clone())));
                }),
                // What these request is permanent: only the first takes effect.
                "StartMonitoringMember" => {
                    let id = text(&request["AccountId"]);
                    took(&graph, &id, started.insert((graph.clone(), id.clone())));
                }
                "AcceptInvitation" => {
                    took(&graph, &call.account, accepted.insert((graph.clone(), call.account.clone())));
                }
                "EnableOrganizationAdminAccount" => {
                    took(&call.region, &text(&request["AccountId"]), designated.insert(call.region.clone()));
                }
                _ => {}
            }
        }
        effects
    }

    /// Everything that took effect more than once.
    pub fn doubled(&self) -> Vec<String> {
        self.taken
            .iter()
            .filter(|(_, times)| **times > 1)
            .map(|(key, times)| format!("{key:?} {times} times"))
            .collect()
    }
}
