//! Accounts that fail in each run: no run fails for them any more, and people are reminded of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_types::DateTime;
use detective_onboarding::aws::failure_record::FailureRecord;
use detective_onboarding::aws::s3::Bucket;
use detective_onboarding::deadline::Deadline;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::time::format_time;
use detective_onboarding::report::outcome::Outcome;
use serde_json::{Value, json};

use super::findings::{Findings, GraphRun, NAMED};
use super::rows::Row;

/// How long the bucket may take for the digest's part.
const SHARE: Duration = Duration::from_secs(10);

/// The functions that remember which failures they have told.
const FUNCTIONS: [&str; 5] =
    ["account-offboarder", "account-onboarder", "invitation-acceptor", "member-monitor", "organization-reconciler"];

/// Accounts that fail as in an earlier run, each with since when.
pub(super) type Failing = BTreeMap<AccountId, DateTime>;

impl Findings<'_> {
    /// The accounts that fail as in an earlier run, which told it.
    pub(super) async fn failing(&self, graph_run: &GraphRun<'_>, deadline: Deadline) -> Failing {
        let ways: Vec<(AccountId, String)> = self.outcomes.iter().filter_map(way).collect();
        let Some(memory) = self.failures.filter(|_| !ways.is_empty()) else { return Failing::new() };
        let known = memory.known(deadline).await;
        let since = |id, way: &str| known.since(graph_run.region, id, way, graph_run.correlation, self.now);
        ways.into_iter().filter_map(|(id, way)| Some((id, since(id, &way)?))).collect()
    }

    /// What an alert has of them.
    pub(super) fn failing_detail(&self, failing: &Failing) -> Value {
        let account = |(id, since): (&AccountId, &DateTime)| {
            let Row { outcome, needs, reason, message, .. } = self.row(*id);
            json!({"accountId": id, "outcome": outcome, "needs": needs, "reason": reason, "since": format_time(*since),
                "message": message})
        };
        let ids: Vec<&AccountId> = failing.keys().collect();
        json!({"count": ids.len(), "accountIds": ids, "accounts": failing.iter().take(NAMED).map(account).collect::<Vec<_>>()})
    }

    /// The same as a sentence, after a space.
    pub(super) fn failing_sentence(&self, failing: &Failing) -> String {
        let name = |(id, since): (&AccountId, &DateTime)| {
            format!("{id} ({} since {})", self.row(*id).reason, format_time(*since))
        };
        let mut names: Vec<String> = failing.iter().take(NAMED).map(name).collect();
        match failing.len() {
            0 => return String::new(),
            count if count > NAMED => names.push(format!("and {} more", count - NAMED)),
            _ => {}
        }
        let subject = match failing.len() {
            1 => "1 account fails".to_owned(),
            count => format!("{count} accounts fail"),
        };
        format!(" {subject} in each run: {}.", names.join(", "))
    }
}

fn way((id, outcome): (&AccountId, &Outcome)) -> Option<(AccountId, String)> {
    match outcome {
        Outcome::Failed { failure, .. } => Some((*id, failure.way())),
        _ => None,
    }
}

/// What fails in each run of any function, a line for each Region and way to fail; nothing if nothing does.
pub(super) async fn all_failing(config: &SdkConfig, bucket: &Bucket, now: DateTime, deadline: Deadline) -> String {
    const ACCOUNTS: usize = 10;
    const LINES: usize = 50;
    let record = FailureRecord::new(config.clone(), bucket.clone());
    let mut text = String::new();
    // One after another: a document may be large.
    for function in FUNCTIONS {
        let known = match deadline.publish_first(SHARE, record.read(function)).await {
            Some(Ok(stored)) => stored.known,
            _ => {
                let _ = writeln!(text, "- what {function} remembers of failures could not be read");
                continue;
            }
        };
        let listed = known.listed(now);
        let more = listed.len().saturating_sub(LINES);
        for ((region, way, since), accounts) in listed.into_iter().take(LINES) {
            let mut names: Vec<String> = accounts.iter().take(ACCOUNTS).map(AccountId::to_string).collect();
            if accounts.len() > ACCOUNTS {
                names.push(format!("and {} more", accounts.len() - ACCOUNTS));
            }
            let (count, since) = (accounts.len(), format_time(DateTime::from_secs(since)));
            let _ = writeln!(text, "- {count} {way} of {function} in {region} since {since}: {}", names.join(", "));
        }
        if more > 0 {
            let _ = writeln!(text, "- and {more} more Regions and ways of {function}");
        }
    }
    if text.is_empty() { text } else { format!("\nWhat fails in each run\n\n{text}") }
}
