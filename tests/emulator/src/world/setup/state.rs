//! The state as a whole.

use std::sync::Arc;

use chrono::{Datelike, Utc};

use crate::iam::policy::Policy;
use crate::resources::bucket::BucketSettings;
use crate::resources::identity::Identity;
use crate::resources::parameter::Version;
use crate::resources::queue::QueueSettings;
use crate::world::scenario::error::ScenarioError;
use crate::world::scenario::file::Scenario;
use crate::world::setup::checks::{check_fault, check_id, check_parameter, check_queue, check_region, check_topic};
use crate::world::setup::{accounts, graphs, organization};
use crate::world::state::{Effects, State};

/// Times of later years do not end in the calendar, once accounts are closed and investigated.
const LAST_YEAR: i32 = 9000;

/// The state that a scenario describes. `effects` is what its transitions change.
pub(crate) fn state(scenario: &Scenario, effects: Effects) -> Result<State, ScenarioError> {
    let start = scenario.start_time.unwrap_or_else(Utc::now);
    if !(1970..LAST_YEAR).contains(&start.year()) {
        return Err(ScenarioError(format!(
            "startTime is {start}; it should be in a year from 1970 to {}",
            LAST_YEAR - 1
        )));
    }
    let mut state = State::new(scenario.seed, start, scenario.timing, effects);
    state.member_limit_counts = scenario.member_limit_counts;
    state.joining = scenario.joining;
    state.start_moves_updated_time = scenario.start_moves_updated_time;
    state.too_much_data = scenario.too_much_data;
    if let Some(organization) = &scenario.organization {
        organization::add(&mut state, organization)?;
    }
    for account in &scenario.standalone {
        accounts::add(&mut state, account)?;
    }
    for graph in &scenario.graphs {
        graphs::add(&mut state, graph)?;
    }
    add_identities(&mut state, scenario)?;
    for (arn, value) in &scenario.parameters {
        let (account, region, name) = check_parameter(arn)?;
        let version = Version { kind: "String".to_owned(), value: value.clone(), modified: start };
        state.parameters.put(account, region, &name, version);
    }
    for queue in &scenario.queues {
        check_queue(queue)?;
        state.queues.put(queue, QueueSettings::default(), start);
    }
    for (topic, policy) in &scenario.topics {
        check_topic(topic)?;
        let policy = Policy::from_document(policy).map_err(|problem| ScenarioError(format!("{topic}: {problem}")))?;
        state.topics.policies.insert(topic.clone(), policy);
    }
    for (bucket, settings) in &scenario.buckets {
        let settings = BucketSettings::from(settings.clone());
        check_id(&settings.account)?;
        check_region(&settings.region)?;
        let put = state.buckets.put(bucket, settings);
        put.map_err(|problem| ScenarioError(format!("bucket {bucket:?}: {problem}")))?;
    }
    for account in scenario.lambda_concurrency.keys() {
        check_id(account)?;
    }
    state.stacks.concurrency.clone_from(&scenario.lambda_concurrency);
    for trail in &scenario.trails {
        check_id(&trail.account)?;
        check_region(&trail.region)?;
    }
    state.event_entry_bytes = scenario.event_entry_bytes.unwrap_or(state.event_entry_bytes);
    state.trails = scenario.trails.clone();
    for bus in &scenario.event_buses {
        check_id(&bus.account)?;
        check_region(&bus.region)?;
        let put = state.event_buses.put_bus(bus);
        put.map_err(|problem| ScenarioError(format!("event bus {:?} of {}: {problem}", bus.name, bus.account)))?;
    }
    for rule in &scenario.event_rules {
        check_id(&rule.account)?;
        check_region(&rule.region)?;
        state.event_buses.put_rule(rule.clone());
    }
    scenario.faults.iter().try_for_each(check_fault)?;
    state.faults.set(scenario.faults.clone());
    state.outbox.clear();
    Ok(state)
}

/// Adds roles and access keys.
fn add_identities(state: &mut State, scenario: &Scenario) -> Result<(), ScenarioError> {
    for role in &scenario.roles {
        let trust = Policy::from_document(&role.trust);
        let trust = Arc::new(trust.map_err(|problem| ScenarioError(format!("role {}: {problem}", role.name)))?);
        if role.accounts.is_empty() {
            state.identities.add_role(&role.name, None, Arc::clone(&trust), state.now());
        }
        for account in &role.accounts {
            check_id(account)?;
            state.identities.add_role(&role.name, Some(account), Arc::clone(&trust), state.now());
        }
    }
    for key in &scenario.access_keys {
        check_id(&key.account)?;
        let identity = Identity {
            account: key.account.clone(),
            arn: format!("arn:aws:iam::{}:user/{}", key.account, key.id),
            user_id: format!("AIDA{}", key.id),
            secret: key.secret.clone(),
            token: None,
            expires: None,
            permissions: None,
        };
        state.identities.add_key(key.id.clone(), identity);
    }
    Ok(())
}
