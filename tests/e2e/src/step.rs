//! The steps of random histories.

use detective_emulator::{AfterEffect, Effect, ErrorEffect, Fault};
use proptest::prelude::*;
use serde_json::json;

use crate::scenario::ADMINISTRATOR;

/// Regions with a graph of the organization, or, in some histories, with an invitation graph.
pub const ORGANIZATION_GRAPHS: [&str; 2] = ["us-east-1", "us-west-2"];

/// Something that happens. Numbers select one of the accounts that exist.
#[derive(Debug, Clone)]
pub enum Step {
    /// An account is created in the organization.
    Create,
    /// An account from outside joins. It may have left before.
    Join(usize),
    /// An account moves to another OU.
    Move {
        /// Which account.
        account: usize,
        /// To the OU that the policy excludes.
        out: bool,
    },
    /// An account is closed.
    Close(usize),
    /// An account leaves the organization.
    Depart {
        /// Which account.
        account: usize,
        /// It leaves by itself, and is not removed.
        by_itself: bool,
    },
    /// The events so far are delivered.
    Deliver {
        /// How often each of three consecutive events arrives.
        copies: [usize; 3],
        /// The last arrives first.
        reversed: bool,
    },
    /// Some calls fail from here on.
    Fault(Box<Fault>),
    /// A function runs on its schedule.
    Run(&'static str),
    /// So many hours pass.
    Pass(i64),
}

const FUNCTIONS: [&str; 4] = ["OrganizationReconciler", "AccountOffboarder", "CentralAcceptor", "MemberMonitor"];

/// A random step.
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
        2 => (0..EFFECTS, any::<bool>()).prop_map(|(kind, everywhere)| Step::Fault(Box::new(fault(kind, everywhere)))),
        5 => prop::sample::select(&FUNCTIONS[..]).prop_map(Step::Run),
        3 => (1..30_i64).prop_map(Step::Pass),
    ]
}

const EFFECTS: usize = 14;

/// The next three calls of an operation fail, in one Region or in every one.
fn fault(kind: usize, everywhere: bool) -> Fault {
    let error = |code: &str, status| ErrorEffect { code: code.to_owned(), status: Some(status), message: None };
    let denied = Effect::Error(error("AccessDeniedException", 403));
    let throttled = Effect::Error(error("TooManyRequestsException", 429));
    let broken = Effect::Error(error("InternalServerException", 500));
    let unclear = Effect::ErrorAfterEffect(error("InternalServerException", 500));
    let after = AfterEffect { after_effect: true };
    // A list that is much too short, and looks like any other.
    let short = json!({"Accounts": [{"Id": ADMINISTRATOR, "Email": "security@example.com", "State": "ACTIVE"}]});
    let (operation, effect) = match kind {
        0 => ("CreateMembers", denied),
        1 => ("CreateMembers", unclear),
        2 => ("GetMembers", Effect::Malformed(after)),
        3 => ("ListMembers", broken),
        4 => ("DeleteMembers", broken),
        5 => ("DeleteMembers", unclear),
        6 => ("AcceptInvitation", Effect::Reset(after)),
        7 => ("StartMonitoringMember", broken),
        8 => ("AssumeRole", denied),
        9 => ("DescribeAccount", throttled),
        10 => ("ListAccounts", Effect::Answer(short)),
        11 => ("ListParents", throttled),
        12 => ("SendMessageBatch", unclear),
        _ => ("DeleteMessageBatch", broken),
    };
    // Invitations are accepted with members' roles, and every other call is made with the administrator's; the calls
    // of the history itself do not fail.
    let account = (operation != "AcceptInvitation").then(|| ADMINISTRATOR.to_owned());
    let is_regional = operation.ends_with("Members") || operation == "StartMonitoringMember";
    let region = (is_regional && !everywhere).then(|| ORGANIZATION_GRAPHS[1].to_owned());
    Fault { account, region, times: Some(3), ..Fault::on(operation, effect) }
}
