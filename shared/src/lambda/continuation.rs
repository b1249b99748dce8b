//! What a run left to do in a Region: a message to the function itself.

use serde::{Deserialize, Serialize};

use crate::error::label;
use crate::lambda::message::Message;
use crate::lambda::run::Run;
use crate::model::region::Region;
use crate::model::time::{format_time, parse_time};

/// How many characters the id of a run has at most. Functions' own have no more than a hundred.
const MAX_ID: usize = 200;

/// What a run left to do in a Region when its time was up.
#[derive(Debug, Clone, PartialEq)]
pub struct Continuation {
    /// The Region.
    pub region: Region,
    /// The run.
    pub run: Run,
}

/// A continuation as it is sent.
#[derive(Serialize, Deserialize)]
struct Body {
    region: Region,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    correlation: String,
    #[serde(default)]
    invocations: u32,
}

impl Continuation {
    /// The message's body.
    pub fn to_body(&self) -> String {
        let Self { region, run } = self;
        let (time, correlation) = (run.stated.map(format_time), run.correlation.clone());
        let body = Body { region: region.clone(), time, correlation, invocations: run.invocations };
        serde_json::to_string(&body).unwrap_or_default()
    }

    /// Reads a message.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn of(message: &Message) -> Result<Self, String> {
        Self::parse(&message.body)
    }

    fn parse(body: &str) -> Result<Self, String> {
        let Body { region, time, correlation, invocations } =
            serde_json::from_str(body).map_err(|error| error.to_string())?;
        if correlation.chars().count() > MAX_ID {
            return Err(format!("its correlation id has more than {MAX_ID} characters"));
        }
        let parse = |time: String| parse_time(&time).ok_or("its time is not one such as 2026-01-05T09:00:00Z");
        let stated = time.map(parse).transpose()?;
        Ok(Self { region, run: Run { stated, correlation: label(&correlation), invocations } })
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    #[test]
    fn a_continuation_keeps_the_time_the_correlation_id_and_the_count_of_its_run() {
        let continuation = |region: &str, correlation: &str, seconds, invocations| Continuation {
            region: region.parse().unwrap(),
            run: Run { stated: Some(DateTime::from_secs(seconds)), correlation: correlation.to_owned(), invocations },
        };
        let sent = [continuation("eu-west-1", "first", 60, 1), continuation("us-east-1", "second", 120, u32::MAX)];
        for continuation in sent {
            assert_eq!(Continuation::parse(&continuation.to_body()), Ok(continuation));
        }
    }

    #[test]
    fn a_message_that_is_not_a_continuation_is_read_as_one_that_cannot_be_read() {
        let time = r#"{"region": "eu-west-1", "time": "yesterday", "correlation": "c"}"#;
        let region = r#"{"region": "Ireland", "time": "2026-01-05T09:00:00Z", "correlation": "c"}"#;
        let of_run = |id: &str| {
            r#"{"region": "eu-west-1", "time": "2026-01-05T09:00:00Z", "correlation": "ID"}"#.replace("ID", id)
        };
        for body in ["{}", "", "text", time, region, &of_run(&"x".repeat(201)), &of_run(&"ü".repeat(9_999))] {
            assert!(Continuation::parse(body).is_err(), "{body}");
        }
        for id in ["c", &"ü".repeat(200)] {
            assert!(Continuation::parse(&of_run(id)).is_ok(), "{id}");
        }
    }
}
