//! An execution environment: one process of a function's binary, with the environment that Lambda gives it.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use detective_emulator::SessionKeys;
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::log::Log;
use super::log_events::LOG_STREAM;
use super::record::FunctionError;
use super::runtime_api::{Reply, RuntimeApi, Work};
use crate::stack::Function;

/// How long an instance may take to ask for work again after it answered; it does so at once or never.
const TO_BECOME_IDLE: Duration = Duration::from_secs(5);

/// How many times its timeout an invocation may take in real time, if nothing else limits it.
const PATIENCE: u32 = 10;

/// A running process. It is killed when dropped.
pub(super) struct Instance {
    child: Child,
    api: RuntimeApi,
    log: Log,
    /// It has answered, and waits for the next event.
    warm: bool,
}

/// The result of an event, and what was logged meanwhile.
pub(super) struct Ran {
    pub(super) outcome: Result<Value, FunctionError>,
    pub(super) output: Vec<u8>,
    /// The most memory that the process has had, in bytes, where the system reports it.
    pub(super) peak_memory: Option<u64>,
    /// Whether the instance can take another event.
    pub(super) alive: bool,
}

/// An event for an instance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Invocation<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) event: &'a Value,
    /// How often the functions of the chain were invoked, this invocation included.
    pub(crate) lineage: &'a str,
}

impl Instance {
    /// Starts a process that has nothing of this one's environment.
    pub(super) async fn start(
        function: &Function,
        binary: &Path,
        endpoint: &str,
        keys: &SessionKeys,
    ) -> io::Result<Self> {
        let api = RuntimeApi::start().await?;
        let (log, stdout, stderr) = Log::new()?;
        let child = Command::new(binary)
            .env_clear()
            .envs(environment(function, endpoint, &api.address.to_string()))
            .env("AWS_ACCESS_KEY_ID", &keys.access_key)
            .env("AWS_SECRET_ACCESS_KEY", &keys.secret)
            .env("AWS_SESSION_TOKEN", &keys.token)
            .current_dir(std::env::temp_dir())
            .stdin(std::process::Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self { child, api, log, warm: false })
    }

    /// Whether the process has not ended while it waited.
    pub(super) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Runs one event to its end: an answer, an error, the process's exit, or the timeout, or `limit` if that is shorter.
    pub(super) async fn run(
        &mut self,
        function: &Function,
        invocation: &Invocation<'_>,
        limit: Option<Duration>,
    ) -> Ran {
        let stated = limit.map_or(function.timeout, |limit| function.timeout.min(limit));
        let allowed = if limit.is_some() { stated } else { stated * PATIENCE };
        let (outcome, alive) = match timeout(allowed, self.answer(function, invocation, allowed)).await {
            Ok(answer) => answer,
            Err(_) => (Err(timed_out(invocation.request_id, stated)), false),
        };
        let alive = alive && timeout(TO_BECOME_IDLE, self.idle()).await.unwrap_or(false);
        let peak_memory = self.child.id().and_then(peak_memory);
        if !alive {
            // So that nothing is written any more when the log is read.
            let _ = self.child.kill().await;
        }
        let output = self.log.take(!alive);
        self.log.shrink();
        self.warm = alive;
        Ran { outcome, output, peak_memory, alive }
    }

    async fn answer(
        &mut self,
        function: &Function,
        invocation: &Invocation<'_>,
        allowed: Duration,
    ) -> (Result<Value, FunctionError>, bool) {
        let work = Work {
            request_id: invocation.request_id.to_owned(),
            deadline_ms: deadline(allowed),
            function_arn: function.arn.clone(),
            trace_id: trace_id(invocation.request_id, invocation.lineage),
            event: invocation.event.to_string().into_bytes(),
        };
        if !self.warm {
            // An instance that cannot start never asks for work.
            tokio::select! {
                biased;
                reply = self.api.replies.recv() => return self.init_failed(reply).await,
                () = self.api.idle.notified() => {}
                status = self.child.wait() => return self.ended(invocation.request_id, status.ok()),
            }
        }
        if self.api.work.send(work).await.is_err() {
            return self.ended(invocation.request_id, None);
        }
        tokio::select! {
            biased;
            reply = self.api.replies.recv() => match reply {
                Some(Reply::Response(response)) => (Ok(response), true),
                Some(Reply::Failed(error)) => (Err(error), true),
                reply => self.init_failed(reply).await,
            },
            status = self.child.wait() => self.ended(invocation.request_id, status.ok()),
        }
    }

