//! Calls to AWS Account Management.

use aws_sdk_account::types::RegionOptStatus;

use crate::aws::page_tokens::PageTokens;
use crate::error::CallError;
use crate::model::region::Region;

/// The Regions that the caller's account has enabled, whatever services they have.
///
/// # Errors
/// The first page's error that fails.
pub async fn enabled_regions(client: &aws_sdk_account::Client) -> Result<Vec<Region>, CallError> {
    let request = client
        .list_regions()
        .region_opt_status_contains(RegionOptStatus::Enabled)
        .region_opt_status_contains(RegionOptStatus::EnabledByDefault);
    let mut pages = request.into_paginator().page_size(50).send();
    let mut regions = Vec::new();
    let mut tokens = PageTokens::default();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CallError::of("ListRegions"))?;
        tokens.next("ListRegions", page.next_token())?;
        regions.extend(page.regions().iter().filter_map(|region| region.region_name()?.parse().ok()));
    }
    Ok(regions)
}
