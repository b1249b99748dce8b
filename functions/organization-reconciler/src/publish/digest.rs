//! What people are alerted to: one event for a Region and run.

use std::fmt::Write as _;

use aws_smithy_types::DateTime;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::graph::GraphArn;
use detective_onboarding::model::history::History;
use detective_onboarding::model::time::format_time;
use detective_onboarding::report::coverage::share;
use detective_onboarding::report::outcome::Outcome;
use serde_json::{Value, json};

use super::failing::Failing;
use super::findings::{Findings, NAMED, Unread};
use super::remember::members_out_of_scope;
use super::rows::Row;

/// What lasts is repeated after this time: once a day, though schedules are a little early or late.
const REPEAT_AFTER: i64 = 23 * 3600;

/// What is wrong in a Region, and what of it is new.
#[derive(Debug, PartialEq)]
pub(super) struct Digest {
    /// Coverage in percent after the last run, if it was higher.
    fell_from: Option<f64>,
    /// How many of the stuck accounts were not stuck before.
    newly_stuck: usize,
    /// The members that were in scope in the last run, and are not in this one.
    newly_out_of_scope: Vec<AccountId>,
    /// The accounts that fail as in an earlier run.
    failing: Failing,
}

/// What is to be sent, and what is to be remembered of it if it is.
#[derive(Debug, PartialEq)]
pub(super) enum Decision {
    /// An alert is sent now.
    Send(Digest),
    /// None, because what is wrong is not worse than when the last one was sent, at this time.
    Sent(i64),
    /// None: nothing is wrong.
    Nothing,
}

/// Decides whether people are alerted: if something is worse than after the last run, and once a day while something is wrong.
/// If the last run is not known, all that is wrong counts as new.
pub(super) fn decide(
    findings: &Findings<'_>,
    last: Option<&History>,
    failing: Failing,
    alert_percent: f64,
) -> Decision {
    let published = last.and_then(|last| last.published.as_ref());
    let out = members_out_of_scope(findings.organization, findings.members);
    let is_newly_out = |id: &AccountId| last.is_some_and(|last| !last.out_of_scope.contains_key(id));
    let percent = findings.coverage.percent;
    let is_new = |id: &&AccountId| published.is_none_or(|published| !published.stuck.contains(id));
    let before = published.map(|published| share(published.enabled, published.in_scope).unwrap_or(100.0));
    let digest = Digest {
        fell_from: before.filter(|before| percent < *before),
        newly_stuck: findings.stuck.iter().filter(is_new).count(),
        newly_out_of_scope: out.filter(is_newly_out).collect(),
        failing,
    };
    // It is the same in each run until it can be read, and then all of it is compared. Each of those runs fails.
    if let Some(Unread { told }) = findings.unread
        && findings.removed().is_empty()
    {
        let lately = told.filter(|_| was_alerted_lately(told, findings.now));
        return lately.map_or(Decision::Send(digest), Decision::Sent);
    }
    let is_low = percent < alert_percent;
    let is_worse = digest.fell_from.is_some()
        || digest.newly_stuck > 0
        || findings.warning.is_some()
        || !findings.no_longer_covered.is_empty()
        || !findings.removed().is_empty()
        || !digest.newly_out_of_scope.is_empty()
        || (published.is_none() && is_low);
    let lasts = is_low || !findings.stuck.is_empty() || !digest.failing.is_empty();
    match published.and_then(|published| published.alerted) {
        _ if is_worse => Decision::Send(digest),
        Some(at) if lasts && was_alerted_lately(Some(at), findings.now) => Decision::Sent(at),
        _ if lasts => Decision::Send(digest),
        _ => Decision::Nothing,
    }
}

/// Whether the last alert was less than a day ago.
pub(super) fn was_alerted_lately(alerted: Option<i64>, now: DateTime) -> bool {
    alerted.is_some_and(|at| now.secs() - at < REPEAT_AFTER)
}

/// The `detail` of the event that a graph is gone, which covered so many accounts.
pub(super) fn gone(graph: &GraphArn, covered: usize) -> Value {
    let message = format!("The behavior graph {graph}, which covered {covered} accounts after the last run, is gone.");
    json!({"graphGone": graph, "message": message})
}

/// The `detail` of the event that accounts are no longer covered, where coverage is that of nothing.
pub(super) fn lost(findings: &Findings<'_>) -> Value {
    let ids = findings.no_longer_covered;
    let message = format!(
        "What is in scope is not known, or nobody is. Were covered and are not any more, {} in all: {}.{}",
        ids.len(),
        names(ids, findings),
        beware(findings)
    );
    json!({"noLongerCovered": all(ids, &[]), "message": message})
}