    async fn init_failed(&mut self, reply: Option<Reply>) -> (Result<Value, FunctionError>, bool) {
        match reply {
            Some(Reply::InitFailed(error) | Reply::Failed(error)) => (Err(error), false),
            Some(Reply::Response(_)) | None => self.ended("", None),
        }
    }

    /// The process has exited; but it may have answered just before.
    fn ended(&mut self, request_id: &str, status: Option<ExitStatus>) -> (Result<Value, FunctionError>, bool) {
        let outcome = match self.api.replies.try_recv() {
            Ok(Reply::Response(response)) => Ok(response),
            Ok(Reply::Failed(error) | Reply::InitFailed(error)) => Err(error),
            Err(_) => Err(exited(request_id, status)),
        };
        (outcome, false)
    }

    /// Whether the instance asks for work again, rather than exits.
    async fn idle(&mut self) -> bool {
        tokio::select! {
            () = self.api.idle.notified() => true,
            _ = self.child.wait() => false,
        }
    }
}

/// The process's largest resident set: <https://docs.kernel.org/filesystems/proc.html>.
fn peak_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}

fn timed_out(request_id: &str, stated: Duration) -> FunctionError {
    let message = format!("RequestId: {request_id} Error: Task timed out after {:.2} seconds", stated.as_secs_f64());
    FunctionError { error_type: "Sandbox.Timedout".to_owned(), error_message: message }
}

fn exited(request_id: &str, status: Option<ExitStatus>) -> FunctionError {
    let how = match status {
        // Lambda writes "exit status 1" and "signal: killed".
        Some(status) => status.to_string().replace("exit status: ", "exit status "),
        None => "without an exit status".to_owned(),
    };
    FunctionError {
        error_type: "Runtime.ExitError".to_owned(),
        error_message: format!("RequestId: {request_id} Error: Runtime exited with error: {how}"),
    }
}

/// The deadline is in real time: the function compares it with its own clock.
fn deadline(allowed: Duration) -> i64 {
    let deadline = SystemTime::now() + allowed;
    let since_epoch = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
    since_epoch.as_millis().try_into().unwrap_or(i64::MAX)
}

/// An X-Ray header that is made of the request id, with the lineage by which Lambda detects loops.
fn trace_id(request_id: &str, lineage: &str) -> String {
    let digits: String = request_id.chars().filter(char::is_ascii_hexdigit).collect();
    let digits = format!("{digits:0>32}");
    let (root, parent) = (format!("1-{}-{}", &digits[..8], &digits[8..32]), &digits[16..32]);
    format!("Root={root};Parent={parent};Sampled=0;Lineage={lineage}")
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>, then the function's own variables, and
/// what points the SDK at the emulated cloud.
///
/// `endpoint` is the emulated cloud's, and `runtime_api` the Runtime API's address.
pub fn environment(function: &Function, endpoint: &str, runtime_api: &str) -> BTreeMap<String, String> {
    let mut variables: BTreeMap<String, String> = [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        ("AWS_LAMBDA_FUNCTION_NAME", &function.name),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &function.memory.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &function.log_group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", LOG_STREAM),
        ("AWS_REGION", &function.region),
        ("AWS_DEFAULT_REGION", &function.region),
        ("AWS_ACCESS_KEY_ID", &function.account),
        ("AWS_SECRET_ACCESS_KEY", "local-cloud"),
        ("AWS_SESSION_TOKEN", "local-cloud"),
        ("_HANDLER", &function.handler),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin"),
        ("TZ", ":UTC"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    variables.extend(function.environment.clone());
    variables.insert("AWS_ENDPOINT_URL".to_owned(), endpoint.to_owned());
    variables
}
