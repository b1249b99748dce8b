//! Invitations, as the invited account sees them.

use super::page::PAGE;
use crate::aws::page_tokens::PageTokens;
use crate::error::CallError;
use crate::model::graph::GraphArn;
use crate::model::invitation::Invitation;
use aws_sdk_detective::Client;

/// Reads the invitations and memberships of the calling account in the client's Region.
///
/// # Errors
/// The first page's error that fails.
pub async fn list_invitations(client: &Client) -> Result<Vec<Invitation>, CallError> {
    let mut invitations = Vec::new();
    let mut pages = client.list_invitations().into_paginator().page_size(PAGE).send();
    let mut tokens = PageTokens::default();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListInvitations"))?;
        tokens.next("ListInvitations", page.next_token())?;
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
