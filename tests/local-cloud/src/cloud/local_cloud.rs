//! The emulated cloud with stacks deployed in it, and what can be asked of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use detective_emulator::{BucketSettings, BusEvent, Cloud, Emulator};
use serde_json::Value;

use super::options::Options;
use super::publish;
use super::watch::Watch;
use crate::binaries;
use crate::engine::{Engine, Lineage, Pending, Source};
use crate::error::Error;
use crate::lambda::{FunctionError, InvocationRecord, Pool};
use crate::stack::{Role, Stack};
use crate::timeline::{DeadLetter, Entry};

/// The emulated cloud, and the stacks that are deployed in it. Everything stops when it is dropped.
pub struct LocalCloud {
    emulator: Emulator,
    engine: Mutex<Engine>,
    pub(crate) pool: Pool,
    pub(crate) options: Options,
    pub(crate) watch: Mutex<Watch>,
    /// Only one caller at a time lets time pass.
    pub(crate) turn: tokio::sync::Mutex<()>,
}

impl LocalCloud {
    /// Starts the emulated cloud on a free port.
    ///
    /// # Errors
    /// No port can be opened.
    pub async fn start(cloud: Cloud) -> Result<Self, Error> {
        Ok(Self::with(Emulator::start(cloud).await?, Options::default()))
    }

    /// A local cloud around an emulator that runs already.
    pub fn with(emulator: Emulator, options: Options) -> Self {
        let cloud = emulator.cloud().clone();
        let watch = Watch::new(&cloud, options.watch);
        Self {
            pool: Pool::new(cloud.clone(), emulator.endpoint_url(), options.limit),
            engine: Mutex::new(Engine::new(cloud, options.largest_event)),
            emulator,
            options,
            watch: Mutex::new(watch),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// The emulated cloud.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    pub(crate) fn cloud(&self) -> &Cloud {
        self.emulator.cloud()
    }

    pub(crate) fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deploys a stack, or updates the one of that name, which [keeps](Stack::updating) the parameters that are not named. Builds
    /// the binaries of its functions if they are not built yet.
    ///
    /// # Errors
    /// The template is wrong or not understood, a parameter is, AWS refuses the stack, or a binary cannot be built.
    pub fn deploy(&self, stack: Stack) -> Result<(), Error> {
        let previous = self.engine().template_parameters(&stack);
        let mut plan = stack.updating(&previous)?.plan()?;
        for function in &mut plan.functions {
            function.environment.insert("WAITS_DIVIDED_BY".to_owned(), self.options.waits_divided_by.to_string());
            function.environment.extend(self.options.variables.clone());
        }
        let binaries: BTreeSet<String> = plan.functions.iter().map(|function| function.binary.clone()).collect();
        let binaries = match &self.options.profile {
            _ if binaries.is_empty() => BTreeMap::new(),
            Some(profile) => binaries::build_as(profile, &binaries)?,
            None => binaries::build(&binaries)?,
        };
        publish::publish(self.cloud(), &plan)?;
        for (name, trust) in &plan.named_roles {
            self.cloud().put_role(&plan.target.account, name, trust.clone());
        }
        for (arn, (policy, settings)) in &plan.queues {
            self.cloud().put_queue(arn, settings.clone());
            self.cloud().put_queue_policy(arn, policy.clone());
        }
        for (arn, policy) in &plan.topics {
            self.cloud().put_topic(arn, policy.clone());
        }
        for (arn, role) in &plan.roles {
            self.cloud().put_permissions(arn, role.permissions.clone());
        }
        for (bucket, policy) in &plan.buckets {
            let (account, region) = (plan.target.account.clone(), plan.target.region.clone());
            let put = self.cloud().put_bucket_with(bucket, BucketSettings { account, region, policy: policy.clone() });
            put.map_err(|problem| Error::Refused(format!("the policy of the bucket {bucket}: {problem}")))?;
        }
        for (resource, key) in &plan.keys {
            self.cloud().put_key(resource, key.as_deref());
        }
        for (name, value) in &plan.parameters {
            self.cloud().put_parameter(&plan.target.account, &plan.target.region, name, value);
        }
        // Accounts that join later get no stack: StackSets take minutes for them.
        for set in &plan.stack_sets {
            for account in self.cloud().accounts_in(&set.units) {
                let (template, parameters) = set.template.clone();
                let (name, region) = (set.name.clone(), plan.target.region.clone());
                self.deploy(Stack { name, account, region, template, parameters })?;
            }
        }
        self.pool.deploy(&plan.functions, binaries);
        self.engine().deploy(plan);
        Ok(())
    }

    /// Every function that is deployed: account, and name in the template.
    pub fn functions(&self) -> Vec<(String, String)> {
        self.engine().functions().map(|function| (function.account.clone(), function.logical_id.clone())).collect()
    }

    /// Every role that is deployed, by ARN.
    pub fn roles(&self) -> BTreeMap<String, Role> {
        self.engine().roles()
    }

    /// The names of every rule that is deployed.
    pub fn rules(&self) -> Vec<String> {
        self.engine().rules()
    }

    /// The ARNs of every queue that is deployed.
    pub fn queues(&self) -> Vec<String> {
        self.engine().queues()
    }

    /// The first account with a function of that name.
    pub fn account_of(&self, function: &str) -> Option<String> {
        let engine = self.engine();
        let accounts: BTreeSet<&String> = engine.functions().map(|function| &function.account).collect();
        accounts.into_iter().find(|account| engine.function(account, function).is_some()).cloned()
    }

    /// Puts an event on the default bus of an account and Region.
    pub fn put_event(&self, account: &str, region: &str, event: Value) {
        let (account, region) = (account.to_owned(), region.to_owned());
        self.cloud().put_event(BusEvent { account, region, bus: "default".to_owned(), event });
    }

    /// Invokes a function and waits for it; nothing is retried.
    pub async fn invoke(&self, account: &str, function: &str, event: Value) -> InvocationRecord {
        let deployed = self.engine().function(account, function);
        let request_id = self.engine().request_id();
        let accepted = self.cloud().now();
        match deployed {
            Some(function) => {
                let (source, lineage) = (Source::Caller, Lineage::default());
                let pending = Pending { accepted, function, request_id, event, attempt: 1, source, lineage };
                let record = self.attempt(&pending).await;
                self.engine().ran(record.clone());
                self.record_changes();
                record
            }
            None => InvocationRecord {
                request_id,
                function: function.to_owned(),
                account: account.to_owned(),
                region: String::new(),
                time: accepted,
                event,
                attempt: 1,
                outcome: Err(FunctionError {
                    error_type: "ResourceNotFoundException".to_owned(),
                    error_message: format!("account {account} has no function {function}"),
                }),
                log: Vec::new(),
                output: Bytes::new(),
                peak_memory: None,
                duration: Duration::ZERO,
            },
        }
    }

    /// What has happened.
    pub fn timeline(&self) -> Vec<Entry> {
        self.engine().timeline.clone()
    }

    /// What has happened after the first `seen` entries.
    pub fn timeline_since(&self, seen: usize) -> Vec<Entry> {
        self.engine().timeline.get(seen..).unwrap_or_default().to_vec()
    }

    /// Every attempt to run a function, in order.
    pub fn invocations(&self) -> Vec<InvocationRecord> {
        self.engine().invocations.clone()
    }

    /// The attempts after the first `seen`.
    pub fn invocations_since(&self, seen: usize) -> Vec<InvocationRecord> {
        self.engine().invocations.get(seen..).unwrap_or_default().to_vec()
    }

    /// Every message in a dead-letter queue, in order.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.engine().dead_letters.clone()
    }
}
