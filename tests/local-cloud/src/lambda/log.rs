//! What a function's process writes.
//!
//! It writes into a file, not a pipe: whatever it wrote before it answered is in the file when the answer comes, so
//! that lines belong to the right invocation, and nobody waits on a full pipe.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::process::Stdio;

use serde_json::Value;
use tempfile::NamedTempFile;

use super::limits::LOG_EVENT;

/// A process's output, read bit by bit.
pub(super) struct Log {
    file: NamedTempFile,
    reader: File,
    rest: Vec<u8>,
}

impl Log {
    /// An empty log, and the two ends to give to the process.
    pub(super) fn new() -> io::Result<(Self, Stdio, Stdio)> {
        let file = NamedTempFile::new()?;
        let reader = file.reopen()?;
        let writer = file.as_file().try_clone()?;
        let other = file.as_file().try_clone()?;
        Ok((Self { file, reader, rest: Vec::new() }, writer.into(), other.into()))
    }

    /// The whole lines that were written since the last time; at the end, the unfinished one too.
    pub(super) fn take(&mut self, ended: bool) -> Vec<u8> {
        let mut text = std::mem::take(&mut self.rest);
        // What cannot be read is missing from the log; the invocation's outcome does not depend on it.
        let _ = self.reader.read_to_end(&mut text);
        let end = match ended {
            true => text.len(),
            false => text.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1),
        };
        self.rest = text.split_off(end);
        text
    }

    /// Makes the file small again, if nothing is left to read.
    pub(super) fn shrink(&mut self) {
        const LARGE: u64 = 16 * 1024 * 1024;
        let position = self.reader.stream_position().unwrap_or_default();
        if position > LARGE && self.rest.is_empty() {
            let mut writer = self.file.as_file();
            if writer.set_len(0).is_ok() {
                let _ = writer.seek(SeekFrom::Start(0));
                let _ = self.reader.seek(SeekFrom::Start(0));
            }
        }
    }
}

/// The lines of an output: JSON where a line is a JSON object, text otherwise.
pub(super) fn lines(output: &[u8]) -> Vec<Value> {
    String::from_utf8_lossy(output).lines().filter(|line| !line.is_empty()).map(parse).collect()
}

fn parse(line: &str) -> Value {
    let line = &line[..line.floor_char_boundary(LOG_EVENT)];
    match serde_json::from_str(line) {
        Ok(object @ Value::Object(_)) => object,
        _ => line.into(),
    }
}
