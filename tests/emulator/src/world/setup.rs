//! From a scenario to the state it describes.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, TimeDelta, Utc};

use crate::iam::policy::Policy;
use crate::resources::account::Account;
use crate::resources::id::hex;
use crate::resources::identity::{ACCESS_ROLE, Identity, management_trust};
use crate::resources::member::Member;
use crate::resources::organization::{Membership, Organization};
use crate::resources::queue::QueueSettings;
use crate::resources::region;
use crate::resources::volume::Volume;
use crate::world::scenario::{
    AccountScenario, GraphScenario, MemberScenario, OrganizationScenario, Scenario, ScenarioError,
};
use crate::world::state::{Effects, State};
use crate::world::transition::Transition;

const STATUSES: [&str; 5] =
    ["INVITED", "VERIFICATION_IN_PROGRESS", "VERIFICATION_FAILED", "ENABLED", "ACCEPTED_BUT_DISABLED"];
const STATES: [&str; 5] = ["PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED"];

/// More accounts than any organization may have.
const MOST_GENERATED: u64 = 100_000;

fn error(message: String) -> ScenarioError {
    ScenarioError(message)
}

fn check_id(id: &str) -> Result<(), ScenarioError> {
    let digits = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
    if digits { Ok(()) } else { Err(error(format!("{id:?} is not an account id of twelve digits"))) }
}