impl Digest {
    /// The `detail` of its event. `message` is the text for people.
    pub(super) fn detail(&self, findings: &Findings<'_>) -> Value {
        let coverage = findings.coverage;
        let named = |ids: &[AccountId]| -> Vec<Value> {
            let account = |id: &AccountId| {
                let since =
                    findings.waiting.get(id).map(|age| format_time(DateTime::from_secs(findings.now.secs() - age)));
                let message = match findings.outcomes.get(id) {
                    Some(Outcome::Held(held)) => Some(held.message.as_ref()),
                    _ => None,
                };
                let Row { outcome, needs, .. } = findings.row(*id);
                let reason = reason(*id, findings);
                json!({"accountId": id, "outcome": outcome, "needs": needs, "reason": reason, "since": since, "message": message})
            };
            ids.iter().take(NAMED).map(account).collect()
        };
        let lost = by_need(findings.no_longer_covered, findings);
        let (removed, stuck) = (findings.removed(), by_need(findings.stuck, findings));
        let out = by_need(&self.newly_out_of_scope, findings);
        json!({
            "percent": coverage.percent,
            "percentBefore": self.fell_from,
            "inScope": coverage.in_scope,
            "enabled": coverage.enabled,
            "needPerson": findings.need_person(),
            "noLongerCovered": all(&lost, &named(&lost)),
            "stuck": {"count": stuck.len(), "new": self.newly_stuck, "accounts": named(&stuck)},
            "removed": all(&removed, &named(&removed)),
            "newlyOutOfScope": all(&out, &named(&out)),
            "failing": findings.failing_detail(&self.failing),
            "message": self.message(findings),
        })
    }

    fn message(&self, findings: &Findings<'_>) -> String {
        let coverage = findings.coverage;
        let was = self.fell_from.map_or_else(String::new, |before| format!(", down from {before} %"));
        let mut message = format!(
            "Detective covers {} of {} accounts in scope ({} %{was}).",
            coverage.enabled, coverage.in_scope, coverage.percent
        );
        match findings.need_person() {
            0 => {}
            1 => message.push_str(" 1 account needs a person."),
            count => {
                let _ = write!(message, " {count} accounts need a person.");
            }
        }
        let mut add = |count: usize, one: &str, many: &str, ids: &[AccountId]| {
            if count > 0 {
                let subject = if count == 1 { format!("1 {one}") } else { format!("{count} {many}") };
                let _ = write!(message, " {subject}: {}.", names(ids, findings));
            }
        };
        let ids = findings.no_longer_covered;
        add(ids.len(), "account was covered and is not any more", "accounts were covered and are not any more", ids);
        let ids = &self.newly_out_of_scope;
        add(ids.len(), "member is newly out of scope", "members are newly out of scope", ids);
        let ids = &findings.removed();
        add(ids.len(), "member was removed", "members were removed", ids);
        let ids = findings.stuck;
        add(ids.len(), "account is stuck on the way to be covered", "accounts are stuck on the way to be covered", ids);
        message.push_str(&findings.failing_sentence(&self.failing));
        message + &beware(findings)
    }
}

/// Why what earlier runs left is not to be relied upon, if so, after a space.
fn beware(findings: &Findings<'_>) -> String {
    findings.warning.map_or_else(String::new, |warning| format!(" Beware: {warning}."))
}

/// The accounts, those first that need a person, and then those that need time.
fn by_need(ids: &[AccountId], findings: &Findings<'_>) -> Vec<AccountId> {
    let mut ids = ids.to_vec();
    ids.sort_by_key(|id| findings.needs(*id));
    ids
}

/// All accounts by their ids, and the first of them with more about each.
fn all(ids: &[AccountId], first: &[Value]) -> Value {
    json!({"count": ids.len(), "accountIds": ids, "accounts": first})
}

/// The first accounts, each with its reason, and how many more there are.
fn names(ids: &[AccountId], findings: &Findings<'_>) -> String {
    let name = |id: &AccountId| format!("{id} ({})", reason(*id, findings));
    let mut names: Vec<String> = by_need(ids, findings).iter().take(NAMED).map(name).collect();
    if ids.len() > NAMED {
        names.push(format!("and {} more", ids.len() - NAMED));
    }
    names.join(", ")
}

/// Why an account is not covered: why it is held, AWS's code, or what became of it.
fn reason(id: AccountId, findings: &Findings<'_>) -> String {
    match findings.outcomes.get(&id) {
        Some(Outcome::Held(held)) => held.reason.to_string(),
        Some(Outcome::Failed { failure, .. }) => failure.code().into_owned(),
        Some(Outcome::Removed) => "removed".to_owned(),
        Some(Outcome::Done { status, .. }) => status.as_str().to_owned(),
        Some(Outcome::Planned { .. }) => "planned".to_owned(),
        None if findings.organization.contains_key(&id) => "out-of-scope".to_owned(),
        None => "not-in-organization".to_owned(),
    }
}
