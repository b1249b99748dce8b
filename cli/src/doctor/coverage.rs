//! The policy, and whether the accounts that it takes have room in the graphs.

use std::collections::BTreeMap;

use aws_sdk_detective::Client;
use detective_onboarding::detective::list_members;
use detective_onboarding::graph::{GraphArn, Region};
use detective_onboarding::policy::Policy;
use detective_onboarding::reconcile::PLACES;

use super::audience::{self, Audience};
use super::context::Context;
use super::finding::Finding;

const POLICY: &str = "policy";
const QUOTA: &str = "graph-quota";

/// The most that the parameter CoveragePolicy of template.yaml takes.
const LONGEST: usize = 4000;

const WHY: &str = "A wrong policy fails every invocation of the functions that read it.";

/// From here on a graph is nearly full, in percent.
const NEARLY: usize = 90;

/// What was found, and the accounts in scope, if they could be read.
pub(super) async fn check(context: &Context, graphs: &BTreeMap<Region, GraphArn>) -> (Vec<Finding>, Option<Audience>) {
    let text = if context.policy.is_empty() { "{}" } else { &context.policy };
    let policy: Policy = match text.parse() {
        Ok(policy) => policy,
        Err(error) => {
            let what = format!("The policy is not valid: {error}.");
            return (vec![Finding::problem(POLICY, what, WHY, "See \"The coverage policy\" in README.md.")], None);
        }
    };
    if text.chars().count() > LONGEST {
        let what = format!("The policy has {} characters.", text.chars().count());
        let why = "The template's parameter CoveragePolicy takes 4,000.";
        let mend = "Name OUs instead of single accounts, and leave out spaces.";
        return (vec![Finding::problem(POLICY, what, why, mend)], None);
    }
    if context.organization.is_err() {
        return (vec![Finding::ok(POLICY, "The policy is valid.")], None);
    }
    let client = aws_sdk_organizations::Client::new(&context.at_home());
    let audience = match audience::read(&client, &policy, context.administrator).await {
        Ok(audience) => audience,
        Err(error) if error.code == "ParentNotFoundException" => {
            let what = format!("The policy names an OU that does not exist: {}", error.message);
            let mend =
                "List what there is: aws organizations list-organizational-units-for-parent --parent-id <root or OU>";
            return (vec![Finding::problem(POLICY, what, WHY, mend)], None);
        }
        // The management account and delegated administrators may ask.
        Err(error) if error.is_access_denied() && !context.is_management() => {
            let valid = Finding::ok(POLICY, "The policy is valid; whom it takes was not looked at.");
            return (vec![valid, context.only_management(QUOTA, "How many accounts the organization has")], None);
        }
        Err(error) => {
            let actions = "organizations:ListAccounts, ListAccountsForParent, ListOrganizationalUnitsForParent and ListTagsForResource";
            let valid = Finding::ok(POLICY, "The policy is valid; whom it takes was not looked at.");
            return (vec![valid, Finding::unanswered(QUOTA, &error, actions)], None);
        }
    };
    let mut findings = vec![taken(&audience)];
    if graphs.is_empty() {
        findings.push(room(context, audience.in_scope.len(), 0));
    }
    for (region, graph) in graphs {
        let finding = match list_members(&Client::new(&context.at(region)), graph).await {
            Ok(members) => {
                let others = members.keys().filter(|id| !audience.in_scope.contains(id)).count();
                room(context, audience.in_scope.len() + others, others)
            }
            Err(error) => Finding::unanswered(QUOTA, &error, "detective:ListMembers"),
        };
        findings.push(finding.of(context.administrator).within(region));
    }
    (findings, Some(audience))
}

fn taken(audience: &Audience) -> Finding {
    let Audience { all, in_scope } = audience;
    if in_scope.is_empty() {
        let why = "Nobody becomes a member.";
        let mend = "Look at include and exclude of the policy, and at the organization's accounts.";
        return Finding::warning(POLICY, format!("The policy takes none of {all} accounts."), why, mend);
    }
    Finding::ok(POLICY, format!("The policy is valid, and takes {} of {all} accounts.", in_scope.len()))
}

/// <https://docs.aws.amazon.com/detective/latest/userguide/regions-limitations.html>
fn room(context: &Context, wanted: usize, others: usize) -> Finding {
    let others = match others {
        0 => String::new(),
        count => format!(", {count} of them members outside the policy"),
    };
    let what = format!("{wanted} of the graph's {PLACES} places are needed{others}.");
    let mend = "Leave out accounts by include or exclude of the policy, or say by priority who comes first: the limit is fixed.";
    if wanted > PLACES {
        let prioritised = serde_json::from_str::<serde_json::Value>(&context.policy)
            .is_ok_and(|policy| policy["priority"].as_array().is_some_and(|rules| !rules.is_empty()));
        let why = "Accounts without a place are held, and not covered.";
        return match prioritised {
            true => Finding::warning(QUOTA, what, why, mend),
            false => Finding::problem(QUOTA, what, why, mend),
        };
    }
    if wanted * 100 >= PLACES * NEARLY {
        return Finding::warning(QUOTA, what, "New accounts soon find no place.", mend);
    }
    Finding::ok(QUOTA, what)
}
