//! Calls to Amazon Detective, each with all its pages and within its limits.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_detective::Client;
use aws_sdk_detective::error::BuildError;
use aws_sdk_detective::types::{Account, DatasourcePackage, DatasourcePackageIngestState, UnprocessedAccount};

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::error::{CallCause, CallError};
use crate::model::account::{AccountId, Email};
use crate::model::graph::GraphArn;
use crate::model::invitation::Invitation;
use crate::model::member::Member;

/// How many accounts one call may name (CreateMembers, GetMembers, DeleteMembers).
///
/// <https://docs.aws.amazon.com/detective/latest/APIReference/API_CreateMembers.html>
pub const BATCH: usize = 50;

/// GetMembers calls in flight at once.
const CONCURRENT_READS: usize = 4;

/// How many entries a page may have (ListGraphs, ListMembers, ListInvitations): the most that AWS allows.
const PAGE: i32 = 200;

/// Finds the behavior graph that the caller administers in the client's Region; `None` where Detective is not enabled.
///
/// # Errors
/// The first page's error that fails.
pub async fn find_graph(client: &Client) -> Result<Option<GraphArn>, CallError> {
    let mut pages = client.list_graphs().into_paginator().page_size(PAGE).send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListGraphs"))?;
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
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListDatasourcePackages"))?;
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
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListOrganizationAdminAccounts"))?;
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

/// Reads the memberships of some accounts. An account that is no member is not in the result.
///
/// # Errors
/// The first call's error.
pub async fn get_members(
    client: &Client,
    graph: &GraphArn,
    ids: &BTreeSet<AccountId>,
) -> Result<BTreeMap<AccountId, Member>, CallError> {
    let ids: Vec<String> = ids.iter().map(AccountId::to_string).collect();
    let read = async |batch: &[String]| {
        let request = client.get_members().graph_arn(graph.as_str()).set_account_ids(Some(batch.to_vec()));
        let answer = request.send().await.map_err(CallError::of("GetMembers"))?;
        // Accounts that are no members come back as unprocessed, with a reason that AWS does not publish.
        Ok(answer.member_details().iter().filter_map(Member::from_detail).collect::<Vec<_>>())
    };
    let batches = stream::iter(ids.chunks(BATCH)).map(read).buffer_unordered(CONCURRENT_READS);
    let members: Vec<Vec<Member>> = batches.try_collect().await?;
    Ok(members.into_iter().flatten().map(|member| (member.id, member)).collect())
}

/// Reads all members of a graph. Organization accounts that were never enabled are not among them.
///
/// # Errors
/// The first page's error that fails.
pub async fn list_members(client: &Client, graph: &GraphArn) -> Result<BTreeMap<AccountId, Member>, CallError> {
    let mut members = BTreeMap::new();
    let mut pages = client.list_members().graph_arn(graph.as_str()).into_paginator().page_size(PAGE).send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListMembers"))?;
        members.extend(page.member_details().iter().filter_map(Member::from_detail).map(|member| (member.id, member)));
    }
    Ok(members)
}

/// How accounts of an invitation graph are invited. Organization accounts are enabled without an invitation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvitationOptions {
    /// Whether Detective sends an email to the root user.
    pub send_email: bool,
    /// A text that the email has.
    pub message: Option<String>,
}

/// What CreateMembers made of a batch. An account of the batch may be in neither.
#[derive(Debug, Default)]
pub struct Created {
    /// The accounts that it took.
    pub members: BTreeMap<AccountId, Member>,
    /// The accounts that it did not take, members already among them, and its reasons.
    pub unprocessed: BTreeMap<AccountId, String>,
}

