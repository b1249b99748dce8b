//! Whether the administrator's event bus lets the management account's events in.

use std::collections::BTreeMap;

use aws_sdk_eventbridge::Client;
use detective_onboarding::error::{AwsCode, CallError};
use detective_onboarding::model::account::AccountId;
use local_cloud::policy::{Policy, Principal, Request};
use serde_json::Value;

use super::context::{Context, Organization};
use super::finding::Finding;

const ID: &str = "bus-policy";
const WHY: &str = "The bus then refuses the events that the management account forwards.";

pub(super) async fn check(context: &Context) -> Finding {
    if !context.is_administrator() {
        let finding = context.only_administrator(ID, "The policy of the event bus");
        return finding.of(context.administrator).within(&context.stack_region);
    }
    check_policy(context).await.of(context.administrator).within(&context.stack_region)
}

async fn check_policy(context: &Context) -> Finding {
    let deploy = "Deploy template.yaml with Place=AdministratorAccount in this account and Region.";
    let client = Client::new(&context.at(&context.stack_region));
    let answer = client.describe_event_bus().name(&context.bus).send().await;
    let document = match answer.map_err(CallError::of("DescribeEventBus")) {
        Ok(answer) => answer.policy,
        Err(error) if error.is(&AwsCode::ResourceNotFoundException) => {
            let what = format!("There is no event bus {}.", context.bus);
            return Finding::problem(ID, what, WHY, "Name the bus of the stack with --bus.");
        }
        Err(error) => return Finding::unanswered(ID, &error, "events:DescribeEventBus"),
    };
    let Ok(organization) = &context.organization else {
        let what = "The organization could not be read, so the bus's policy was not checked.";
        return Finding::unknown(ID, what, "Allow organizations:DescribeOrganization to these credentials.");
    };
    if organization.management == context.administrator {
        return Finding::ok(ID, "The bus is the management account's own.");
    }
    let Some(document) = document else {
        return Finding::problem(ID, format!("The event bus {} has no policy.", context.bus), WHY, deploy);
    };
    let mut policy = Policy::default();
    if let Err(error) = policy.add(&serde_json::from_str::<Value>(&document).unwrap_or_default()) {
        let what = format!("The policy of the event bus was not checked: {error}.");
        return Finding::unknown(ID, what, "Check by hand whether it admits the management account, and nobody else.");
    }
    let admits =
        |account: AccountId, organization: Option<&Organization>| admits(context, &policy, account, organization);
    // No account has this id.
    let stranger: AccountId = "000000000000".parse().expect("twelve digits are an account id");
    if admits(stranger, None) {
        let why = "Anybody can then send events; the functions read the state in AWS before they act, but each costs an invocation.";
        return Finding::warning(ID, "The event bus admits every AWS account.", why, deploy);
    }
    if admits(organization.management, Some(organization)) {
        return Finding::ok(ID, format!("The event bus admits account {}.", organization.management));
    }
    if document.to_lowercase().contains("aws:principalarn") {
        let what = "The event bus admits by the ARN of the forwarding role, which is not known here.";
        return Finding::unknown(
            ID,
            what,
            "Compare aws:PrincipalArn in its policy with RoleArn of the forwarding rule's target.",
        );
    }
    let what = format!("The event bus does not admit account {}, the management account.", organization.management);
    Finding::problem(ID, what, WHY, deploy)
}

/// Whether the policy lets an account put events.
fn admits(context: &Context, policy: &Policy, account: AccountId, organization: Option<&Organization>) -> bool {
    let account = account.to_string();
    let mut keys = BTreeMap::from([("aws:PrincipalAccount", account.clone()), ("aws:SourceAccount", account.clone())]);
    if let Some(organization) = organization {
        keys.insert("aws:PrincipalOrgID", organization.id.clone());
    }
    policy.allows(&Request {
        principal: Principal::Account(&account),
        action: "events:PutEvents",
        resource: &context.bus_arn(),
        context: keys,
    })
}
