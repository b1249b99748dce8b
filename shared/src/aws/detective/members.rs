//! The members of a behavior graph.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_detective::Client;
use aws_sdk_detective::error::BuildError;
use aws_sdk_detective::types::{Account, MemberDetail, MemberStatus, UnprocessedAccount};

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::aws::page_tokens::PageTokens;
use crate::error::{CallCause, CallError};
use crate::model::account::{AccountId, Email};
use crate::model::graph::{GraphArn, MEMBER_LIMIT};
use crate::model::member::Member;

use super::page::PAGE;
use super::retries::ServerErrors;

/// How many accounts one call may name (CreateMembers, GetMembers, DeleteMembers).
///
/// <https://docs.aws.amazon.com/detective/latest/APIReference/API_CreateMembers.html>
pub const BATCH: usize = 50;

/// GetMembers calls in flight at once.
const CONCURRENT_READS: usize = 4;

/// Reads the memberships of some accounts. An account that is not in the result is no member: neither GetMembers nor ListMembers
/// returned it.
///
/// # Errors
/// The first call's error.
pub async fn read_members(
    client: &Client,
    graph: &GraphArn,
    ids: &BTreeSet<AccountId>,
) -> Result<BTreeMap<AccountId, Member>, CallError> {
    let mut members = get_members(client, graph, ids).await?;
    if ids.iter().any(|id| !members.contains_key(id)) {
        let listed = list_members(client, graph).await?;
        let left_out = listed.into_iter().filter(|(id, _)| ids.contains(id));
        left_out.for_each(|(id, member)| {
            members.entry(id).or_insert(member);
        });
    }
    Ok(members)
}

/// Reads the memberships of some accounts as GetMembers returns them. An account that is not in the result may be a member all the
/// same: GetMembers names the accounts that it could not process, and its reasons are not published.
///
/// <https://docs.aws.amazon.com/detective/latest/APIReference/API_GetMembers.html>
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
    let mut tokens = PageTokens::default();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListMembers"))?;
        tokens.next("ListMembers", page.next_token())?;
        for member in page.member_details().iter().filter_map(Member::from_detail) {
            // Entries move between pages while they are read.
            let member = match members.remove(&member.id) {
                Some(other) => member.newer_of(other),
                None => member,
            };
            members.insert(member.id, member);
        }
    }
    Ok(members)
}

/// How much of a graph's capacity is in use.
#[derive(Debug, Default)]
pub struct GraphUsage {
    /// Its member accounts, whatever their status.
    pub members: usize,
    /// Those that are ENABLED.
    pub enabled: usize,
    /// Which share of the data that it may take in comes from members that it monitors, in percent.
    pub data_percent: f64,
}

impl GraphUsage {
    /// Whether the graph takes nobody more for certain: its enabled members or their data reach the limit.
    pub fn is_full(&self) -> bool {
        self.enabled >= MEMBER_LIMIT || self.data_percent >= 100.0
    }

    /// Whether its member accounts reach the limit, whatever their status. AWS's documents differ on whether that makes it
    /// full.
    pub fn is_filled(&self) -> bool {
        self.members >= MEMBER_LIMIT
    }
}

/// Reads how much of a graph's capacity is in use.
///
/// # Errors
/// The first page's error that fails.
pub async fn graph_usage(client: &Client, graph: &GraphArn) -> Result<GraphUsage, CallError> {
    let mut usage = GraphUsage::default();
    let mut pages = client.list_members().graph_arn(graph.as_str()).into_paginator().page_size(PAGE).send();
    let mut tokens = PageTokens::default();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListMembers"))?;
        tokens.next("ListMembers", page.next_token())?;
        usage.members += page.member_details().len();
        let enabled = page.member_details().iter().filter(|member| member.status() == Some(&MemberStatus::Enabled));
        #[expect(deprecated, reason = "nothing else gives the share of the whole")]
        let percent = enabled.clone().filter_map(MemberDetail::percent_of_graph_utilization);
        usage.data_percent += percent.sum::<f64>();
        usage.enabled += enabled.count();
    }
    Ok(usage)
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
    server_errors: ServerErrors,
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
    let mut request = request.customize();
    if server_errors == ServerErrors::AreReturned {
        request = request.config_override(aws_sdk_detective::Config::builder().retry_classifier(server_errors));
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
