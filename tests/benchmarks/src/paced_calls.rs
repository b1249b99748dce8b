//! The calls of account-onboarder and of member-monitor, made by the benchmark itself.

use std::cell::Cell;
use std::collections::BTreeSet;

use aws_config::{Region, SdkConfig};
use detective_emulator::{Emulator, GraphView};
use detective_onboarding::aws::detective::{self, BATCH, InvitationOptions, ServerErrors};
use detective_onboarding::aws::organizations::Accounts;
use detective_onboarding::model::account::{AccountId, Email};
use detective_onboarding::model::graph::GraphArn;
use futures_util::future::{join, join_all};
use futures_util::{StreamExt, stream};

use crate::Failure;

/// CreateMembers and StartMonitoringMember calls that the functions have in flight at once.
const CONCURRENT_BATCHES: usize = 16;
const CONCURRENT_STARTS: usize = 32;

/// Calls that failed for good are made again, so many in all.
const TRIES: usize = 20;

/// A graph, and the client of its Region.
pub(crate) type Graph = (GraphArn, aws_sdk_detective::Client);

/// Every graph, with a client in its Region.
pub(crate) fn graphs(config: &SdkConfig, emulator: &Emulator) -> Result<Vec<Graph>, Failure> {
    let graph = |graph: GraphView| {
        let config = config.to_builder().region(Region::new(graph.region)).build();
        Ok((graph.arn.parse()?, aws_sdk_detective::Client::new(&config)))
    };
    emulator.cloud().snapshot().graphs.into_iter().map(graph).collect()
}

/// The ids of the accounts that scenarios generate, or that are members there.
pub(crate) fn ids(accounts: usize) -> BTreeSet<AccountId> {
    (0..accounts).filter_map(|number| (400_000_000_000 + number).to_string().parse().ok()).collect()
}

/// Lists the organization while every Region's members are read, and then makes the accounts members. Returns how many calls failed.
pub(crate) async fn create(
    organizations: &aws_sdk_organizations::Client,
    graphs: &[Graph],
    ids: &BTreeSet<AccountId>,
) -> usize {
    let failed = Cell::new(0);
    let fails = |is_error: bool| {
        failed.set(failed.get() + usize::from(is_error));
        is_error && failed.get() < TRIES
    };
    let list = async {
        let mut accounts = Accounts::default();
        while !accounts.is_finished {
            let is_error = accounts.read_page(organizations).await.is_err();
            if is_error && !fails(true) {
                break;
            }
        }
        accounts.read
    };
    let read = graphs.iter().map(async |(graph, client)| {
        while fails(client.list_graphs().send().await.is_err()) {}
        while fails(detective::get_members(client, graph, ids).await.is_err()) {}
    });
    let (accounts, _) = join(list, join_all(read)).await;
    let wanted = accounts.iter().filter(|account| ids.contains(&account.id));
    let wanted: Vec<_> = wanted.filter_map(|account| Some((account.id, account.email.as_ref()?))).collect();
    let (invitation, retries) = (InvitationOptions::default(), ServerErrors::AreRetried);
    let create = graphs.iter().map(async |(graph, client)| {
        let create = async |batch: &[(AccountId, &Email)]| {
            while fails(detective::create_members(client, graph, batch, &invitation, retries).await.is_err()) {}
        };
        stream::iter(wanted.chunks(BATCH)).map(create).buffer_unordered(CONCURRENT_BATCHES).collect::<Vec<()>>().await;
    });
    join_all(create).await;
    failed.get()
}

/// Starts every member. Returns how many calls failed.
pub(crate) async fn start(graphs: &[Graph], ids: &BTreeSet<AccountId>) -> usize {
    let failed = Cell::new(0);
    for (graph, client) in graphs {
        let start = async |id: &AccountId| {
            let is_error = detective::start_monitoring(client, graph, *id).await.is_err();
            failed.set(failed.get() + usize::from(is_error));
        };
        stream::iter(ids).map(start).buffer_unordered(CONCURRENT_STARTS).collect::<Vec<()>>().await;
    }
    failed.get()
}
