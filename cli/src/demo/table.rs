//! The result of the demo: every account, with its membership in the administrator's graph of each Region.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use detective_emulator::{GraphView, Snapshot};
use local_cloud::LocalCloud;
use serde::Serialize;
use serde_json::Value;

use crate::environment::ADMINISTRATOR;

/// All accounts: those first that need a person, and then by id.
pub(super) struct Table {
    pub(super) regions: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// One account.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    /// By Region, in the table's order.
    pub(super) cells: Vec<Cell>,
}

impl Row {
    /// How the account stands in its worst Region.
    fn worst(&self) -> Option<Standing> {
        self.cells.iter().map(|cell| cell.standing).max()
    }
}

/// One account in one Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// The membership's status; empty for an account that is not a member.
    pub(super) status: String,
    /// How the account stands.
    pub(super) standing: Standing,
    /// Why it is not ENABLED.
    pub(super) why: String,
}

/// How an account stands in a Region: last what needs a person most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Standing {
    /// It needs nothing: it is ENABLED, the administrator, or none of this graph's.
    Fine,
    /// It is left out, and needs nobody.
    Excluded,
    /// It needs time.
    Waiting,
    /// It needs a person.
    Blocked,
    /// A call failed: it needs a person.
    Failed,
}

impl Standing {
    /// The same as functions report it.
    fn reported(outcome: &str) -> Option<Self> {
        [("excluded", Self::Excluded), ("waiting", Self::Waiting), ("blocked", Self::Blocked), ("failed", Self::Failed)]
            .into_iter()
            .find_map(|(name, standing)| (name == outcome).then_some(standing))
    }
}

/// How many accounts ended in which way; an account counts by its worst Region.
#[derive(Debug, Default, Serialize)]
pub(super) struct Counts {
    pub(super) accounts: usize,
    pub(super) enabled: usize,
    pub(super) failed: usize,
    pub(super) blocked: usize,
    pub(super) waiting: usize,
    pub(super) excluded: usize,
}

impl Table {
    pub(super) fn of(cloud: &LocalCloud) -> Self {
        let snapshot = cloud.emulator().cloud().snapshot();
        let graphs: Vec<&GraphView> =
            snapshot.graphs.iter().filter(|graph| graph.administrator == ADMINISTRATOR).collect();
        let reasons = reasons(cloud);
        let row = |(id, name): (String, String)| Row {
            cells: graphs
                .iter()
                .map(|graph| cell(graph, &id, reasons.get(&(graph.region.clone(), id.clone()))))
                .collect(),
            id,
            name,
        };
        // Another administrator is not an account to cover.
        let foreign = |id: &str| snapshot.graphs.iter().any(|graph| graph.administrator == id && id != ADMINISTRATOR);
        let mut rows: Vec<Row> = accounts(&snapshot).into_iter().filter(|(id, _)| !foreign(id)).map(row).collect();
        rows.sort_by_key(|row| Reverse(row.worst()));
        Self { regions: graphs.iter().map(|graph| graph.region.clone()).collect(), rows }
    }

    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts { accounts: self.rows.len(), ..Counts::default() };
        for row in &self.rows {
            *match row.worst() {
                Some(Standing::Failed) => &mut counts.failed,
                Some(Standing::Blocked) => &mut counts.blocked,
                Some(Standing::Waiting) => &mut counts.waiting,
                Some(Standing::Excluded) => &mut counts.excluded,
                Some(Standing::Fine) | None => &mut counts.enabled,
            } += 1;
        }
        counts
    }
}

fn accounts(snapshot: &Snapshot) -> BTreeMap<String, String> {
    let inside = snapshot.organization.iter().flat_map(|organization| &organization.accounts);
    inside.chain(&snapshot.standalone).map(|account| (account.id.clone(), account.name.clone())).collect()
}

/// The last reason that a function gave for holding or failing an account, by Region and account.
fn reasons(cloud: &LocalCloud) -> BTreeMap<(String, String), (Standing, String)> {
    let mut reasons = BTreeMap::new();
    for run in cloud.invocations() {
        let Ok(report) = &run.outcome else { continue };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        for region in report["regions"].as_array().into_iter().flatten() {
            for account in region["accounts"].as_array().into_iter().flatten() {
                let key = (text(&region["region"]), text(&account["accountId"]));
                // A stranger's invitation does not concern the membership in this administrator's graph.
                if account["administratorId"].as_str().is_some_and(|administrator| administrator != ADMINISTRATOR) {
                    continue;
                }
                match account["outcome"].as_str().and_then(Standing::reported) {
                    Some(standing) => reasons.insert(key, (standing, text(&account["message"]))),
                    None => reasons.remove(&key),
                };
            }
        }
    }
    reasons
}

fn cell(graph: &GraphView, id: &str, reason: Option<&(Standing, String)>) -> Cell {
    let fine = |status: &str| Cell { status: status.to_owned(), standing: Standing::Fine, why: String::new() };
    if id == ADMINISTRATOR {
        return fine("administrator");
    }
    let member = graph.members.iter().find(|member| member.account_id == id);
    let status = member.map(|member| member.status.clone()).unwrap_or_default();
    match (status.as_str(), reason) {
        ("ENABLED", _) | ("", None) => fine(&status),
        (_, Some((standing, why))) => Cell { status, standing: *standing, why: why.clone() },
        ("INVITED", None) => {
            let why = "nobody has accepted for it: no invitation-acceptor runs in the account".to_owned();
            Cell { status, standing: Standing::Waiting, why }
        }
        (_, None) => Cell { status, standing: Standing::Waiting, why: "Detective is still at work on it".to_owned() },
    }
}
