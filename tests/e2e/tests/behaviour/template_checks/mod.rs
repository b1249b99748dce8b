//! What template.yaml must be like for its users, as checks of any template. Each has a name that states what they lose otherwise.
//!
//! Every check finds nothing in template.yaml. And where a template is broken in nearly any one place, some check finds it:
//! [`every_part`] breaks everything that there is, one by one, and counts what is noticed.

mod alarms;
mod alternatives;
mod conditions;
mod deliveries;
mod every_part;
mod functions;
mod grants;
mod mutants;
mod outputs;
mod parameters;
mod protection;
mod queues;
mod schedules;
mod seen;
mod settings;
mod stacks;
mod symptoms;
mod trust;
mod variables;

use std::collections::BTreeSet;
use std::sync::Arc;

use end_to_end::deployed_template::DeployedTemplate;
use end_to_end::template::template;
use serde_json::Value;

pub(crate) use seen::Seen;
use stacks::Stacks;

/// A template, and what it deploys.
pub(crate) struct Template {
    text: String,
    json: Value,
    stacks: Stacks,
    /// Those of the stacks in which something may be wrong.
    doubtful: BTreeSet<&'static str>,
}

impl Template {
    /// Deploys a template in every way.
    ///
    /// # Errors
    /// It cannot be deployed, or not with the functions that it should have.
    fn new(text: String) -> Result<Self, String> {
        Self::beside(text, None)
    }

    /// The same beside another template, in which nothing is wrong: stacks that are no other than its own are as they should be.
    ///
    /// # Errors
    /// As for [`Template::new`].
    fn beside(text: String, other: Option<&Self>) -> Result<Self, String> {
        let json = local_cloud::template::parse(&text).map_err(|error| error.to_string())?;
        let stacks = stacks::deployed(&text, other.map(|other| &other.stacks))?;
        let is_other = |name: &&str| other.is_none_or(|other| !Arc::ptr_eq(&other.stacks[name], &stacks[name]));
        let doubtful = stacks.keys().copied().filter(is_other).collect();
        Ok(Self { text, json, stacks, doubtful })
    }

    /// The stacks in which something may be wrong.
    fn doubtful(&self) -> impl Iterator<Item = (&'static str, &DeployedTemplate)> {
        self.doubtful.iter().map(|name| (*name, &*self.stacks[name]))
    }
}

/// What is wrong in each of a template's stacks.
fn in_each(template: &Template, of_stack: impl Fn(&DeployedTemplate) -> Vec<String>) -> Vec<String> {
    let in_stack = |(name, stack)| of_stack(stack).into_iter().map(move |gap| format!("{name}: {gap}"));
    template.doubtful().flat_map(in_stack).collect()
}

/// A check: what it finds wrong in a template.
type Check = fn(&Template, &Seen) -> Vec<String>;

/// Whether a check may find something that is wrong in a section: most read what is deployed, to which all sections add.
fn reads(what: &str, section: &str) -> bool {
    what != OF_PARAMETERS || ["Parameters", "Rules"].contains(&section)
}

/// The check that reads nothing but parameters and rules.
const OF_PARAMETERS: &str = "a setting is refused, taken or defaulted otherwise than documented";

/// What users lose, and the check that notices it. The quick ones come first.
const CHECKS: [(&str, Check); 18] = [
    ("a stack has more or less than it should", |template, _| conditions::gaps(template)),
    ("a setting does not reach the function, or one that nobody reads does", variables::gaps),
    ("a setting has no effect", |template, _| settings::gaps(template)),
    ("a role is assumed by somebody else, or by nobody", |template, _| trust::gaps(template)),
    ("a message is lost, or worked on too late", |template, _| queues::gaps(template)),
    ("a function is not run as it needs to be", |template, _| functions::gaps(template)),
    ("a schedule does not start its function", |template, _| schedules::gaps(template)),
    ("data is readable, or gone", |template, _| protection::gaps(template)),
    ("an output is missing, or wrong", |template, _| outputs::gaps(template)),
    ("an alarm is not on when something is wrong, or on when nothing is", |template, _| alarms::gaps(template)),
    ("a key is not used", |template, _| crate::key::gaps(&template.text)),
    ("somebody is admitted who should not be", |template, _| crate::claims::gaps(&template.text)),
    ("an alarm's text leads nowhere", |template, _| crate::alarm_texts::gaps(&template.text)),
    ("a failure leaves no dead letter", |template, _| crate::structure::gaps(&template.text)),
    ("an alarm is on a metric that nobody writes", |template, seen| crate::alarms::gaps(&template.text, &seen.metrics)),
    (OF_PARAMETERS, |template, _| parameters::gaps(template)),
    ("an event does not arrive, or one that should not does", |template, _| deliveries::gaps(template)),
    ("a call is denied, or one that no function makes is granted", grants::gaps),
];

#[tokio::test]
async fn no_check_finds_anything_wrong_in_the_template() {
    let (template, seen) = (Template::new(template()).unwrap(), Seen::get().await);
    let found = CHECKS
        .iter()
        .flat_map(|(what, check)| check(&template, seen).into_iter().map(move |gap| format!("{what}: {gap}")));
    assert_eq!(found.collect::<Vec<_>>(), [""; 0]);
}
