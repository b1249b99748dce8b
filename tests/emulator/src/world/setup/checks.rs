//! Checks of what a scenario names: account ids, Regions, ARNs.

use crate::resources::region;
use crate::world::fault::Fault;
use crate::world::scenario::error::ScenarioError;

/// Checks that an account id has twelve digits.
pub(super) fn check_id(id: &str) -> Result<(), ScenarioError> {
    let digits = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
    if digits { Ok(()) } else { Err(ScenarioError(format!("{id:?} is not an account id of twelve digits"))) }
}

/// Checks that there is a Region of that code.
pub(super) fn check_region(code: &str) -> Result<(), ScenarioError> {
    if region::is_known(code) { Ok(()) } else { Err(ScenarioError(format!("{code:?} is not a Region of AWS"))) }
}

/// Checks that an ARN is a queue's.
pub(super) fn check_queue(arn: &str) -> Result<(), ScenarioError> {
    check_named(arn, "sqs", "a queue")
}

/// Checks that an ARN is a topic's.
pub(super) fn check_topic(arn: &str) -> Result<(), ScenarioError> {
    check_named(arn, "sns", "a topic")
}

/// Checks an ARN whose last part is a name.
fn check_named(arn: &str, service: &str, what: &str) -> Result<(), ScenarioError> {
    let parts: Vec<&str> = arn.split(':').collect();
    let (region, account, name) = match parts[..] {
        ["arn", "aws" | "aws-us-gov", of, region, account, name] if of == service => (region, account, name),
        _ => {
            let example = format!("arn:aws:{service}:us-east-1:111122223333:work");
            return Err(ScenarioError(format!("{arn:?} is not the ARN of {what} such as {example}")));
        }
    };
    check_region(region)?;
    check_id(account)?;
    if name.is_empty() { Err(ScenarioError(format!("{arn:?} does not name {what}"))) } else { Ok(()) }
}

/// Checks that an ARN is a parameter's of Systems Manager. Gives its account, its Region and its name.
pub(super) fn check_parameter(arn: &str) -> Result<(&str, &str, String), ScenarioError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let named = match parts[..] {
        ["arn", "aws" | "aws-us-gov", "ssm", region, account, resource] => {
            resource.strip_prefix("parameter/").map(|name| (region, account, name))
        }
        _ => None,
    };
    let Some((region, account, name)) = named.filter(|(_, _, name)| !name.is_empty()) else {
        let example = "arn:aws:ssm:us-east-1:111122223333:parameter/security/policy";
        return Err(ScenarioError(format!("{arn:?} is not the ARN of a parameter such as {example}")));
    };
    check_region(region)?;
    check_id(account)?;
    // The ARN of a name with folders begins like that of one without.
    Ok((account, region, if name.contains('/') { format!("/{name}") } else { name.to_owned() }))
}

/// Checks a rule for faults.
pub(super) fn check_fault(fault: &Fault) -> Result<(), ScenarioError> {
    fault.account.as_deref().map_or(Ok(()), check_id)?;
    fault.region.as_deref().map_or(Ok(()), check_region)?;
    fault.check().map_err(ScenarioError)
}
