//! What organization-reconciler would do in an environment: its own dry run, shown as a difference.

use std::path::PathBuf;
use std::process::ExitCode;

use anstream::println;
use local_cloud::LocalCloud;
use owo_colors::OwoColorize;
use serde_json::Value;

use crate::environment;
use crate::failure::Failure;

pub(crate) async fn run(
    scenario: Option<PathBuf>,
    policy: &str,
    remove: bool,
    json: bool,
) -> Result<ExitCode, Failure> {
    let cloud = LocalCloud::start(environment::cloud(scenario)?).await?;
    let snapshot = cloud.emulator().cloud().snapshot();
    let organization = snapshot.organization.ok_or("the scenario has no organization")?;
    // The administrator is whoever has the organization's graph, or else the first graph.
    let graphs = &snapshot.graphs;
    let first = graphs.iter().find(|graph| graph.organization).or(graphs.first()).ok_or("the scenario has no graph")?;
    let administrator = &first.administrator;
    let own = graphs.iter().filter(|graph| graph.administrator == *administrator);
    let regions: Vec<&str> = own.map(|graph| graph.region.as_str()).collect();
    let stack = environment::stack("AdministratorAccount", administrator)?
        .with("OrganizationId", &organization.id)
        .with("ManagementAccountId", &organization.management_account_id)
        .with("DetectiveRegions", &regions.join(","))
        .with("CoveragePolicy", policy)
        .with("RemoveMembers", if remove { "true" } else { "false" })
        // Departures are shown as removals, whatever their grace period.
        .with("RemovalGraceHours", "0")
        .with("DryRun", "true");
    cloud.deploy(stack)?;
    let record = cloud.invoke(administrator, "OrganizationReconciler", serde_json::json!({})).await;
    let (report, code) = match record.outcome {
        Ok(report) => (report, ExitCode::SUCCESS),
        Err(error) => {
            let (sentence, report) =
                error.error_message.split_once(" Report: ").unwrap_or((&error.error_message, "null"));
            anstream::eprintln!("{}: {sentence}", error.error_type);
            (serde_json::from_str(report)?, ExitCode::FAILURE)
        }
    };
    if json {
        println!("{report}");
    } else {
        show(&report);
    }
    Ok(code)
}

fn show(report: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for region in report["regions"].as_array().into_iter().flatten() {
        println!("\n{}", text(&region["region"]).bold());
        if let Some(error) = region["error"].as_object() {
            let part = |name: &str| text(&error[name]);
            let failed = if error.contains_key("operation") { part("operation") + " failed: " } else { String::new() };
            println!("  {} {failed}{}: {}", "!".red(), part("code"), part("message"));
        }
        if region["graph"] == "would-be-created" {
            println!("  {} a behavior graph is created", "+".green());
        }
        for drift in region["drift"].as_array().into_iter().flatten() {
            println!("  {} {}", "~".yellow(), text(&drift["message"]));
        }
        for account in region["accounts"].as_array().into_iter().flatten() {
            let id = text(&account["accountId"]);
            match (account["outcome"].as_str(), account["action"].as_str()) {
                (Some("planned"), Some("created")) => println!("  {} {id} becomes a member", "+".green()),
                (Some("planned"), Some("started")) => println!("  {} {id} is started", "~".yellow()),
                (Some("planned"), Some("reinvited")) => {
                    println!("  {} {id} is removed and invited again", "~".yellow());
                }
                (Some("planned"), Some("removed")) => println!("  {} {id} is removed", "-".red()),
                // Those are counted below.
                (Some("held"), _) => {}
                _ => println!("  {} {id} {}", "!".red(), text(&account["message"])),
            }
        }
        for held in region["held"].as_array().into_iter().flatten() {
            println!("  {} {} held: {}", "=".dimmed(), held["accounts"], text(&held["reason"]));
        }
        // Only a part of the organization was read, or nothing of it.
        if region["coverage"].is_null() {
            continue;
        }
        let count = |member: &str| region["coverage"][member].as_u64().unwrap_or_default();
        println!(
            "  {} {} in scope, {} enabled, {} out of scope, {} of at most {} members afterwards, {} accounts not listed",
            "=".dimmed(),
            count("inScope"),
            count("enabled"),
            count("outOfScope"),
            count("members"),
            count("memberLimit"),
            region["notListed"].as_u64().unwrap_or_default(),
        );
    }
}
