//! What the real functions do: the metrics that they write, the calls that they make, and the variables that they read.

use std::collections::{BTreeMap, BTreeSet};

use end_to_end::edit::edit;
use end_to_end::exercise::{Uses, exercise_everything};
use end_to_end::full_environment::{FUNCTIONS, FullOrganization, run};
use end_to_end::template::template;

use tokio::sync::OnceCell;

use crate::alarms::{Metric, written};

/// What was seen of the functions.
pub(crate) struct Seen {
    /// The organization in which they ran.
    pub(crate) organization: FullOrganization,
    /// The metrics that they wrote.
    pub(crate) metrics: BTreeSet<Metric>,
    /// What their roles did.
    pub(crate) uses: Uses,
    /// The variables that each function read, by its id in the template.
    pub(crate) variables: BTreeMap<String, BTreeSet<String>>,
}

impl Seen {
    /// Runs the functions, once.
    pub(crate) async fn get() -> &'static Self {
        static SEEN: OnceCell<Seen> = OnceCell::const_new();
        SEEN.get_or_init(Self::new).await
    }

    async fn new() -> Self {
        let organization = FullOrganization::new().await;
        let variables = variables(&organization).await;
        Self { metrics: written().await, uses: exercise_everything().await.uses.clone(), organization, variables }
    }
}

/// With LOG_LEVEL=debug, a function logs which variables it has read.
async fn variables(organization: &FullOrganization) -> BTreeMap<String, BTreeSet<String>> {
    let template = edit(&template(), "LOG_LEVEL: !Ref LogLevel", "LOG_LEVEL: debug");
    let environment = organization.deploy_with(&template).await;
    for (account, function) in FUNCTIONS {
        run(&environment, account, function).await;
    }
    environment.cloud.settle_now().await;
    let mut variables = BTreeMap::<String, BTreeSet<String>>::new();
    for run in environment.cloud.invocations() {
        for line in run.log.iter().filter(|line| line["message"] == "the settings were read") {
            let read = line["variables"].as_str().unwrap().split(',').map(str::to_owned);
            variables.entry(run.function.clone()).or_default().extend(read);
        }
    }
    assert_eq!(variables.len(), FUNCTIONS.len(), "{variables:#?}");
    variables
}
