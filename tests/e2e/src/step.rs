//! The steps that random histories are made of.

use detective_emulator::{AfterEffect, Effect, ErrorEffect, Fault};
use proptest::prelude::*;
use serde_json::json;

use crate::environment::ADMINISTRATOR;

/// Regions with a graph of the organization, or, in some histories, with an invitation graph.
pub const ORGANIZATION_GRAPHS: [&str; 2] = ["us-east-1", "us-west-2"];

/// Something that happens. Numbers choose among the accounts that are there.
#[derive(Debug, Clone)]
pub enum Step {
    Create,
    /// An account from outside joins. It may have left before.
    Join(usize),
    Move {
        account: usize,
        out: bool,
    },
    Close(usize),
    Depart {
        account: usize,
        by_itself: bool,
    },
    /// What has become of the events so far: how often each arrives, and whether the last comes first.
    Deliver {
        copies: [usize; 3],
        reversed: bool,
    },
    /// Some calls go wrong from here on.
    Trouble(Box<Fault>),
    /// A function runs on its schedule.
    Run(&'static str),
    Pass(i64),
}

const FUNCTIONS: [&str; 4] = ["OrganizationReconciler", "AccountOffboarder", "CentralAcceptor", "MemberMonitor"];

pub fn step() -> impl Strategy<Value = Step> {
    let account = 0..12_usize;
    let depart = |(account, by_itself)| Step::Depart { account, by_itself };
    let deliver = |(copies, reversed)| Step::Deliver { copies, reversed };
    prop_oneof![
        3 => Just(Step::Create),
        2 => account.clone().prop_map(Step::Join),
        3 => (account.clone(), any::<bool>()).prop_map(|(account, out)| Step::Move { account, out }),
        1 => account.clone().prop_map(Step::Close),
        2 => (account, any::<bool>()).prop_map(depart),
        4 => (prop::array::uniform3(0..3_usize), any::<bool>()).prop_map(deliver),
        2 => (0..EFFECTS, any::<bool>()).prop_map(|(kind, everywhere)| Step::Trouble(Box::new(trouble(kind, everywhere)))),
        5 => prop::sample::select(&FUNCTIONS[..]).prop_map(Step::Run),
        3 => (1..30_i64).prop_map(Step::Pass),
    ]
}

const EFFECTS: usize = 14;

/// Something that goes wrong with the next three calls of an operation, in one Region or wherever they come from.
fn trouble(kind: usize, everywhere: bool) -> Fault {
    let error = |code: &str, status| ErrorEffect { code: code.to_owned(), status: Some(status), message: None };
    let denied = Effect::Error(error("AccessDeniedException", 403));
    let throttled = Effect::Error(error("TooManyRequestsException", 429));
    let broken = Effect::Error(error("InternalServerException", 500));
    let unsaid = Effect::ErrorAfterEffect(error("InternalServerException", 500));
    let after = AfterEffect { after_effect: true };
    // A list that is much too short, and looks like any other.
    let short = json!({"Accounts": [{"Id": ADMINISTRATOR, "Email": "security@example.com", "State": "ACTIVE"}]});
    let (operation, effect) = match kind {
        0 => ("CreateMembers", denied),
        1 => ("CreateMembers", unsaid),
        2 => ("GetMembers", Effect::Malformed(after)),
        3 => ("ListMembers", broken),
        4 => ("DeleteMembers", broken),
        5 => ("DeleteMembers", unsaid),
        6 => ("AcceptInvitation", Effect::Reset(after)),
        7 => ("StartMonitoringMember", broken),
        8 => ("AssumeRole", denied),
        9 => ("DescribeAccount", throttled),
        10 => ("ListAccounts", Effect::Answer(short)),
        11 => ("ListParents", throttled),
        12 => ("SendMessageBatch", unsaid),
        _ => ("DeleteMessageBatch", broken),
    };
    // Invitations are accepted by members' roles, and everything else is asked for by the administrator's; what the
    // history asks for itself does not fail.
    let account = (operation != "AcceptInvitation").then(|| ADMINISTRATOR.to_owned());
    let is_regional = operation.ends_with("Members") || operation == "StartMonitoringMember";
    let region = (is_regional && !everywhere).then(|| ORGANIZATION_GRAPHS[1].to_owned());
    Fault { account, region, times: Some(3), ..Fault::on(operation, effect) }
}
