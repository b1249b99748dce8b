//! Whether Lambda's quota lets the functions have executions of their own (ReserveConcurrency).
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html>

use detective_onboarding::aws::lambda::{Concurrency, concurrency};
use detective_onboarding::model::region::Region;

use super::context::Context;
use super::finding::Finding;

pub(super) const ID: &str = "lambda-quota";

/// How many executions `template.yaml` reserves in the administrator account, with all that it can do, and in any other one.
const OF_ADMINISTRATOR: u64 = 11;
const ELSEWHERE: u64 = 1;

/// How many Lambda leaves for functions without reserved ones, whatever others reserve.
const UNRESERVED: u64 = 100;

const WHY: &str = "Lambda refuses to reserve executions if less than 100 are left for the account's other functions, and the deployment \
    fails.";

/// Checks the account of the credentials, where its stack is.
pub(super) async fn check(context: &Context) -> Vec<Finding> {
    let region = if context.is_administrator() { &context.stack_region } else { &context.home };
    let mut findings = vec![finding(context, region).await.of(context.caller).within(region)];
    if !context.is_administrator() {
        let elsewhere = context.only_administrator(ID, "Lambda's quota in the administrator account");
        findings.push(elsewhere.of(context.administrator).within(&context.stack_region));
    }
    findings
}

async fn finding(context: &Context, region: &Region) -> Finding {
    let Concurrency { limit, unreserved } = match concurrency(&context.at(region)).await {
        Ok(quota) => quota,
        Err(error) => return Finding::unanswered(ID, &error, "lambda:GetAccountSettings"),
    };
    let own = match (context.is_administrator(), context.is_management()) {
        (true, true) => OF_ADMINISTRATOR + ELSEWHERE,
        (true, false) => OF_ADMINISTRATOR,
        (false, _) => ELSEWHERE,
    };
    let reserved = limit.saturating_sub(unreserved);
    let has = format!("Lambda runs {limit} executions at once here, {reserved} of them reserved for some functions");
    // Once the stack is deployed, what is reserved may be its own.
    let may_be_own = !context.before_deploying && reserved >= own && unreserved >= UNRESERVED;
    if unreserved >= own + UNRESERVED || may_be_own {
        return Finding::ok(ID, format!("{has}: ReserveConcurrency=true is possible, and reserves up to {own}."));
    }
    let needed = reserved + own + UNRESERVED;
    if !context.reserve_concurrency {
        let what = format!(
            "{has}: leave ReserveConcurrency=false, as it is by default. ReserveConcurrency=true reserves up to {own}, and needs a quota of \
             {needed}."
        );
        return Finding::ok(ID, what);
    }
    let what = format!("{has}: too few for ReserveConcurrency=true, which reserves up to {own}.");
    let fix = format!(
        "Set ReserveConcurrency=false in samconfig.toml; or ask for a quota of at least {needed}: aws service-quotas \
         request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value {needed} --region {region}"
    );
    Finding::problem(ID, what, WHY, fix)
}
