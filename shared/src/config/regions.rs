//! In which Regions and on which graphs a function works.

use std::collections::BTreeMap;

use crate::environment::{ConfigError, Environment};
use crate::model::graph::GraphArn;
use crate::model::region::Region;

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
}
