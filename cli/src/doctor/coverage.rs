//! The policy, and whether the accounts that it covers fit into the graphs.

use std::collections::BTreeMap;

use aws_sdk_detective::Client;
use detective_onboarding::aws::detective::list_members;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::graph::{GraphArn, MEMBER_LIMIT};
use detective_onboarding::model::policy::Policy;
use detective_onboarding::model::region::Region;

use super::context::Context;
use super::finding::Finding;
use super::scope::{self, AccountScope};

const POLICY: &str = "policy";
const QUOTA: &str = "graph-quota";

/// The maximum length of the parameter CoveragePolicy of template.yaml, in characters.
const LONGEST: usize = 4000;

const WHY: &str = "A wrong policy fails every invocation of the functions that read it.";

/// How many accounts a finding names.
const NAMED: usize = 20;

/// From here on a graph is nearly full, in percent.
const NEARLY: usize = 90;

/// The findings, and the accounts in scope, if they could be read.
pub(super) async fn check(
    context: &Context,
    graphs: &BTreeMap<Region, GraphArn>,
) -> (Vec<Finding>, Option<AccountScope>) {
    let text = if context.policy.is_empty() { "{}" } else { &context.policy };
    let policy: Policy = match text.parse() {
        Ok(policy) => policy,
        Err(error) => {
            let what = format!("The policy is not valid: {error}.");
            return (vec![Finding::problem(POLICY, what, WHY, "See docs/configuration.md#the-coverage-policy.")], None);
        }
    };
    if text.chars().count() > LONGEST {
        let what = format!("The policy has {} characters.", text.chars().count());
        let why = "The template's parameter CoveragePolicy takes 4,000.";
        let fix = "Name OUs instead of single accounts, and leave out spaces.";
        return (vec![Finding::problem(POLICY, what, why, fix)], None);
    }
    if context.organization.is_err() {
        return (vec![Finding::ok(POLICY, "The policy is valid.")], None);
    }
    let client = aws_sdk_organizations::Client::new(&context.at_home());
    let scope = match scope::read(&client, &policy, context.administrator).await {
        Ok(scope) if scope.missing_units.is_empty() => scope,
        Ok(scope) => {
            let names: Vec<String> = scope.missing_units.into_iter().collect();
            let what = format!("The policy names an OU that does not exist: {}.", names.join(", "));
            let fix =
                "List what there is: aws organizations list-organizational-units-for-parent --parent-id <root or OU>";
            return (vec![Finding::problem(POLICY, what, WHY, fix)], None);
        }
        // The management account and delegated administrators may call it.
        Err(error) if error.is_access_denied() && !context.is_management() => {
            let valid = Finding::ok(POLICY, "The policy is valid; which accounts it covers was not checked.");
            return (vec![valid, context.only_management(QUOTA, "How many accounts the organization has")], None);
        }
        Err(error) => {
            let actions = "organizations:ListAccounts, ListAccountsForParent, ListOrganizationalUnitsForParent and ListTagsForResource";
            let valid = Finding::ok(POLICY, "The policy is valid; which accounts it covers was not checked.");
            return (vec![valid, Finding::unanswered(QUOTA, &error, actions)], None);
        }
    };
    let mut findings = vec![covered(&scope)];
    if graphs.is_empty() {
        findings.push(capacity(context, scope.in_scope.len(), 0));
    }
    for (region, graph) in graphs {
        let of_graph = match list_members(&Client::new(&context.at(region)), graph).await {
            Ok(members) => {
                let others = members.keys().filter(|id| !scope.in_scope.contains(id)).count();
                vec![capacity(context, scope.in_scope.len() + others, others), closed(&scope, members.keys())]
            }
            Err(error) => vec![Finding::unanswered(QUOTA, &error, "detective:ListMembers")],
        };
        findings.extend(of_graph.into_iter().map(|finding| finding.of(context.administrator).within(region)));
    }
    (findings, Some(scope))
}

fn covered(scope: &AccountScope) -> Finding {
    let AccountScope { all, in_scope, .. } = scope;
    if in_scope.is_empty() {
        let why = "No account becomes a member.";
        let fix = "Check include and exclude of the policy, and at the organization's accounts.";
        return Finding::warning(POLICY, format!("The policy covers none of {all} accounts."), why, fix);
    }
    Finding::ok(POLICY, format!("The policy is valid, and covers {} of {all} accounts.", in_scope.len()))
}

/// Members whose accounts are closed, being closed or suspended, by id.
fn closed<'a>(scope: &AccountScope, members: impl Iterator<Item = &'a AccountId>) -> Finding {
    const ID: &str = "closed-members";
    let closed: Vec<String> = members.filter(|id| scope.gone.contains(id)).map(ToString::to_string).collect();
    if closed.is_empty() {
        return Finding::ok(ID, "No member is an account that is closed, being closed or suspended.");
    }
    let (first, more) = closed.split_at(closed.len().min(NAMED));
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    let what = format!("Members whose accounts are closed, being closed or suspended: {}{more}.", first.join(", "));
    let why = "Nothing can be done in them, and Detective removes them only when they are closed for good.";
    let fix = "Set RemoveMembers, or: aws detective delete-members --graph-arn <graph> --account-ids <ids>";
    Finding::warning(ID, what, why, fix)
}

/// <https://docs.aws.amazon.com/detective/latest/userguide/regions-limitations.html>
fn capacity(context: &Context, wanted: usize, others: usize) -> Finding {
    let others = match others {
        0 => String::new(),
        count => format!(", {count} of them members outside the policy"),
    };
    let what = format!("{wanted} of at most {MEMBER_LIMIT} members are needed in a graph{others}.");
    let fix = "Leave out accounts by include or exclude of the policy, or name by priority who comes first: the limit is fixed.";
    if wanted > MEMBER_LIMIT {
        let prioritised = serde_json::from_str::<serde_json::Value>(&context.policy)
            .is_ok_and(|policy| policy["priority"].as_array().is_some_and(|rules| !rules.is_empty()));
        let why = "Accounts beyond the limit are held, and not covered.";
        return match prioritised {
            true => Finding::warning(QUOTA, what, why, fix),
            false => Finding::problem(QUOTA, what, why, fix),
        };
    }
    if wanted * 100 >= MEMBER_LIMIT * NEARLY {
        return Finding::warning(QUOTA, what, "New accounts soon exceed the limit.", fix);
    }
    Finding::ok(QUOTA, what)
}
