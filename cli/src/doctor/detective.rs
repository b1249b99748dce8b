//! Detective in each Region: who administers it for the organization, and whether there is a graph.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_detective::Client;
use aws_sdk_detective::types::DatasourcePackage;
use detective_onboarding::aws::detective::{self, find_graph, organization_administrator};
use detective_onboarding::error::{AwsCode, CallError};
use detective_onboarding::model::graph::GraphArn;
use detective_onboarding::model::region::Region;
use futures_util::future::join_all;

use super::context::Context;
use super::finding::Finding;

const ADMINISTRATOR: &str = "detective-administrator";
const GRAPH: &str = "graph";
const PACKAGES: &str = "data-source-packages";
const AUTO_ENABLE: &str = "auto-enable";

/// The findings, and the administrator's graphs that could be read.
pub(super) async fn check(context: &Context, open: &BTreeSet<Region>) -> (Vec<Finding>, BTreeMap<Region, GraphArn>) {
    let regions: Vec<&Region> = context.regions.iter().filter(|region| open.contains(*region)).collect();
    let checks = join_all(regions.iter().map(|region| check_region(context, region))).await;
    let (mut findings, mut graphs) = (Vec::new(), BTreeMap::new());
    for (region, (of_region, graph)) in regions.into_iter().zip(checks) {
        findings.extend(of_region.into_iter().map(|finding| finding.of(context.administrator).within(region)));
        graphs.extend(graph.map(|graph| (region.clone(), graph)));
    }
    (findings, graphs)
}

async fn check_region(context: &Context, region: &Region) -> (Vec<Finding>, Option<GraphArn>) {
    let client = Client::new(&context.at(region));
    let of_organization = !context.invitation_regions.contains(region);
    let mut findings = Vec::new();
    if context.is_management() {
        findings.push(designated(context, &client, region).await);
    }
    if !context.is_administrator() {
        if !context.is_management() && of_organization {
            findings.push(context.only_management(ADMINISTRATOR, "The organization's Detective administrator"));
        }
        findings.push(context.only_administrator(GRAPH, "The behavior graph"));
        return (findings, None);
    }
    let graph = match find_graph(&client).await {
        Ok(Some(graph)) => graph,
        Ok(None) => {
            let what = format!("Account {} has no behavior graph in {region}.", context.administrator);
            let why = "There is nothing to make accounts members of.";
            let fix = match of_organization {
                true => designate(context, region),
                false => format!("aws detective create-graph --region {region}"),
            };
            // From the management account the missing designation has been reported already.
            if !(context.is_management() && of_organization) {
                findings.push(Finding::problem(GRAPH, what, why, fix));
            }
            return (findings, None);
        }
        Err(error) => {
            findings.push(Finding::unanswered(GRAPH, &error, "detective:ListGraphs"));
            return (findings, None);
        }
    };
    findings.push(Finding::ok(GRAPH, format!("The behavior graph is {graph}.")));
    findings.push(packages(&client, &graph).await);
    if of_organization {
        findings.extend(configuration(context, &client, &graph).await);
    }
    (findings, Some(graph))
}

/// Which optional data source packages the graph takes in.
async fn packages(client: &Client, graph: &GraphArn) -> Finding {
    match detective::packages(client, graph).await {
        Ok(packages) => {
            let optional = packages.iter().map(DatasourcePackage::as_str).filter(|name| *name != "DETECTIVE_CORE");
            let names: Vec<&str> = optional.collect();
            Finding::ok(
                PACKAGES,
                match names.is_empty() {
                    true => "No optional data source package is on.".to_owned(),
                    false => format!(
                        "These optional data source packages are on, and cost extra after a trial of 30 days: {}. Detective turns \
                         on all of them in new graphs.",
                        names.join(", ")
                    ),
                },
            )
        }
        Err(error) => Finding::unanswered(PACKAGES, &error, "detective:ListDatasourcePackages"),
    }
}

/// From the management account: whom the organization has designated.
async fn designated(context: &Context, client: &Client, region: &Region) -> Finding {
    let wanted = context.administrator;
    let designated = match organization_administrator(client).await {
        Ok(designated) => designated,
        // In IAM the action has another name.
        Err(error) => return Finding::unanswered(ADMINISTRATOR, &error, "detective:ListOrganizationAdminAccount"),
    };
    let why = "The functions work in the administrator's account, and see only that account's graphs.";
    match designated {
        Some(id) if id == wanted => {
            Finding::ok(ADMINISTRATOR, format!("Account {id} administers Detective for the organization."))
        }
        Some(other) => {
            let what =
                format!("Account {other} administers Detective for the organization in {region}, and not {wanted}.");
            let fix = format!(
                "Deploy in account {other} and run doctor with --administrator {other}; replacing an administrator deletes its graph."
            );
            Finding::problem(ADMINISTRATOR, what, why, fix)
        }
        None if context.invitation_regions.contains(region) => {
            Finding::ok(ADMINISTRATOR, "No account administers Detective for the organization; invitations are used.")
        }
        None => {
            let what = format!("No account administers Detective for the organization in {region}.");
            let fix =
                format!("{}; for an invitation graph, pass --invitation-regions {region}", designate(context, region));
            Finding::problem(ADMINISTRATOR, what, why, fix)
        }
    }
}

/// From the administrator account: whether the graph is the organization's, and whether Detective takes new accounts in by
/// itself.
async fn configuration(context: &Context, client: &Client, graph: &GraphArn) -> Vec<Finding> {
    let request = client.describe_organization_configuration().graph_arn(graph.as_str());
    let answer = request.send().await.map_err(CallError::of("DescribeOrganizationConfiguration"));
    let enabled = match answer {
        Ok(answer) => answer.auto_enable(),
        // Any account but the administrator is refused, and so is one that lacks the permission.
        Err(error) if error.is_access_denied() || error.is(&AwsCode::ValidationException) => {
            let what = format!("Whether account {} administers Detective for the organization", context.administrator);
            return match context.is_management() {
                true => Vec::new(),
                false => vec![context.only_management(ADMINISTRATOR, &what)],
            };
        }
        Err(error) => {
            return vec![Finding::unanswered(AUTO_ENABLE, &error, "detective:DescribeOrganizationConfiguration")];
        }
    };
    let mut findings = Vec::new();
    if !context.is_management() {
        let what = format!("Account {} administers Detective for the organization.", context.administrator);
        findings.push(Finding::ok(ADMINISTRATOR, what));
    }
    findings.push(match (enabled, restricts(&context.policy)) {
        (true, true) => {
            let why = "Detective then enables every account that joins, also those that the policy leaves out.";
            let fix = format!(
                "aws detective update-organization-configuration --graph-arn {graph} --no-auto-enable --region {}",
                graph.region()
            );
            Finding::warning(AUTO_ENABLE, "AutoEnable is on, and the policy does not cover every account.", why, fix)
        }
        (true, false) => Finding::ok(AUTO_ENABLE, "AutoEnable is on: Detective takes in new accounts by itself, too."),
        (false, _) => Finding::ok(AUTO_ENABLE, "AutoEnable is off: the functions decide who becomes a member."),
    });
    findings
}

/// Whether a policy leaves accounts out.
fn restricts(policy: &str) -> bool {
    let policy: serde_json::Value = serde_json::from_str(policy).unwrap_or_default();
    ["include", "exclude"].iter().any(|list| policy[list].as_array().is_some_and(|rules| !rules.is_empty()))
}

fn designate(context: &Context, region: &Region) -> String {
    let administrator = context.administrator;
    format!(
        "aws detective enable-organization-admin-account --account-id {administrator} --region {region}   # in the management account"
    )
}
