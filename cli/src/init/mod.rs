//! Reads the organization with the caller's credentials, asks what AWS does not show, and writes samconfig.toml.

mod changes;
mod observed;
mod options;
mod questions;

use std::collections::BTreeMap;
use std::io::BufRead;
use std::process::ExitCode;

use anstream::{eprintln, println};
use detective_onboarding::model::region::Region;
use owo_colors::OwoColorize;

use crate::doctor;
use crate::failure::Failure;
use crate::policy_argument::policy;
use crate::progress;
use crate::samconfig;
use crate::settings::{self, Calls};
use crate::values::{account, region, regions};
use changes::{Answers, apply, difference};
use observed::Observed;
pub(crate) use options::Options;
use questions::{Questions, yes_or_no};

/// Exits with 0 if the file is as it should be, and with 1 if it was not to be written.
pub(crate) async fn run(options: Options, quiet: bool) -> Result<ExitCode, Failure> {
    let document = samconfig::read(&options.config_file)?;
    let calls = Calls::default();
    let config = settings::sdk_config(&calls).await?;
    let of_profile: Option<Region> = config.region().and_then(|region| region.as_ref().parse().ok());
    let any = options.stack_region.clone().or_else(|| of_profile.clone()).map_or_else(|| "us-east-1".parse(), Ok)?;
    let observed = progress::shown("Reading the organization", &calls, quiet, Observed::read(&config, &any)).await?;
    describe(&observed);
    let mut stdin = std::io::stdin().lock();
    let input = (!options.yes).then_some(&mut stdin as &mut dyn BufRead);
    let mut questions = Questions { input };
    // RemoveMembers stays as the file has it, and of this organization the choice of Regions.
    let kept: BTreeMap<String, String> = samconfig::parameters(&document, "administrator")?.into_iter().collect();
    let answers = ask(&options, &observed, of_profile.as_ref(), &kept, &mut questions)?;
    let covered = answers.regions.split(',').filter_map(|region| region.parse().ok()).collect();
    let intended = doctor::Intended {
        administrator: answers.administrator,
        stack_region: answers.stack_region.clone(),
        regions: covered,
        reserve_concurrency: kept.get("ReserveConcurrency").is_some_and(|kept| kept == "true"),
    };
    doctor::preconditions(config, observed.caller, observed.organization, intended).await;

    let before = document.to_string();
    let after = apply(document, &answers)?.to_string();
    let path = options.config_file.display();
    if before == after {
        println!("{path} is as it should be.");
    } else {
        println!("\n{}", path.bold());
        println!("{}", difference(&before, &after));
        if !questions.answer(&format!("Write {path}?"), "--yes", None, Some("yes"), yes_or_no)? {
            eprintln!("nothing was written");
            return Ok(ExitCode::FAILURE);
        }
        std::fs::write(&options.config_file, after).map_err(|error| format!("{path} cannot be written: {error}"))?;
    }
    next(&answers);
    Ok(ExitCode::SUCCESS)
}

fn describe(observed: &Observed) {
    let Observed { caller, organization, administrator, regions, .. } = observed;
    println!(
        "Organization {}, management account {}, seen from {}",
        organization.id, organization.management, caller.account
    );
    let names: Vec<String> = regions.iter().map(ToString::to_string).collect();
    match administrator {
        Some(id) if names.is_empty() => {
            println!("Detective's administrator: {id}, in no Region that these credentials can see");
        }
        Some(id) => println!("Detective's administrator: {id}, in {}", names.join(", ")),
        None => println!("Detective's administrator: nobody is designated"),
    }
    for sentence in &observed.unseen {
        println!("{} {sentence}", "!".yellow());
    }
}

