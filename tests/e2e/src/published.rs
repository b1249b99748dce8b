//! What functions publish, and what they remember.

use local_cloud::What;
use serde_json::Value;

use crate::alert_schema::gaps;
use crate::environment::Environment;

impl Environment {
    /// The name of the bucket that the administrator account's stack makes.
    pub fn report_bucket(&self) -> String {
        let buckets = self.aws().buckets();
        buckets
            .into_iter()
            .find(|name| name.starts_with("detective-onboarding-reports"))
            .expect("the stack makes a bucket")
    }

    /// What is remembered of a Region.
    pub fn remembered(&self, region: &str) -> Value {
        self.state(region).expect("a run has left its state")
    }

    /// Whether it is remembered that an invited member is or was an account of the organization.
    pub fn is_remembered_in_organization(&self, region: &str, account: &str) -> bool {
        let state = self.state(region);
        let members = state.as_ref().and_then(|state| state["ofOrganization"].as_array());
        members.is_some_and(|members| members.iter().any(|id| id == account))
    }

    fn state(&self, region: &str) -> Option<Value> {
        let objects = self.aws().objects(&self.report_bucket());
        let state = objects.get(&format!("state/{region}.json"))?;
        Some(serde_json::from_slice(state).expect("the state is JSON"))
    }

    /// The details of the alerts that functions put on the bus, successfully or not. Each is as the published schema has it.
    pub fn alerts(&self) -> Vec<Value> {
        let journal = self.aws().journal();
        let put =
            journal.iter().filter(|call| call.operation == "PutEvents" && call.principal.contains(":assumed-role/"));
        let entries = put.flat_map(|call| call.request["Entries"].as_array().into_iter().flatten());
        let alerts = entries.filter(|entry| entry["DetailType"] == "Detective Coverage Alert");
        let detail = |entry: &Value| serde_json::from_str(entry["Detail"].as_str().expect("it has a detail"));
        let alerts: Vec<Value> = alerts.map(|entry| detail(entry).expect("the detail is JSON")).collect();
        for alert in &alerts {
            assert_eq!(gaps(alert), [""; 0], "{alert:#}");
        }
        alerts
    }

    /// The alerts that were sent as messages to people.
    pub fn notices(&self) -> Vec<String> {
        let message = |what: &What| match what {
            What::Notified { message, .. } => Some(message.clone()),
            _ => None,
        };
        self.cloud.timeline().iter().filter_map(|entry| message(&entry.what)).collect()
    }
}
