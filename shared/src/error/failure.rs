//! Why a run, a Region or an account failed.

use std::borrow::Cow;
use std::fmt;

use aws_smithy_types::DateTime;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::call::CallError;
use super::out_of_time::OutOfTime;
use super::text::excerpt;
use crate::model::account::AccountId;
use crate::model::graph::GraphArn;
use crate::model::region::Region;
use crate::model::time::format_time;

/// Why a run, a Region or an account failed.
///
/// As JSON it is one object: `code`, `message` and, if a call to AWS failed, its `operation`. As text it is
/// `<code>: <message>`, after the operation if one failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// A call to AWS failed.
    Call(CallError),
    /// The Region has no behavior graph of the caller.
    NoBehaviorGraph(Region),
    /// The same where a graph is wanted and is not created, because it would be one by invitation; with the organization's
    /// Detective administrator, if it is known to be another account.
    NotDesignated(Region, Option<AccountId>),
    /// None of so many Regions, all that have Detective and that the account has enabled, has a behavior graph of the caller.
    NoBehaviorGraphAnywhere(usize),
    /// The account has not enabled the Region, so that AWS does not know its credentials there.
    RegionNotEnabled(Region),
    /// The account that should administer Detective cannot; with the sentence that states why, and what to do.
    UnusableAdministrator(String),
    /// The behavior graph that is configured for the Region does not exist.
    UnknownConfiguredGraph(GraphArn),
    /// The Region had this behavior graph of the caller, and has none any more.
    BehaviorGraphGone(Region, GraphArn),
    /// What Organizations listed is not the whole organization; with the sentence that states why.
    IncompleteOrganization(String),
    /// The policy leaves out all of so many accounts.
    NobodyInScope(usize),
    /// So many members would have been removed, more than may be in one day, so none was.
    RemovalsStopped(usize),
    /// The parameter that holds the coverage policy holds something else.
    InvalidPolicy {
        /// The parameter's name.
        parameter: String,
        /// What is wrong with its value.
        problem: String,
    },
    /// There was no time for something that a run must do.
    OutOfTime(OutOfTime),
    /// A run states a time that is yet to come, or days ago.
    InvalidRunTime {
        /// The time that the payload or the continuation states.
        stated: DateTime,
        /// The time by AWS's clocks.
        now: DateTime,
    },
    /// A message of the function's queue is not a continuation; with what is wrong with it.
    InvalidContinuation(String),
    /// Lambda did not name the account that the function is in.
    UnknownFunctionAccount,
}