/// Makes up to [`BATCH`] accounts members.
///
/// # Errors
/// The call's error; it is about all accounts of the batch.
pub async fn create_members(
    client: &Client,
    graph: &GraphArn,
    batch: &[(AccountId, &Email)],
    options: &InvitationOptions,
) -> Result<Created, CallError> {
    const OPERATION: &str = "CreateMembers";
    let mut request = client
        .create_members()
        .graph_arn(graph.as_str())
        .disable_email_notification(!options.send_email)
        .set_message(options.message.clone());
    for (id, email) in batch {
        let account = Account::builder().account_id(id.to_string()).email_address(email.expose()).build();
        let invalid = |error: BuildError| CallError::new(OPERATION, CallCause::InvalidRequest, &error.to_string());
        request = request.accounts(account.map_err(invalid)?);
    }
    let answer = request.send().await.map_err(CallError::of(OPERATION))?;
    Ok(Created {
        members: answer.members().iter().filter_map(Member::from_detail).map(|member| (member.id, member)).collect(),
        unprocessed: reasons(answer.unprocessed_accounts()),
    })
}

/// What DeleteMembers made of a batch. An account of the batch may be in neither.
#[derive(Debug, Default)]
pub struct Deleted {
    /// The accounts that it removed.
    pub removed: BTreeSet<AccountId>,
    /// The accounts that it did not remove, and its reasons.
    pub unprocessed: BTreeMap<AccountId, String>,
}

/// Removes up to [`BATCH`] members.
///
/// # Errors
/// The call's error; it is about all accounts of the batch.
pub async fn delete_members(client: &Client, graph: &GraphArn, batch: &[AccountId]) -> Result<Deleted, CallError> {
    let ids = batch.iter().map(AccountId::to_string).collect();
    let request = client.delete_members().graph_arn(graph.as_str()).set_account_ids(Some(ids));
    let answer = request.send().await.map_err(CallError::of("DeleteMembers"))?;
    Ok(Deleted {
        removed: answer.account_ids().iter().filter_map(|id| id.parse().ok()).collect(),
        unprocessed: reasons(answer.unprocessed_accounts()),
    })
}

/// Accounts that a call did not process, and why.
fn reasons(unprocessed: &[UnprocessedAccount]) -> BTreeMap<AccountId, String> {
    let reason = |account: &UnprocessedAccount| {
        Some((account.account_id()?.parse().ok()?, account.reason().unwrap_or("no reason given").to_owned()))
    };
    unprocessed.iter().filter_map(reason).collect()
}

/// Asks Detective to check a member again that it accepted and does not monitor. Success does not mean that it does now.
///
/// # Errors
/// The call's error.
pub async fn start_monitoring(client: &Client, graph: &GraphArn, id: AccountId) -> Result<(), CallError> {
    let request = client.start_monitoring_member().graph_arn(graph.as_str()).account_id(id.to_string());
    request.send().await.map_err(CallError::of("StartMonitoringMember"))?;
    Ok(())
}

/// Reads the invitations and memberships of the calling account in the client's Region.
///
/// # Errors
/// The first page's error that fails.
pub async fn list_invitations(client: &Client) -> Result<Vec<Invitation>, CallError> {
    let mut invitations = Vec::new();
    let mut pages = client.list_invitations().into_paginator().page_size(PAGE).send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListInvitations"))?;
        invitations.extend(page.invitations().iter().filter_map(Invitation::from_detail));
    }
    Ok(invitations)
}

/// Rejects the calling account's invitation to a graph.
///
/// # Errors
/// The call's error.
pub async fn reject_invitation(client: &Client, graph: &GraphArn) -> Result<(), CallError> {
    let request = client.reject_invitation().graph_arn(graph.as_str());
    request.send().await.map_err(CallError::of("RejectInvitation"))?;
    Ok(())
}

/// Accepts the calling account's invitation to a graph.
///
/// # Errors
/// The call's error.
pub async fn accept_invitation(client: &Client, graph: &GraphArn) -> Result<(), CallError> {
    let request = client.accept_invitation().graph_arn(graph.as_str());
    request.send().await.map_err(CallError::of("AcceptInvitation"))?;
    Ok(())
}
