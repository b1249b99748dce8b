//! AWS CloudFormation's stacks, and what they have that other services list: functions and schedules.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// A stack, as it is deployed.
#[derive(Debug, Clone, Default)]
pub struct StackDescription {
    /// Its account.
    pub account: String,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// Its parameters, defaults included.
    pub parameters: BTreeMap<String, String>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
    /// Its functions.
    pub functions: Vec<FunctionDescription>,
    /// Its schedules.
    pub schedules: Vec<ScheduleDescription>,
}

/// A function of AWS Lambda.
#[derive(Debug, Clone)]
pub struct FunctionDescription {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its handler.
    pub handler: String,
    /// The ARN of its role.
    pub role: String,
    /// How long an invocation may take, in seconds.
    pub timeout: u64,
    /// Its memory in MB.
    pub memory: u64,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
    /// The log group that it writes to.
    pub log_group: String,
    /// How many executions are reserved for it.
    pub reserved: Option<u64>,
    /// Whether X-Ray traces it.
    pub is_traced: bool,
}

/// A schedule of EventBridge Scheduler.
#[derive(Debug, Clone)]
pub struct ScheduleDescription {
    /// Its ARN, which has its group and its name.
    pub arn: String,
    /// When it fires, as the template has it.
    pub expression: String,
    /// Whether it is on.
    pub is_enabled: bool,
    /// The ARN of what it invokes.
    pub target: String,
    /// The ARN of the role that it does so with.
    pub role: String,
    /// What the target gets.
    pub input: Option<String>,
    /// The ARN of the queue for invocations that cannot be made.
    pub dead_letters: Option<String>,
}

impl ScheduleDescription {
    /// Its group, and its name.
    pub(crate) fn path(&self) -> (&str, &str) {
        let (_, path) = self.arn.split_once(":schedule/").unwrap_or_default();
        path.split_once('/').unwrap_or_default()
    }
}

/// A stack's account, its Region and its name.
type StackKey = (String, String, String);

/// All stacks, and how many executions the accounts' functions may have.
#[derive(Debug, Default)]
pub(crate) struct Stacks {
    stacks: BTreeMap<StackKey, Stack>,
    /// Lambda's quota of concurrent executions, in each Region, where it is not the usual one; by account.
    pub(crate) concurrency: BTreeMap<String, u64>,
    /// The customer's key that a bucket, a queue or a topic is encrypted with, by ARNs.
    pub(crate) keys: BTreeMap<String, String>,
}

/// A stack, since it was made.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) description: StackDescription,
    pub(crate) created: DateTime<Utc>,
    /// When it was last updated, if it was.
    pub(crate) updated: Option<DateTime<Utc>>,
}

/// Lambda's quota of an account: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const CONCURRENCY: u64 = 1000;

impl Stacks {
    /// Makes a stack, or updates the one of that name.
    pub(crate) fn put(&mut self, description: StackDescription, now: DateTime<Utc>) {
        let StackDescription { account, region, name, .. } = &description;
        let key = (account.clone(), region.clone(), name.clone());
        let before = self.stacks.get(&key).map(|stack| stack.created);
        let (created, updated) = (before.unwrap_or(now), before.map(|_| now));
        self.stacks.insert(key, Stack { description, created, updated });
    }

    /// The stacks of an account in a Region, by name.
    pub(crate) fn of<'a>(&'a self, account: &'a str, region: &'a str) -> impl Iterator<Item = &'a Stack> {
        let own = move |stack: &&Stack| stack.description.account == account && stack.description.region == region;
        self.stacks.values().filter(own)
    }

    /// The functions of an account in a Region, by name, each with its stack.
    pub(crate) fn functions<'a>(
        &'a self,
        account: &'a str,
        region: &'a str,
    ) -> Vec<(&'a FunctionDescription, &'a Stack)> {
        let stacks = self.of(account, region);
        let mut functions: Vec<_> = stacks
            .flat_map(|stack| stack.description.functions.iter().map(move |function| (function, stack)))
            .collect();
        functions.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
        functions
    }

    /// Lambda's quota of concurrent executions of an account in a Region.
    pub(crate) fn concurrency_of(&self, account: &str) -> u64 {
        self.concurrency.get(account).copied().unwrap_or(CONCURRENCY)
    }

    /// How many of them are not reserved for a function, but for those of a stack.
    pub(crate) fn unreserved(&self, account: &str, region: &str, but: Option<&str>) -> u64 {
        let others = self.of(account, region).filter(|stack| Some(stack.description.name.as_str()) != but);
        let reserved: u64 =
            others.flat_map(|stack| &stack.description.functions).filter_map(|function| function.reserved).sum();
        self.concurrency_of(account).saturating_sub(reserved)
    }
}
