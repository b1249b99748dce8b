//! Whether the Regions are enabled: in a Region that is not, an account can call nothing.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_account::Client;
use aws_sdk_account::types::RegionOptStatus;
use detective_onboarding::error::CallError;
use detective_onboarding::model::region::Region;

use super::context::Context;
use super::finding::Finding;

const ID: &str = "region-enabled";

/// The findings, and the Regions that are not known to be disabled.
pub(super) async fn check(context: &Context) -> (Vec<Finding>, BTreeSet<Region>) {
    let regions: BTreeSet<Region> = context.regions.iter().chain([&context.stack_region]).cloned().collect();
    let account = context.caller;
    let statuses = match list(&Client::new(&context.at_home())).await {
        Ok(statuses) => statuses,
        Err(error) => return (vec![Finding::unanswered(ID, &error, "account:ListRegions").of(account)], regions),
    };
    let mut findings = Vec::new();
    let mut open = BTreeSet::new();
    for region in regions {
        let finding = match statuses.get(region.as_str()) {
            Some(RegionOptStatus::Enabled | RegionOptStatus::EnabledByDefault) => {
                open.insert(region.clone());
                Finding::ok(ID, format!("{region} is enabled in account {account}."))
            }
            Some(RegionOptStatus::Enabling) => {
                let what = format!("{region} is being enabled in account {account}.");
                Finding::problem(ID, what, WHY, "Wait, and run doctor again: it takes minutes to hours.")
            }
            Some(status) => {
                let what = format!("{region} is not enabled in account {account} ({}).", status.as_str());
                Finding::problem(ID, what, WHY, format!("aws account enable-region --region-name {region}"))
            }
            None => {
                let what = format!("Account {account} has no Region {region}.");
                Finding::problem(ID, what, WHY, "Take it out of DetectiveRegions and --regions.")
            }
        };
        findings.push(finding.of(account).within(&region));
    }
    if !context.is_administrator() {
        let what = "Which Regions the administrator account has enabled";
        findings.push(context.only_administrator(ID, what).of(context.administrator));
    }
    (findings, open)
}

const WHY: &str = "In a Region that is not enabled every call fails, in the administrator account and, where the administrator is \
    designated, in the management account.";

async fn list(client: &Client) -> Result<BTreeMap<String, RegionOptStatus>, CallError> {
    let mut statuses = BTreeMap::new();
    let mut pages = client.list_regions().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListRegions"))?;
        for region in page.regions() {
            if let (Some(name), Some(status)) = (region.region_name(), region.region_opt_status()) {
                statuses.insert(name.to_owned(), status.clone());
            }
        }
    }
    Ok(statuses)
}
