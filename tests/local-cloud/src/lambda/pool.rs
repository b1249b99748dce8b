//! The instances of every function: reused while they live, started when there is none.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use detective_emulator::Cloud;
use serde_json::Value;

use super::instance::{Instance, Invocation, Ran};
use super::log::lines;
use super::record::FunctionError;
use crate::stack::Function;

/// How many processes wait for more work. When there are more, the one that has waited longest ends.
const WARM: usize = 24;

/// All instances. They are killed when it is dropped.
pub(crate) struct Pool {
    cloud: Cloud,
    endpoint: String,
    limit: Option<Duration>,
    /// By the function's ARN, the longest waiting first.
    idle: Mutex<VecDeque<(String, Instance)>>,
    binaries: Mutex<BTreeMap<String, PathBuf>>,
}

/// The result of an attempt.
pub(crate) struct Attempt {
    pub(crate) outcome: Result<Value, FunctionError>,
    pub(crate) log: Vec<Value>,
    pub(crate) output: Vec<u8>,
    pub(crate) peak_memory: Option<u64>,
    pub(crate) duration: Duration,
}

impl Pool {
    /// A pool whose functions call the cloud at `endpoint`, each with its role, and run no longer than `limit` in real time.
    pub(crate) fn new(cloud: Cloud, endpoint: String, limit: Option<Duration>) -> Self {
        Self { cloud, endpoint, limit, idle: Mutex::default(), binaries: Mutex::default() }
    }

    /// Adds binaries to run, and forgets the instances of functions that are deployed anew.
    pub(crate) fn deploy(&self, functions: &[Function], binaries: BTreeMap<String, PathBuf>) {
        self.binaries.lock().unwrap_or_else(PoisonError::into_inner).extend(binaries);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(arn, _)| functions.iter().all(|function| function.arn != *arn));
    }

    /// Runs a function on an event, in an instance that nobody else uses.
    pub(crate) async fn run(&self, function: &Function, invocation: &Invocation<'_>) -> Attempt {
        let started = Instant::now();
        let mut instance = match self.instance(function).await {
            Ok(instance) => instance,
            Err(error_message) => {
                let error = FunctionError { error_type: "Runtime.InvalidEntrypoint".to_owned(), error_message };
                return Attempt {
                    outcome: Err(error),
                    log: Vec::new(),
                    output: Vec::new(),
                    peak_memory: None,
                    duration: started.elapsed(),
                };
            }
        };
        let ran = instance.run(function, invocation, self.limit).await;
        if ran.alive {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push_back((function.arn.clone(), instance));
            if idle.len() > WARM {
                idle.pop_front();
            }
        }
        let Ran { outcome, output, peak_memory, .. } = ran;
        Attempt { outcome, log: lines(&output), output, peak_memory, duration: started.elapsed() }
    }

    async fn instance(&self, function: &Function) -> Result<Instance, String> {
        while let Some(mut instance) = self.warm(function) {
            if instance.is_running() {
                return Ok(instance);
            }
        }
        let binary = self.binaries.lock().unwrap_or_else(PoisonError::into_inner).get(&function.binary).cloned();
        let binary = binary.ok_or_else(|| format!("the binary {} is not built", function.binary))?;
        let keys = self.cloud.start_session(&function.role, &function.name);
        Instance::start(function, &binary, &self.endpoint, &keys)
            .await
            .map_err(|error| format!("{} cannot be started: {error}", binary.display()))
    }

    fn warm(&self, function: &Function) -> Option<Instance> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let index = idle.iter().rposition(|(arn, _)| *arn == function.arn)?;
        idle.remove(index).map(|(_, instance)| instance)
    }
}
