//! What a stack has made in an account and Region, typed: what delivery depends on.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use detective_emulator::QueueSettings;
use detective_emulator::policy::Policy;
use serde_json::Value;

use crate::pattern::Pattern;
use crate::schedule::Expression;
use crate::template::Target;

/// What a stack has made in an account and Region.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// Where.
    pub target: Target,
    /// The value of every parameter of its template.
    pub template_parameters: BTreeMap<String, String>,
    /// The names of those that CloudFormation shows to nobody.
    pub hidden_parameters: BTreeSet<String>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
    /// Its functions.
    pub functions: Vec<Function>,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// Its schedules.
    pub schedules: Vec<Schedule>,
    /// Policies of event buses, by the bus's ARN.
    pub buses: BTreeMap<String, Policy>,
    /// Policies and settings of queues, by the queue's ARN.
    pub queues: BTreeMap<String, (Policy, QueueSettings)>,
    /// Policies of topics, by the topic's ARN.
    pub topics: BTreeMap<String, Policy>,
    /// Policies of buckets, by name.
    pub buckets: BTreeMap<String, Value>,
    /// The customer's key that a bucket, a queue or a topic is encrypted with, by ARNs.
    pub keys: BTreeMap<String, Option<String>>,
    /// Systems Manager parameters: values by name.
    pub parameters: BTreeMap<String, String>,
    /// Stacks that go to every account of some OUs.
    pub stack_sets: Vec<StackSet>,
    /// What Lambda polls for the functions.
    pub sources: Vec<EventSource>,
    /// Roles by ARN.
    pub roles: BTreeMap<String, Role>,
    /// Trust policies of roles that the template names, by name: others can mean to assume these.
    pub named_roles: BTreeMap<String, Policy>,
    /// Policies of functions, by the function's ARN.
    pub permissions: BTreeMap<String, Policy>,
}

impl Deployment {
    pub(super) fn new(target: Target) -> Self {
        Self {
            target,
            template_parameters: BTreeMap::new(),
            hidden_parameters: BTreeSet::new(),
            outputs: BTreeMap::new(),
            functions: Vec::new(),
            rules: Vec::new(),
            schedules: Vec::new(),
            buses: BTreeMap::new(),
            queues: BTreeMap::new(),
            topics: BTreeMap::new(),
            buckets: BTreeMap::new(),
            keys: BTreeMap::new(),
            parameters: BTreeMap::new(),
            stack_sets: Vec::new(),
            sources: Vec::new(),
            roles: BTreeMap::new(),
            named_roles: BTreeMap::new(),
            permissions: BTreeMap::new(),
        }
    }

    /// The ARN of something in this account and Region.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        let Target { account, region, .. } = &self.target;
        format!("arn:{}:{service}:{region}:{account}:{resource}", self.target.partition())
    }
}

/// A service-managed StackSet: one stack for every account of some OUs.
#[derive(Debug, Clone)]
pub struct StackSet {
    /// Its name.
    pub name: String,
    /// The roots and OUs.
    pub units: Vec<String>,
    /// The template's text, and its parameters.
    pub template: (String, BTreeMap<String, String>),
    /// Whether future accounts get it too.
    pub automatic: bool,
}

/// A Lambda function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name in the template.
    pub logical_id: String,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The account that it runs in.
    pub account: String,
    /// The Region that it runs in.
    pub region: String,
    /// The binary that is built for it.
    pub binary: String,
    /// Its handler, which a custom runtime gets in its environment.
    pub handler: String,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
    /// How long an invocation may take.
    pub timeout: std::time::Duration,
    /// Its memory in MB.
    pub memory: u64,
    /// The log group that its environment names.
    pub log_group: String,
    /// The ARN of its role.
    pub role: String,
    /// Whether it is traced by X-Ray.
    pub tracing: bool,
    /// How often an asynchronous invocation that failed is repeated.
    pub retries: u32,
    /// How old an event may be when it is tried again.
    pub longest_age: TimeDelta,
    /// Where the record of an invocation goes that failed every attempt.
    pub on_failure: Option<String>,
    /// Where the event of such an invocation goes.
    pub dead_letters: Option<String>,
    /// How many invocations of it run at once at most.
    pub reserved: Option<usize>,
    /// Whether Lambda lets it invoke itself again and again, through a queue.
    pub may_recurse: bool,
}

/// An EventBridge rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name in the template; for an event of a function, the function's and the event's.
    pub logical_id: String,
    /// Its ARN.
    pub arn: String,
    /// The bus that it is on.
    pub bus: String,
    /// Whether it is on.
    pub enabled: bool,
    /// Which events it takes.
    pub pattern: Option<Pattern>,
    /// When it makes an event of its own.
    pub schedule: Option<Expression>,
    /// Where they go.
    pub targets: Vec<RuleTarget>,
}

/// Where a rule sends events.
#[derive(Debug, Clone)]
pub struct RuleTarget {
    /// The ARN of a function or of an event bus.
    pub arn: String,
    /// The role that is used for a bus.
    pub role: Option<String>,
    /// What is sent instead of the event.
    pub input: Input,
    /// Where events go that cannot be delivered.
    pub dead_letters: Option<String>,
}

/// What a rule sends to a target.
#[derive(Debug, Clone)]
pub enum Input {
    /// The event.
    Event,
    /// Always the same.
    Constant(Value),
    /// A text with parts of the event: the parts' paths by name, and the template.
    Transformed(BTreeMap<String, String>, String),
}

/// An event source mapping: a queue that Lambda polls for a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSource {
    /// The queue's ARN.
    pub queue: String,
    /// The function's ARN.
    pub function: String,
    /// How many messages an invocation gets at most.
    pub batch_size: usize,
    /// How long a batch is gathered, unless it is full before.
    pub window: TimeDelta,
    /// How many batches are worked on at once.
    pub concurrency: usize,
    /// Whether the function reports which messages failed.
    pub partial: bool,
    /// Whether Lambda polls.
    pub enabled: bool,
}

/// A schedule of EventBridge Scheduler.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Its name in the template; for an event of a function, the function's and the event's.
    pub logical_id: String,
    /// Its ARN.
    pub arn: String,
    /// When it fires.
    pub expression: Expression,
    /// The same, as the template has it.
    pub written: String,
    /// Whether it is on.
    pub enabled: bool,
    /// The ARN of the function.
    pub target: String,
    /// The role that invokes the function.
    pub role: String,
    /// What the function gets.
    pub input: Option<String>,
    /// Where invocations go that cannot be made.
    pub dead_letters: Option<String>,
}

/// An IAM role.
#[derive(Debug, Clone, Default)]
pub struct Role {
    /// Who may assume it.
    pub trust: Policy,
    /// What it may do.
    pub permissions: Policy,
}