impl Failure {
    /// AWS's error code, or the name of the failure.
    pub fn code(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Call(error) => return error.cause.code(),
            Self::NoBehaviorGraph(_) | Self::NotDesignated(..) | Self::NoBehaviorGraphAnywhere(_) => "NoBehaviorGraph",
            Self::BehaviorGraphGone(..) => "BehaviorGraphGone",
            Self::RegionNotEnabled(_) => "RegionNotEnabled",
            Self::UnusableAdministrator(_) => "UnusableAdministrator",
            Self::UnknownConfiguredGraph(_) => "UnknownConfiguredGraph",
            Self::IncompleteOrganization(_) => "IncompleteOrganization",
            Self::NobodyInScope(_) => "NobodyInScope",
            Self::RemovalsStopped(_) => "RemovalsStopped",
            Self::InvalidPolicy { .. } => "InvalidPolicy",
            Self::OutOfTime(_) => "OutOfTime",
            Self::InvalidRunTime { .. } => "InvalidRunTime",
            Self::InvalidContinuation(_) => "InvalidContinuation",
            Self::UnknownFunctionAccount => "UnknownFunctionAccount",
        })
    }

    /// The failure of work in a Region: that AWS does not know the account's credentials there is so because the account has not
    /// enabled the Region, if it is one that has to be enabled.
    #[must_use]
    pub fn in_region(self, region: &Region) -> Self {
        match self {
            Self::Call(error) if error.is_of_unknown_credentials() && region.is_opt_in() => {
                Self::RegionNotEnabled(region.clone())
            }
            other => other,
        }
    }

    /// The operation that failed, if one was called.
    pub fn operation(&self) -> Option<&'static str> {
        match self {
            Self::Call(error) => Some(error.operation),
            _ => None,
        }
    }

    /// How it failed, in short: the operation, if one was called, and the code.
    pub fn way(&self) -> String {
        self.operation().map_or_else(String::new, |operation| format!("{operation} ")) + &self.code()
    }

    /// What went wrong and what to do, without the operation and the code.
    pub fn message(&self) -> Cow<'_, str> {
        match self {
            Self::Call(error) => Cow::Borrowed(&error.message),
            Self::IncompleteOrganization(message) | Self::UnusableAdministrator(message) => Cow::Borrowed(message),
            Self::UnknownConfiguredGraph(graph) => Cow::Owned(format!(
                "the behavior graph {graph} does not exist: a graph that is created again has another ARN; take it out of \
                 DETECTIVE_GRAPH_ARNS, or put the new one there"
            )),
            Self::NoBehaviorGraph(region) | Self::NotDesignated(region, None) => Cow::Owned(format!(
                "there is no behavior graph in {region}: designate this account as the organization's Detective administrator in this \
                 Region, which creates one; or name the Region in INVITATION_GRAPH_REGIONS for a graph by invitation (with \
                 CREATE_MISSING_GRAPHS), or take it out of DETECTIVE_REGIONS"
            )),
            Self::NotDesignated(region, Some(administrator)) => Cow::Owned(format!(
                "there is no behavior graph in {region}, and the organization's Detective administrator is account \
                 {administrator}: designate the administrator in this Region and deploy the functions in its account; or name \
                 the Region in INVITATION_GRAPH_REGIONS for a graph by invitation, or take it out of DETECTIVE_REGIONS"
            )),
            Self::BehaviorGraphGone(region, graph) => Cow::Owned(format!(
                "the behavior graph {graph} is gone, and {region} has no other: find DeleteGraph or a change of the Detective \
                 administrator in CloudTrail; if it was meant, delete state/{region}.json in the report bucket, or take the \
                 Region out of DETECTIVE_REGIONS"
            )),
            Self::NoBehaviorGraphAnywhere(regions) => Cow::Owned(format!(
                "none of the {regions} Regions with Detective that this account has enabled has a behavior graph of it: designate \
                 this account as the organization's Detective administrator, or name the Regions to cover in DETECTIVE_REGIONS"
            )),
            Self::RegionNotEnabled(region) => Cow::Owned(format!(
                "the Region {region} is not enabled for this account, so that AWS does not know its credentials there: enable it \
                 (aws account enable-region --region-name {region}), or take it out of DetectiveRegions (DETECTIVE_REGIONS)"
            )),
            Self::NobodyInScope(count) => Cow::Owned(format!(
                "the policy leaves out all {count} accounts of the organization, so that none is covered, and none is removed \
                 until it selects one: fix the policy"
            )),
            Self::RemovalsStopped(count) => Cow::Owned(format!(
                "{count} members would have been removed, more than may be in one day (MAX_REMOVALS, MAX_REMOVALS_PERCENT): \
                 none was"
            )),
            Self::InvalidPolicy { parameter, problem } => Cow::Owned(format!(
                "the parameter {parameter} does not hold a valid policy ({}): make it a JSON object with include, exclude and \
                 priority",
                excerpt(problem)
            )),
            Self::OutOfTime(what) => Cow::Owned(what.to_string()),
            Self::InvalidRunTime { stated, now } => Cow::Owned(format!(
                "the run states the time {}, and it is {}: nothing is done for a time that is yet to come or days ago; leave \
                 scheduledTime out, and the run is as of now",
                format_time(*stated),
                format_time(*now)
            )),
            Self::InvalidContinuation(problem) => Cow::Owned(format!(
                "the message is not a continuation of a run ({}): it is retried, and goes to the dead-letter queue in the end",
                excerpt(problem)
            )),
            Self::UnknownFunctionAccount => Cow::Borrowed("Lambda did not name the account that the function is in"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => error.fmt(formatter),
            other => write!(formatter, "{}: {}", other.code(), other.message()),
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<OutOfTime> for Failure {
    fn from(what: OutOfTime) -> Self {
        Self::OutOfTime(what)
    }
}

impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let operation = self.operation();
        let mut object = serializer.serialize_struct("Failure", 2 + usize::from(operation.is_some()))?;
        if let Some(operation) = operation {
            object.serialize_field("operation", operation)?;
        }
        object.serialize_field("code", &self.code())?;
        object.serialize_field("message", &self.message())?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_that_a_failure_repeats_has_no_email_addresses() {
        let problem = "\"root@example.com\" is not the id of an OU".to_owned();
        let failures = [
            Failure::InvalidContinuation(problem.clone()),
            Failure::InvalidPolicy { parameter: "p".to_owned(), problem },
        ];
        for failure in failures {
            assert!(!failure.to_string().contains("root@"), "{failure}");
        }
    }

    #[test]
    fn every_failure_has_one_json_form_and_names_an_operation_only_if_it_was_called() {
        let json = |failure: Failure| serde_json::to_value(failure).unwrap();
        let denied = CallError::answered("CreateMembers", "AccessDeniedException", "no");
        assert_eq!(
            json(denied.into()),
            serde_json::json!({"operation": "CreateMembers", "code": "AccessDeniedException", "message": "no"})
        );
        assert_eq!(
            Failure::from(OutOfTime::Invocations(3)).to_string(),
            "OutOfTime: 3 invocations did not have enough time: \
            give the function more time"
        );
        assert_eq!(
            json(OutOfTime::Settings.into()),
            serde_json::json!({"code": "OutOfTime", "message": "Detective did not return its settings in time: they are checked in \
                the next run"})
        );
    }
}
