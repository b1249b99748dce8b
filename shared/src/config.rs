//! Configuration from environment variables, read once before the first invocation.
//!
//! A variable that is empty counts as missing: CloudFormation cannot leave one out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::num::NonZeroUsize;
use std::str::FromStr;

use crate::account::AccountId;
use crate::detective::InvitationOptions;
use crate::graph::{GraphArn, Region};
use crate::policy::{InvalidPolicy, Policy};
use crate::removals::Removals;
use crate::sts::MemberRole;

/// A variable that does not hold what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {variable} {problem}: set it to {expected}")]
pub struct ConfigError {
    variable: &'static str,
    problem: String,
    expected: &'static str,
}

impl ConfigError {
    /// Says that `variable` is wrong in the way of `problem` ("is missing"), and should hold `expected`.
    pub fn new(variable: &'static str, problem: impl Into<String>, expected: &'static str) -> Self {
        Self { variable, problem: problem.into(), expected }
    }
}

/// Reads variables through a lookup, which is the process's environment but in unit tests.
pub struct Environment<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Environment<'static> {
    /// The environment of this process.
    pub fn of_process() -> Self {
        Self(&|name| std::env::var(name).ok())
    }
}

impl<'a> Environment<'a> {
    /// An environment that asks `lookup`.
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self(lookup)
    }

    /// The variable's text, trimmed; `None` if it is missing or empty.
    pub fn text(&self, variable: &'static str) -> Option<String> {
        (self.0)(variable).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// The variable as a `T`, or `default` if it is missing.
    pub fn parsed<T: FromStr>(
        &self,
        variable: &'static str,
        default: T,
        expected: &'static str,
    ) -> Result<T, ConfigError> {
        match self.text(variable) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| ConfigError::new(variable, format!("is {text:?}"), expected)),
        }
    }

    /// The variable's items between commas, in order and without repetition; empty if it is missing.
    pub fn list<T>(&self, variable: &'static str, expected: &'static str) -> Result<Vec<T>, ConfigError>
    where
        T: FromStr<Err: Display> + Ord + Clone,
    {
        let mut seen = BTreeSet::new();
        let mut items = Vec::new();
        let text = self.text(variable).unwrap_or_default();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let item: T = item
                .parse()
                .map_err(|error| ConfigError::new(variable, format!("has a wrong item ({error})"), expected))?;
            if seen.insert(item.clone()) {
                items.push(item);
            }
        }
        Ok(items)
    }
}

/// The Regions to work in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Regions {
    /// Every Region that has Detective and that the account has enabled.
    All,
    /// These.
    These(Vec<Region>),
}

/// The Regions to work in: `DETECTIVE_REGIONS`, which may be `all`, or else the function's own Region.
pub fn regions(environment: &Environment<'_>) -> Result<Regions, ConfigError> {
    const EXPECTED: &str = "all, or Region codes separated by commas, such as us-east-1,eu-west-1";
    if environment.text("DETECTIVE_REGIONS").is_some_and(|text| text.eq_ignore_ascii_case("all")) {
        return Ok(Regions::All);
    }
    let regions = environment.list("DETECTIVE_REGIONS", EXPECTED)?;
    if !regions.is_empty() {
        return Ok(Regions::These(regions));
    }
    let own = environment.list("AWS_REGION", EXPECTED)?;
    if own.is_empty() {
        return Err(ConfigError::new("DETECTIVE_REGIONS", "is missing", EXPECTED));
    }
    Ok(Regions::These(own))
}

/// Whether nothing is to be changed (`DRY_RUN`).
pub fn dry_run(environment: &Environment<'_>) -> Result<bool, ConfigError> {
    environment.parsed("DRY_RUN", false, "true or false")
}

/// How accounts are invited (`SEND_INVITATION_EMAILS`, `INVITATION_MESSAGE`).
pub fn invitation(environment: &Environment<'_>) -> Result<InvitationOptions, ConfigError> {
    Ok(InvitationOptions {
        send_email: environment.parsed("SEND_INVITATION_EMAILS", false, "true or false")?,
        message: environment.text("INVITATION_MESSAGE"),
    })
}

/// How many StartMonitoringMember calls are in flight at once in each Region (`MAX_CONCURRENT_STARTS`).
pub fn concurrent_starts(environment: &Environment<'_>) -> Result<NonZeroUsize, ConfigError> {
    const DEFAULT: NonZeroUsize = NonZeroUsize::new(32).expect("thirty-two is not zero");
    environment.parsed("MAX_CONCURRENT_STARTS", DEFAULT, "a whole number from 1 on")
}