fn ask(
    options: &Options,
    observed: &Observed,
    of_profile: Option<&Region>,
    kept: &BTreeMap<String, String>,
    questions: &mut Questions<'_>,
) -> Result<Answers, Failure> {
    let is_management = observed.caller.account == observed.organization.management;
    // A graph without a designation is the caller's own, by invitation.
    let administrator = observed.administrator.or_else(|| (!is_management).then_some(observed.caller.account));
    let administrator = questions.answer(
        "The account that administers Detective",
        "--administrator",
        options.administrator.map(|id| id.to_string()).as_deref(),
        administrator.map(|id| id.to_string()).as_deref(),
        account,
    )?;
    let is_of_organization = kept.get("OrganizationId").is_some_and(|id| *id == observed.organization.id);
    let chosen = kept.get("DetectiveRegions").filter(|_| is_of_organization);
    if let Some(chosen) = chosen {
        describe_left_out(chosen, &observed.regions);
    }
    let found: Vec<String> = observed.regions.iter().map(ToString::to_string).collect();
    let found = (!found.is_empty()).then(|| found.join(","));
    let of_profile = of_profile.map(ToString::to_string);
    let default = chosen.cloned().or(found).or_else(|| of_profile.clone());
    let question = "The Regions to cover, separated by commas, or all";
    let regions = questions.answer(question, "--regions", options.regions.as_deref(), default.as_deref(), regions)?;
    let first = regions.split(',').next().filter(|first| *first != "all").map(str::to_owned);
    let covers = |region: &String| regions == "all" || regions.split(',').any(|covered| covered == region);
    let default = of_profile.filter(covers).or(first).unwrap_or_else(|| observed.caller.home.to_string());
    let given = options.stack_region.as_ref().map(ToString::to_string);
    let question = "The Region of the stack in the administrator account";
    let stack_region = questions.answer(question, "--stack-region", given.as_deref(), Some(&default), region)?;
    let default = observed.control_tower.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
    let none_or_region = |text: &str| if text == "none" { Ok(None) } else { region(text).map(Some) };
    let question = "Control Tower's home Region, or none";
    let given = options.control_tower_region.as_deref();
    let control_tower = questions.answer(question, "--control-tower-region", given, Some(&default), none_or_region)?;
    let question = "The coverage policy: a file or JSON; without one, every account is covered";
    let policy = questions.answer(question, "--policy", options.policy.as_deref(), Some(""), valid_policy)?;
    let default = kept.get("RemoveMembers").filter(|kept| *kept == "true").map_or("no", |_| "yes");
    let question = "Remove members that left, or that the policy leaves out?";
    let given = options.remove_members.map(|remove| remove.to_string());
    let remove_members = questions.answer(question, "--remove-members", given.as_deref(), Some(default), yes_or_no)?;
    Ok(Answers {
        organization: observed.organization.id.clone(),
        management: observed.organization.management,
        home: observed.caller.home.clone(),
        administrator,
        regions,
        stack_region,
        control_tower,
        policy,
        remove_members,
    })
}

/// Names the Regions that Detective is administered in, and that were left out when the file was written.
fn describe_left_out(chosen: &str, found: &[Region]) {
    let covers = |region: &&Region| chosen == "all" || chosen.split(',').any(|chosen| chosen.trim() == region.as_str());
    let left: Vec<&str> = found.iter().filter(|region| !covers(region)).map(Region::as_str).collect();
    if !left.is_empty() {
        println!("{} the file leaves out {}: --regions covers others", "!".yellow(), left.join(", "));
    }
}

/// The policy's text, if it is one, in one line: so it is one line of the file.
fn valid_policy(given: &str) -> Result<String, String> {
    let text = policy(given)?;
    if !text.is_empty() {
        let read = text.parse::<detective_onboarding::model::policy::Policy>();
        read.map_err(|error| format!("the policy is not valid: {error}"))?;
    }
    // A line break in JSON is only ever between its parts.
    Ok(text.lines().map(str::trim).collect::<Vec<_>>().join(" "))
}

/// What to do next.
fn next(answers: &Answers) {
    let Answers { administrator, regions, stack_region, home, .. } = answers;
    let tower = answers.control_tower.as_ref().filter(|tower| *tower != home);
    let doctor_tower =
        answers.control_tower.as_ref().map_or_else(String::new, |tower| format!(" --control-tower-region {tower}"));
    let doctor_regions = if regions == "all" { String::new() } else { format!(" --regions {regions}") };
    println!(
        "\nNext, with credentials of {administrator} but for the last:\n  cargo run -- doctor --before-deploying --administrator \
         {administrator} --stack-region {stack_region}{doctor_regions}{doctor_tower}\n  cargo run -- plan --live --config-env \
         administrator\n  sam build\n  sam deploy --config-env administrator-dry-run\n  sam deploy --config-env administrator\n  sam \
         deploy --config-env management   # in {}",
        answers.management
    );
    if let Some(tower) = tower {
        println!(
            "  sam deploy --config-env management --region {tower}   # there as well: Control Tower's events arrive in {tower}"
        );
    }
}

#[test]
fn a_policy_of_several_lines_is_one_line() {
    let policy = "{\n  \"exclude\": [\n    {\"account\": \"333333333333\"}\n  ]\n}\n";
    assert_eq!(valid_policy(policy).unwrap(), r#"{ "exclude": [ {"account": "333333333333"} ] }"#);
}
