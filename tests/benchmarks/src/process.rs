//! A function as a process, with the environment that Lambda gives it.

use std::fs::File;
use std::io::{Read, Seek};
use std::process::Stdio;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::Failure;
use crate::runtime_api::{RuntimeApi, RuntimeCall};
use crate::subjects::Subject;

/// A running process. It is killed when it is dropped.
pub(crate) struct Process {
    name: String,
    child: Child,
    api: RuntimeApi,
    log: File,
    started: Instant,
    first_poll: Option<Instant>,
}

/// The outcome of an invocation.
pub(crate) struct Outcome {
    /// From sending the event, or from the process's start, to the response.
    pub(crate) time: Duration,
    /// The response, or the error.
    pub(crate) result: Result<Bytes, Bytes>,
}

impl Process {
    /// Starts a process that inherits no environment variables. `endpoint` is the emulator's URL.
    pub(crate) async fn start(subject: &Subject, endpoint: &str) -> Result<Self, Failure> {
        let api = RuntimeApi::start().await?;
        let log = tempfile::tempfile()?;
        let mut command = Command::new(&subject.program);
        command
            .args(&subject.arguments)
            .env_clear()
            .envs(local_cloud::environment(&subject.function, endpoint, &api.address.to_string()))
            .envs(subject.environment.clone())
            .current_dir(&subject.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log.try_clone()?)
            .kill_on_drop(true);
        let started = Instant::now();
        let child = command.spawn().map_err(|error| format!("{} cannot be started: {error}", subject.name))?;
        Ok(Self { name: subject.name.clone(), child, api, log, started, first_poll: None })
    }

    /// Runs the first event: its time counts from the process's start.
    pub(crate) async fn run_cold(&mut self, event: &Value) -> Result<Outcome, Failure> {
        self.run_from(self.started, event).await
    }

    /// Runs another event.
    pub(crate) async fn run(&mut self, event: &Value) -> Result<Outcome, Failure> {
        self.run_from(Instant::now(), event).await
    }

    /// From the process's start to its first call of the Runtime API.
    pub(crate) fn first_poll(&self) -> Duration {
        self.first_poll.map_or(Duration::ZERO, |at| at - self.started)
    }

    async fn run_from(&mut self, start: Instant, event: &Value) -> Result<Outcome, Failure> {
        self.api.events.send(event.to_string().into())?;
        let mut outcome = None;
        // An invocation ends when the process polls for the next event.
        loop {
            match self.next_call().await? {
                RuntimeCall::Next(_) if outcome.is_some() => break,
                RuntimeCall::Next(at) => self.first_poll = Some(self.first_poll.unwrap_or(at)),
                RuntimeCall::Result(at, result) => outcome = Some(Outcome { time: at - start, result }),
            }
        }
        outcome.ok_or_else(|| format!("{} polled twice for an event", self.name).into())
    }

    async fn next_call(&mut self) -> Result<RuntimeCall, Failure> {
        // Longer than any invocation: a process that hangs must not hang the benchmarks.
        const LIMIT: Duration = Duration::from_secs(900);
        let call = async {
            tokio::select! {
                biased;
                call = self.api.calls.recv() => call,
                _ = self.child.wait() => None,
            }
        };
        let problem = match timeout(LIMIT, call).await {
            Ok(Some(call)) => return Ok(call),
            Ok(None) => "has ended".to_owned(),
            Err(_) => format!("takes longer than {LIMIT:?}"),
        };
        let output = self.output();
        Err(format!("{} {problem}; its output:\n{output}", self.name).into())
    }

    /// What the process wrote to stdout and stderr.
    fn output(&mut self) -> String {
        let mut text = String::new();
        let _ = self.log.rewind().and_then(|()| self.log.read_to_string(&mut text));
        text
    }

    /// The process's peak resident memory so far in bytes, as the kernel reports it.
    pub(crate) fn peak_memory(&self) -> Result<u64, Failure> {
        let id = self.child.id().ok_or_else(|| format!("{} has ended", self.name))?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        let kilobytes: u64 = peak.ok_or("the kernel reports no VmHWM")?.trim().parse()?;
        Ok(kilobytes * 1024)
    }
}