/// From which age on a member that waits to be monitored counts as stuck (`STUCK_AFTER_HOURS`), in seconds.
pub fn stuck_after(environment: &Environment<'_>) -> Result<i64, ConfigError> {
    let hours: u32 = environment.parsed("STUCK_AFTER_HOURS", 72, "a whole number of hours from 0 on")?;
    Ok(i64::from(hours) * 3600)
}

/// Which accounts are in scope (`COVERAGE_POLICY`); all, if it is missing.
pub fn policy(environment: &Environment<'_>) -> Result<Policy, ConfigError> {
    let Some(text) = environment.text("COVERAGE_POLICY") else { return Ok(Policy::default()) };
    text.parse().map_err(|error: InvalidPolicy| {
        let expected = "a JSON object with include, exclude and priority, or leave it empty to cover every account";
        ConfigError::new("COVERAGE_POLICY", format!("is no policy ({error})"), expected)
    })
}

/// Whether members are removed, and how many at most (`REMOVE_MEMBERS`, `MAX_REMOVALS`, `MAX_REMOVALS_PERCENT`).
pub fn removals(environment: &Environment<'_>) -> Result<Removals, ConfigError> {
    const PERCENT: &str = "a whole number from 0 to 100";
    let most_percent = environment.parsed("MAX_REMOVALS_PERCENT", 5, PERCENT)?;
    if most_percent > 100 {
        return Err(ConfigError::new("MAX_REMOVALS_PERCENT", format!("is {most_percent}"), PERCENT));
    }
    Ok(Removals {
        allowed: environment.parsed("REMOVE_MEMBERS", false, "true or false")?,
        most: environment.parsed("MAX_REMOVALS", 10, "a whole number from 0 on")?,
        most_percent,
    })
}

/// How long a member that left or is suspended stays one (`REMOVAL_GRACE_HOURS`), in seconds.
pub fn removal_grace(environment: &Environment<'_>) -> Result<i64, ConfigError> {
    const EXPECTED: &str = "a whole number of hours from 0 to 240";
    let hours: u32 = environment.parsed("REMOVAL_GRACE_HOURS", 24, EXPECTED)?;
    // The queue that remembers departures forgets them after fourteen days.
    if hours > 240 {
        return Err(ConfigError::new("REMOVAL_GRACE_HOURS", format!("is {hours}"), EXPECTED));
    }
    Ok(i64::from(hours) * 3600)
}

/// The behavior graphs that are configured by ARN (`DETECTIVE_GRAPH_ARNS`), by Region. In other Regions the
/// administrator's graph is looked up.
pub fn graphs(environment: &Environment<'_>, regions: &Regions) -> Result<BTreeMap<Region, GraphArn>, ConfigError> {
    const VARIABLE: &str = "DETECTIVE_GRAPH_ARNS";
    const EXPECTED: &str = "behavior graph ARNs separated by commas, at most one a Region, or leave it empty";
    let mut graphs = BTreeMap::new();
    for arn in environment.list::<GraphArn>(VARIABLE, EXPECTED)? {
        let region = arn.region().clone();
        if matches!(regions, Regions::These(regions) if !regions.contains(&region)) {
            let problem = format!("has a graph in {region}, which DETECTIVE_REGIONS does not name");
            return Err(ConfigError::new(VARIABLE, problem, EXPECTED));
        }
        if graphs.insert(region.clone(), arn).is_some() {
            return Err(ConfigError::new(VARIABLE, format!("has two graphs in {region}"), EXPECTED));
        }
    }
    Ok(graphs)
}

/// Whose invitations are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowList {
    /// The administrator accounts that are trusted: at least one.
    pub administrators: BTreeSet<AccountId>,
    /// If there are any, only invitations to these graphs are accepted.
    pub graphs: BTreeSet<GraphArn>,
    /// Whether invitations of other administrators are rejected, and not only reported.
    pub reject_others: bool,
}

/// The role to accept invitations with in member accounts (`MEMBER_ROLE_NAME`, `MEMBER_ROLE_EXTERNAL_ID`), where
/// they are accepted centrally.
pub fn member_role(environment: &Environment<'_>) -> Result<Option<MemberRole>, ConfigError> {
    const NAME: &str = "the name of the role in member accounts: letters, digits and +=,.@_-";
    const EXTERNAL_ID: &str = "the external id that the role's trust policy asks for";
    let Some(name) = environment.text("MEMBER_ROLE_NAME") else { return Ok(None) };
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "+=,.@_-".contains(letter);
    if name.len() > 64 || !name.chars().all(allowed) {
        return Err(ConfigError::new("MEMBER_ROLE_NAME", format!("is {name:?}"), NAME));
    }
    match environment.text("MEMBER_ROLE_EXTERNAL_ID") {
        Some(external_id) => Ok(Some(MemberRole { name, external_id })),
        None => Err(ConfigError::new("MEMBER_ROLE_EXTERNAL_ID", "is missing", EXTERNAL_ID)),
    }
}

