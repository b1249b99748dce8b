//! Log groups of Amazon CloudWatch Logs.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;

/// How many events a log group keeps: the newest.
const KEPT: usize = 200_000;

/// A log group's account, its Region and its name.
pub(crate) type LogGroupKey = (String, String, String);

/// All log groups, and what was asked about them.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    pub(crate) groups: BTreeMap<LogGroupKey, LogGroup>,
    /// Results of queries, by the query's id.
    pub(crate) queries: BTreeMap<String, Value>,
}

/// A log group.
#[derive(Debug)]
pub(crate) struct LogGroup {
    pub(crate) created: DateTime<Utc>,
    /// Its events, in the order in which they came.
    pub(crate) events: VecDeque<LogEvent>,
    /// How many events came so far.
    count: u64,
}

/// An event of a log group: a line that a function wrote.
#[derive(Debug)]
pub(crate) struct LogEvent {
    /// Its number in its group, from 1.
    pub(crate) number: u64,
    pub(crate) time: DateTime<Utc>,
    pub(crate) stream: Arc<str>,
    message: Bytes,
}

impl LogEvent {
    /// Its text. Bytes that are no text are replaced.
    pub(crate) fn message(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.message)
    }
}

impl Logs {
    /// Makes a log group, if there is none of that name.
    pub(crate) fn put(&mut self, key: LogGroupKey, now: DateTime<Utc>) -> &mut LogGroup {
        self.groups.entry(key).or_insert_with(|| LogGroup { created: now, events: VecDeque::new(), count: 0 })
    }
}

impl LogGroup {
    /// Adds events.
    pub(crate) fn write(&mut self, time: DateTime<Utc>, stream: &str, messages: Vec<Bytes>) {
        let stream: Arc<str> = stream.into();
        for message in messages {
            self.count += 1;
            self.events.push_back(LogEvent { number: self.count, time, stream: Arc::clone(&stream), message });
        }
        self.events.drain(..self.events.len().saturating_sub(KEPT));
    }
}
