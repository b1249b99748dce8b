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
use crate::runtime_api::{Heard, RuntimeApi};
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

/// What came of an event.
pub(crate) struct Ran {
    /// From giving the event, or from the process's start, to the response.
    pub(crate) time: Duration,
    /// The response, or the error.
    pub(crate) result: Result<Bytes, Bytes>,
}

impl Process {
    /// Starts a process that has nothing of this one's environment.
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
    pub(crate) async fn run_cold(&mut self, event: &Value) -> Result<Ran, Failure> {
        self.run_from(self.started, event).await
    }

    /// Runs another event.
    pub(crate) async fn run(&mut self, event: &Value) -> Result<Ran, Failure> {
        self.run_from(Instant::now(), event).await
    }

    /// From the process's start to its first call of the Runtime API.
    pub(crate) fn first_poll(&self) -> Duration {
        self.first_poll.map_or(Duration::ZERO, |at| at - self.started)
    }

    async fn run_from(&mut self, start: Instant, event: &Value) -> Result<Ran, Failure> {
        self.api.events.send(event.to_string().into())?;
        let mut ran = None;
        // It is done with an event when it asks for the next one.
        loop {
            match self.hear().await? {
                Heard::Polled(_) if ran.is_some() => break,
                Heard::Polled(at) => self.first_poll = Some(self.first_poll.unwrap_or(at)),
                Heard::Answered(at, result) => ran = Some(Ran { time: at - start, result }),
            }
        }
        ran.ok_or_else(|| format!("{} asked twice for an event", self.name).into())
    }

    async fn hear(&mut self) -> Result<Heard, Failure> {
        // No benchmark takes longer: a process that hangs must not hang the benchmarks.
        const LIMIT: Duration = Duration::from_secs(900);
        let heard = async {
            tokio::select! {
                biased;
                heard = self.api.heard.recv() => heard,
                _ = self.child.wait() => None,
            }
        };
        let problem = match timeout(LIMIT, heard).await {
            Ok(Some(heard)) => return Ok(heard),
            Ok(None) => "has ended".to_owned(),
            Err(_) => format!("takes longer than {LIMIT:?}"),
        };
        let written = self.written();
        Err(format!("{} {problem}; it wrote:\n{written}", self.name).into())
    }

    /// What the process wrote.
    fn written(&mut self) -> String {
        let mut text = String::new();
        let _ = self.log.rewind().and_then(|()| self.log.read_to_string(&mut text));
        text
    }

    /// The most memory that the process has had resident so far, in bytes; the kernel tells.
    pub(crate) fn peak_memory(&self) -> Result<u64, Failure> {
        let id = self.child.id().ok_or_else(|| format!("{} has ended", self.name))?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        let kilobytes: u64 = peak.ok_or("the kernel tells no VmHWM")?.trim().parse()?;
        Ok(kilobytes * 1024)
    }
}