pub(crate) fn state(scenario: &Scenario, effects: Effects) -> Result<State, ScenarioError> {
    let start = scenario.start_time.unwrap_or_else(Utc::now);
    if !(1970..10_000).contains(&start.year()) {
        return Err(error(format!("startTime is {start}; it should be in a year from 1970 to 9999")));
    }
    let mut state = State::new(scenario.seed, start, scenario.timing, effects);
    if let Some(organization) = &scenario.organization {
        add_organization(&mut state, organization)?;
    }
    for account in &scenario.standalone {
        add_account(&mut state, account)?;
    }
    for graph in &scenario.graphs {
        add_graph(&mut state, graph)?;
    }
    for role in &scenario.roles {
        let trust = Policy::from_document(&role.trust);
        let trust = Arc::new(trust.map_err(|problem| error(format!("role {}: {problem}", role.name)))?);
        if role.accounts.is_empty() {
            state.identities.add_role(&role.name, None, Arc::clone(&trust));
        }
        for account in &role.accounts {
            state.identities.add_role(&role.name, Some(account), Arc::clone(&trust));
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
    state.parameters.clone_from(&scenario.parameters);
    for queue in &scenario.queues {
        state.queues.put(queue, QueueSettings::default());
    }
    for (bucket, account) in &scenario.buckets {
        check_id(account)?;
        state.buckets.put(account, bucket);
    }
    state.trails = scenario.trails.clone();
    for bus in &scenario.event_buses {
        state.event_buses.put_bus(bus);
    }
    for rule in &scenario.event_rules {
        state.event_buses.put_rule(rule.clone());
    }
    state.faults.set(scenario.faults.clone());
    state.outbox.clear();
    Ok(state)
}

fn add_account(state: &mut State, scenario: &AccountScenario) -> Result<(), ScenarioError> {
    check_id(&scenario.id)?;
    let status = scenario.state.as_deref().unwrap_or("ACTIVE");
    if !STATES.contains(&status) {
        return Err(error(format!(
            "account {} has the state {status:?}; it should be one of {}",
            scenario.id,
            STATES.join(", ")
        )));
    }
    if let Some(region) = scenario.disabled_regions.iter().find(|id| !region::can_be_off(id)) {
        return Err(error(format!("account {} cannot be without the Region {region:?}", scenario.id)));
    }
    if !scenario.disabled_regions.is_empty() {
        state.disabled_regions.insert(scenario.id.clone(), scenario.disabled_regions.clone());
    }
    // Detective's ignorance of a volume counts from the start of the scenario.
    let waits = matches!(scenario.volume, Volume::UnknownUntil(_));
    let age = if waits { TimeDelta::zero() } else { TimeDelta::days(365) };
    let account = Account {
        id: scenario.id.clone(),
        email: Some(scenario.email.clone()),
        name: scenario.name.clone().unwrap_or_else(|| scenario.id.clone()),
        state: status.to_owned(),
        volume: scenario.volume,
        fails_verification: scenario.fails_verification,
        created: state.now() - age,
    };
    match state.accounts.insert(scenario.id.clone(), account) {
        None => Ok(()),
        Some(_) => Err(error(format!("account {} is there twice", scenario.id))),
    }
}

fn add_organization(state: &mut State, scenario: &OrganizationScenario) -> Result<(), ScenarioError> {
    let joined = state.now() - TimeDelta::days(365);
    let mut organization = Organization {
        id: scenario.id.clone(),
        management: scenario.management_account.id.clone(),
        root: format!("r-{}", &hex(&scenario.id, 4)),
        units: BTreeMap::new(),
        memberships: BTreeMap::new(),
        tags: BTreeMap::new(),
        delegated: Vec::new(),
        trusted_services: scenario.trusted_services.clone(),
        requests: BTreeMap::new(),
        handshakes: BTreeMap::new(),
        feature_set: scenario.feature_set,
        state_field: scenario.account_state_field,
        empty_page_after: scenario.empty_page_after,
    };
    let mut accounts = vec![scenario.management_account.clone()];
    accounts.extend(scenario.accounts.iter().cloned());
    for generated in &scenario.generate {
        check_id(&generated.first_id)?;
        if generated.count > MOST_GENERATED {
            return Err(error(format!(
                "{} accounts are too many to generate: no more than {MOST_GENERATED}",
                generated.count
            )));
        }
        let first: u64 = generated.first_id.parse().expect("twelve digits are a number");
        accounts.extend((0..generated.count).map(|index| AccountScenario {
            id: format!("{:012}", first + index),
            email: format!("account-{index}@{}", generated.email_domain),
            name: Some(format!("account-{index}")),
            ou: generated.ou.clone(),
            ..AccountScenario::default()
        }));
    }
    let trust = management_trust(&organization.management);
    for account in &accounts {
        add_account(state, account)?;
        if account.id != organization.management {
            state.identities.add_role(ACCESS_ROLE, Some(&account.id), Arc::clone(&trust));
        }
        let parent = organization.unit_at(account.ou.as_deref().unwrap_or_default());
        organization.memberships.insert(account.id.clone(), Membership { parent, method: "CREATED", joined });
        if !account.tags.is_empty() {
            organization.tags.insert(account.id.clone(), account.tags.clone());
        }
    }
    for delegated in &scenario.delegated_administrators {
        if !organization.contains(&delegated.account) {
            return Err(error(format!("delegated administrator {} is not in the organization", delegated.account)));
        }
        organization.delegate(&delegated.account, &delegated.service, joined);
    }
    state.organization = Some(organization);
    Ok(())
}

fn add_graph(state: &mut State, scenario: &GraphScenario) -> Result<(), ScenarioError> {
    check_id(&scenario.administrator)?;
    let organization = state.organization_accounts();
    for region in &scenario.regions {
        let arn = if scenario.organization {
            if !organization.contains(&scenario.administrator) {
                return Err(error(format!(
                    "Detective administrator {} is not in the organization",
                    scenario.administrator
                )));
            }
            state.designate(&scenario.administrator, region)
        } else {
            state.ensure_graph(&scenario.administrator, region)
        };
        state.graphs.get_mut(&arn).expect("it was just made").auto_enable = scenario.auto_enable;
        for member in &scenario.members {
            let of_organization = scenario.organization && organization.contains(&member.account);
            add_member(state, &arn, member, of_organization)?;
        }
        let more: Vec<String> = organization
            .iter()
            .filter(|id| **id != scenario.administrator && !state.graphs[&arn].members.contains_key(*id))
            .take(scenario.enabled_accounts)
            .cloned()
            .collect();
        for account in more {
            let member =
                MemberScenario { account, status: None, disabled_reason: None, email: None, age: Default::default() };
            add_member(state, &arn, &member, scenario.organization)?;
        }
    }
    Ok(())
}

fn add_member(
    state: &mut State,
    arn: &str,
    scenario: &MemberScenario,
    of_organization: bool,
) -> Result<(), ScenarioError> {
    check_id(&scenario.account)?;
    let id = &scenario.account;
    let status = scenario.status.as_deref().unwrap_or("ENABLED");
    if !STATUSES.contains(&status) {
        return Err(error(format!(
            "member {id} has the status {status:?}; it should be one of {}",
            STATUSES.join(", ")
        )));
    }
    let since = state.now() - scenario.age.0;
    let account = state.account(id);
    let email = scenario.email.clone().or_else(|| account.email.clone()).unwrap_or_else(|| format!("{id}@example.com"));
    account.email.get_or_insert_with(|| email.clone());
    let volume = match account.volume {
        Volume::Known(bytes) if status == "ENABLED" => bytes,
        _ => 0,
    };
    let member = Member {
        account: id.clone(),
        email,
        status: status.to_owned(),
        disabled_reason: scenario
            .disabled_reason
            .clone()
            .or_else(|| (status == "ACCEPTED_BUT_DISABLED").then(|| "VOLUME_UNKNOWN".to_owned())),
        of_organization,
        invited: since,
        updated: since,
        volume,
    };
    let graph = state.graphs.get_mut(arn).expect("it was just made");
    if id == &graph.administrator {
        return Err(error(format!("account {id} administers {arn}, and cannot be a member of it")));
    }
    if graph.members.insert(id.clone(), member).is_some() {
        return Err(error(format!("account {id} is a member of {arn} twice")));
    }
    if status == "VERIFICATION_IN_PROGRESS" {
        let transition = Transition::Verified { graph: arn.to_owned(), account: id.clone(), since };
        state.after(state.timing.verification.0, transition);
    }
    Ok(())
}
