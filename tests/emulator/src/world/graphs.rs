//! The behavior graphs of the world.

use chrono::TimeDelta;

use crate::resources::graph::{self, Administrator, Graph};
use crate::world::state::State;
use crate::world::transition::Transition;

impl State {
    /// Makes the account's graph in the Region, unless it exists. Gives its ARN.
    pub(crate) fn ensure_graph(&mut self, account: &str, region: &str) -> String {
        let existing = self.graphs.values().find(|graph| graph.administrator == account && graph.region == region);
        if let Some(graph) = existing {
            return graph.arn.clone();
        }
        let (arn, now) = (self.next_graph_arn(account, region), self.now());
        self.graphs.insert(arn.clone(), Graph::new(&arn, region, account, now));
        arn
    }

    /// The ARN that the account's next graph in the Region has. A graph that is made again is another one.
    pub(crate) fn next_graph_arn(&self, account: &str, region: &str) -> String {
        let deleted = self.deleted_graphs.get(&(account.to_owned(), region.to_owned()));
        graph::arn(self.seed, account, region, deleted.copied().unwrap_or(0))
    }

    /// Deletes a graph. AWS does not document what happens to the organization's administrator when its graph is deleted. Here
    /// the designation ends too, so that nothing names a deleted graph.
    pub(crate) fn delete_graph(&mut self, arn: &str) {
        if let Some(graph) = self.graphs.remove(arn) {
            *self.deleted_graphs.entry((graph.administrator, graph.region)).or_default() += 1;
        }
        self.detective_administrators.retain(|_, administrator| administrator.graph != arn);
    }

    /// Makes an account the organization's Detective administrator in a Region, with its graph. Gives the graph's ARN. What
    /// members the graph has that are organization accounts are enabled as such:
    /// <https://docs.aws.amazon.com/detective/latest/adminguide/accounts-orgs-transition.html>.
    pub(crate) fn designate(&mut self, account: &str, region: &str) -> String {
        let graph = self.ensure_graph(account, region);
        let administrator = Administrator { account: account.to_owned(), graph: graph.clone(), since: self.now() };
        self.detective_administrators.insert(region.to_owned(), administrator);
        let members: Vec<String> = self.graphs[&graph].members.keys().cloned().collect();
        for account in members {
            self.after(TimeDelta::zero(), Transition::OfOrganization { graph: graph.clone(), account });
        }
        graph
    }

    /// Whether the graph is the organization's in its Region.
    pub(crate) fn is_organization_graph(&self, arn: &str) -> bool {
        self.detective_administrators.values().any(|administrator| administrator.graph == arn)
    }
}
