//! Behavior graphs, their settings, and who administers them.

use super::page::PAGE;
use crate::aws::page_tokens::PageTokens;
use crate::error::CallError;
use crate::model::account::AccountId;
use crate::model::graph::GraphArn;
use aws_sdk_detective::Client;
use aws_sdk_detective::types::{DatasourcePackage, DatasourcePackageIngestState};
use std::collections::{BTreeMap, BTreeSet};

/// Finds the behavior graph that the caller administers in the client's Region; `None` where Detective is not enabled.
///
/// # Errors
/// The first page's error that fails.
pub async fn find_graph(client: &Client) -> Result<Option<GraphArn>, CallError> {
    let mut pages = client.list_graphs().into_paginator().page_size(PAGE).send();
    let mut tokens = PageTokens::default();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListGraphs"))?;
        tokens.next("ListGraphs", page.next_token())?;
        // An account administers at most one graph in a Region, and a page before the last may be empty.
        if let Some(arn) = page.graph_list().iter().find_map(|graph| graph.arn()?.parse().ok()) {
            return Ok(Some(arn));
        }
    }
    Ok(None)
}

/// Enables Detective in the client's Region: makes a behavior graph that the caller administers.
///
/// # Errors
/// The call's error, or `IncompleteAnswer`.
pub async fn create_graph(client: &Client, tags: &BTreeMap<String, String>) -> Result<GraphArn, CallError> {
    const OPERATION: &str = "CreateGraph";
    let tags = (!tags.is_empty()).then(|| tags.clone().into_iter().collect());
    let answer = client.create_graph().set_tags(tags).send().await.map_err(CallError::of(OPERATION))?;
    let missing = || CallError::incomplete_answer(OPERATION, "Detective answered without the graph's ARN");
    answer.graph_arn().and_then(|arn| arn.parse().ok()).ok_or_else(missing)
}

/// Whether Detective enables accounts that join the organization by itself.
///
/// # Errors
/// The call's error. Only the organization's Detective administrator in the Region may ask.
pub async fn auto_enable(client: &Client, graph: &GraphArn) -> Result<bool, CallError> {
    let request = client.describe_organization_configuration().graph_arn(graph.as_str());
    let answer = request.send().await.map_err(CallError::of("DescribeOrganizationConfiguration"))?;
    Ok(answer.auto_enable())
}

/// Sets whether Detective enables accounts that join the organization by itself.
///
/// # Errors
/// The call's error.
pub async fn set_auto_enable(client: &Client, graph: &GraphArn, on: bool) -> Result<(), CallError> {
    let request = client.update_organization_configuration().graph_arn(graph.as_str()).auto_enable(on);
    request.send().await.map_err(CallError::of("UpdateOrganizationConfiguration"))?;
    Ok(())
}

/// The optional data source packages that a graph takes in.
///
/// # Errors
/// The first page's error that fails.
pub async fn packages(client: &Client, graph: &GraphArn) -> Result<BTreeSet<DatasourcePackage>, CallError> {
    let request = client.list_datasource_packages().graph_arn(graph.as_str());
    let mut pages = request.into_paginator().page_size(PAGE).send();
    let mut started = BTreeSet::new();
    let mut tokens = PageTokens::default();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListDatasourcePackages"))?;
        tokens.next("ListDatasourcePackages", page.next_token())?;
        let packages = page.datasource_packages.unwrap_or_default().into_iter();
        let on = packages.filter(|(_, detail)| {
            detail.datasource_package_ingest_state() == Some(&DatasourcePackageIngestState::Started)
        });
        started.extend(on.map(|(package, _)| package));
    }
    Ok(started)
}

/// Starts data source packages of a graph.
///
/// # Errors
/// The call's error.
pub async fn start_packages(
    client: &Client,
    graph: &GraphArn,
    packages: &BTreeSet<DatasourcePackage>,
) -> Result<(), CallError> {
    let packages = packages.iter().cloned().collect();
    let request = client.update_datasource_packages().graph_arn(graph.as_str()).set_datasource_packages(Some(packages));
    request.send().await.map_err(CallError::of("UpdateDatasourcePackages"))?;
    Ok(())
}

/// The organization's Detective administrator in the client's Region. Only the management account may ask.
///
/// # Errors
/// The first page's error that fails.
pub async fn organization_administrator(client: &Client) -> Result<Option<AccountId>, CallError> {
    let mut pages = client.list_organization_admin_accounts().into_paginator().page_size(PAGE).send();
    let mut tokens = PageTokens::default();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListOrganizationAdminAccounts"))?;
        tokens.next("ListOrganizationAdminAccounts", page.next_token())?;
        let mut administrators = page.administrators().iter().filter_map(|found| found.account_id()?.parse().ok());
        if let Some(administrator) = administrators.next() {
            return Ok(Some(administrator));
        }
    }
    Ok(None)
}

/// Makes an account the organization's Detective administrator in the client's Region. Only the management account may.
///
/// # Errors
/// The call's error.
pub async fn designate(client: &Client, administrator: AccountId) -> Result<(), CallError> {
    let request = client.enable_organization_admin_account().account_id(administrator.to_string());
    request.send().await.map_err(CallError::of("EnableOrganizationAdminAccount"))?;
    Ok(())
}