/// Reads `TRUSTED_ADMINISTRATOR_IDS` and `TRUSTED_GRAPH_ARNS`. A list without an administrator is an error: it would
/// be the same to accept nothing and to accept everything, and neither is what anyone deploys this for.
pub fn allow_list(environment: &Environment<'_>) -> Result<AllowList, ConfigError> {
    const ADMINISTRATORS: &str = "the account ids of the Detective administrators to trust, separated by commas";
    const GRAPHS: &str = "behavior graph ARNs of trusted administrators, separated by commas, or leave it empty";
    let administrators: BTreeSet<AccountId> =
        environment.list("TRUSTED_ADMINISTRATOR_IDS", ADMINISTRATORS)?.into_iter().collect();
    if administrators.is_empty() {
        return Err(ConfigError::new("TRUSTED_ADMINISTRATOR_IDS", "is missing or empty", ADMINISTRATORS));
    }
    let graphs: BTreeSet<GraphArn> = environment.list("TRUSTED_GRAPH_ARNS", GRAPHS)?.into_iter().collect();
    if let Some(stranger) = graphs.iter().find(|arn| !administrators.contains(&arn.administrator())) {
        let problem =
            format!("has a graph of {}, which TRUSTED_ADMINISTRATOR_IDS does not name", stranger.administrator());
        return Err(ConfigError::new("TRUSTED_GRAPH_ARNS", problem, GRAPHS));
    }
    let reject_others = environment.parsed("REJECT_UNTRUSTED_INVITATIONS", false, "true or false")?;
    Ok(AllowList { administrators, graphs, reject_others })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAPH: &str = "arn:aws:detective:eu-west-1:111122223333:graph:0123456789abcdef0123456789abcdef";

    fn with<T>(variables: &[(&str, &str)], read: impl FnOnce(&Environment<'_>) -> T) -> T {
        let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        read(&Environment::new(&lookup))
    }

    #[test]
    fn without_regions_the_functions_own_region_is_covered() {
        let regions = with(&[("DETECTIVE_REGIONS", " "), ("AWS_REGION", "eu-west-1")], regions).unwrap();
        assert_eq!(regions, Regions::These(vec!["eu-west-1".parse().unwrap()]));
    }

    #[test]
    fn regions_are_taken_once_each_and_in_order() {
        let regions = with(&[("DETECTIVE_REGIONS", "us-east-1, eu-west-1,us-east-1,")], regions).unwrap();
        assert_eq!(regions, Regions::These(vec!["us-east-1".parse().unwrap(), "eu-west-1".parse().unwrap()]));
    }

    #[test]
    fn a_wrong_item_is_an_error_that_names_the_variable_and_what_it_should_hold() {
        let error = with(&[("DETECTIVE_REGIONS", "us-east-1,Ireland")], regions).unwrap_err();
        assert_eq!(
            error.to_string(),
            "environment variable DETECTIVE_REGIONS has a wrong item (\"Ireland\" is not a Region code such as \
             eu-west-1): set it to all, or Region codes separated by commas, such as us-east-1,eu-west-1"
        );
    }

    #[test]
    fn a_graph_outside_the_regions_or_a_second_one_in_a_region_is_refused() {
        let regions = Regions::These(vec!["us-east-1".parse().unwrap()]);
        let error = with(&[("DETECTIVE_GRAPH_ARNS", GRAPH)], |env| graphs(env, &regions)).unwrap_err();
        assert!(error.to_string().contains("eu-west-1, which DETECTIVE_REGIONS does not name"), "{error}");

        let regions = Regions::These(vec!["eu-west-1".parse().unwrap()]);
        let two = format!("{GRAPH},{}", GRAPH.replace("graph:0", "graph:1"));
        let error = with(&[("DETECTIVE_GRAPH_ARNS", &two)], |env| graphs(env, &regions)).unwrap_err();
        assert!(error.to_string().contains("two graphs in eu-west-1"), "{error}");
    }

    #[test]
    fn an_empty_allow_list_is_an_error() {
        for variables in [&[][..], &[("TRUSTED_ADMINISTRATOR_IDS", " , ")], &[("TRUSTED_GRAPH_ARNS", GRAPH)]] {
            let error = with(variables, allow_list).unwrap_err();
            assert!(error.to_string().contains("TRUSTED_ADMINISTRATOR_IDS is missing or empty"), "{error}");
        }
    }

    #[test]
    fn a_trusted_graph_needs_a_trusted_administrator() {
        let variables = [("TRUSTED_ADMINISTRATOR_IDS", "444455556666"), ("TRUSTED_GRAPH_ARNS", GRAPH)];
        let error = with(&variables, allow_list).unwrap_err();
        assert!(error.to_string().contains("has a graph of 111122223333"), "{error}");
    }
}
