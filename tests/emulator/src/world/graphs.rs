//! The behavior graphs of the world.

use crate::resources::graph::{self, Administrator, Graph};
use crate::world::state::State;

impl State {
    /// Makes the account's graph in the Region, unless it exists. Gives its ARN.
    pub(crate) fn ensure_graph(&mut self, account: &str, region: &str) -> String {
        let arn = graph::arn(self.seed, account, region);
        let now = self.now();
        self.graphs.entry(arn.clone()).or_insert_with(|| Graph::new(&arn, region, account, now));
        arn
    }

    /// Makes an account the organization's Detective administrator in a Region, with its graph. Gives the graph's ARN.
    pub(crate) fn designate(&mut self, account: &str, region: &str) -> String {
        let graph = self.ensure_graph(account, region);
        let administrator = Administrator { account: account.to_owned(), graph: graph.clone(), since: self.now() };
        self.detective_administrators.insert(region.to_owned(), administrator);
        graph
    }

    /// Whether the graph is the organization's in its Region.
    pub(crate) fn is_organization_graph(&self, arn: &str) -> bool {
        self.detective_administrators.values().any(|administrator| administrator.graph == arn)
    }
}
