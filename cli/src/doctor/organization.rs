//! The organization: its features, and which services it trusts.

use std::collections::BTreeSet;

use aws_sdk_organizations::Client;
use detective_onboarding::aws::organizations::describe_account;
use detective_onboarding::error::{AwsCode, CallError};
use detective_onboarding::model::account::AccountState;

use super::context::Context;
use super::finding::Finding;

const DETECTIVE: &str = "detective.amazonaws.com";
const STACK_SETS: &str = "member.org.stacksets.cloudformation.amazonaws.com";

pub(super) async fn check(context: &Context) -> Vec<Finding> {
    const FEATURES: &str = "organization-features";
    let organization = match &context.organization {
        Ok(organization) => organization,
        Err(error) if error.is(&AwsCode::AWSOrganizationsNotInUseException) => {
            let what = format!("Account {} is in no organization.", context.caller);
            let why = "The accounts to cover are those of the organization.";
            let fix = "Use credentials of an account of the organization, or: aws organizations create-organization --feature-set ALL";
            return vec![Finding::problem(FEATURES, what, why, fix).of(context.caller)];
        }
        Err(error) => {
            return vec![Finding::unanswered(FEATURES, error, "organizations:DescribeOrganization").of(context.caller)];
        }
    };
    let features = if organization.all_features {
        Finding::ok(FEATURES, format!("Organization {} has all features.", organization.id))
    } else {
        let what = format!("Organization {} has consolidated billing only.", organization.id);
        let why = "Without all features no service works across the organization, Detective included.";
        Finding::problem(FEATURES, what, why, "aws organizations enable-all-features")
    };
    let mut findings = vec![features.of(organization.management)];
    let client = Client::new(&context.at_home());
    findings.push(administrator(context, &client).await.of(context.administrator));
    findings.extend(trust(context, &client).await.into_iter().map(|finding| finding.of(organization.management)));
    findings
}

/// Whether the administrator's account is in use: Detective deletes the graphs of one that is closed for good.
async fn administrator(context: &Context, client: &Client) -> Finding {
    const ID: &str = "administrator-account";
    let id = context.administrator;
    let why = "A suspended account can be neither designated nor used, and its behavior graphs are deleted when it is closed for good.";
    match describe_account(client, id).await {
        Ok(Some(account)) if account.state == AccountState::Active => {
            Finding::ok(ID, format!("Account {id} is active in the organization."))
        }
        Ok(Some(account)) => {
            let what = format!("Account {id}, which should administer Detective, is {}.", account.state);
            let fix = "Reopen it within 90 days after it was closed, by AWS Support, or let another account administer Detective.";
            Finding::problem(ID, what, why, fix)
        }
        Ok(None) => {
            let what = format!("Account {id}, which should administer Detective, is not in the organization.");
            let fix = "Name an account of the organization with --administrator.";
            Finding::problem(ID, what, why, fix)
        }
        // The management account and delegated administrators may call it.
        Err(error) if error.is_access_denied() && !context.is_management() => {
            context.only_management(ID, "Whether the administrator's account is active")
        }
        Err(error) => Finding::unanswered(ID, &error, "organizations:DescribeAccount"),
    }
}

/// Trusted access, and the delegation that it is there for.
async fn trust(context: &Context, client: &Client) -> Vec<Finding> {
    const TRUST: &str = "trusted-access";
    const STACKS: &str = "stacksets-access";
    let services = match trusted_services(client).await {
        Ok(services) => services,
        // The management account and delegated administrators may call it.
        Err(error) if error.is_access_denied() && !context.is_management() => {
            return vec![context.only_management(TRUST, "Which services the organization trusts")];
        }
        Err(error) => {
            return vec![Finding::unanswered(TRUST, &error, "organizations:ListAWSServiceAccessForOrganization")];
        }
    };
    let mut findings = Vec::new();
    if services.contains(DETECTIVE) {
        findings.push(Finding::ok(TRUST, "Detective has trusted access."));
        findings.push(delegation(context, client).await);
    } else {
        let why = "Without it Detective cannot take organization accounts as members.";
        // Designating the administrator switches trusted access on; switching it on alone is not recommended.
        findings.push(Finding::problem(TRUST, "Detective has no trusted access.", why, designate(context)));
    }
    if context.member_role.is_some() {
        findings.push(if services.contains(STACK_SETS) {
            Finding::ok(STACKS, "CloudFormation StackSets have trusted access.")
        } else {
            let why = "Without it no service-managed StackSet puts the member role into the accounts.";
            let fix = "aws cloudformation activate-organizations-access   # in the management account";
            Finding::warning(STACKS, "CloudFormation StackSets have no trusted access.", why, fix)
        });
    }
    findings
}

async fn trusted_services(client: &Client) -> Result<BTreeSet<String>, CallError> {
    let mut services = BTreeSet::new();
    let mut pages = client.list_aws_service_access_for_organization().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListAWSServiceAccessForOrganization"))?;
        services.extend(
            page.enabled_service_principals()
                .iter()
                .filter_map(|service| service.service_principal().map(str::to_owned)),
        );
    }
    Ok(services)
}

async fn delegation(context: &Context, client: &Client) -> Finding {
    const ID: &str = "delegated-administrator";
    let administrator = context.administrator.to_string();
    if context.management() == Some(context.administrator) {
        return Finding::ok(ID, "The management account is the administrator, and needs no delegation.");
    }
    let mut delegated = Vec::new();
    let mut pages = client.list_delegated_administrators().service_principal(DETECTIVE).into_paginator().send();
    while let Some(page) = pages.next().await {
        match page.map_err(CallError::of("ListDelegatedAdministrators")) {
            Ok(page) => {
                let administrators = page.delegated_administrators().iter();
                delegated.extend(administrators.filter_map(|account| account.id().map(str::to_owned)));
            }
            Err(error) => return Finding::unanswered(ID, &error, "organizations:ListDelegatedAdministrators"),
        }
    }
    let why = "Only Detective's delegated administrator may read the organization's accounts and enable them.";
    if delegated.contains(&administrator) {
        return Finding::ok(ID, format!("Account {administrator} is Detective's delegated administrator."));
    }
    match delegated.first() {
        Some(other) => {
            let what = format!("Detective's delegated administrator is account {other}, and not {administrator}.");
            Finding::problem(
                ID,
                what,
                why,
                format!("Deploy in account {other}, and run doctor with --administrator {other}."),
            )
        }
        None => {
            let what = format!("Account {administrator} is not Detective's delegated administrator; nobody is.");
            Finding::problem(ID, what, why, designate(context))
        }
    }
}

fn designate(context: &Context) -> String {
    format!(
        "aws detective enable-organization-admin-account --account-id {} --region {}   # in the management account",
        context.administrator,
        context.regions.first().unwrap_or(&context.stack_region)
    )
}
