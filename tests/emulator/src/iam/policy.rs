//! IAM policies: who may do what to which resource, on which conditions. There is one evaluation for all of them: those of
//! roles and sessions, trust policies, and those of queues, topics and event buses.
//!
//! It is code of its own because iam-rs 0.8 (MIT, one author) takes requests on ARNs alone, statements with a resource
//! alone, and no role for its account: what that needs around it (`*`, trust policies, buses) is as long as this.

use serde_json::Value;

use crate::iam::conditions;
pub use crate::iam::conditions::UnknownOperator;
use crate::iam::pattern::{like, list, texts};
pub use crate::iam::principal::Principal;
pub use crate::iam::request::Request;

/// Statements of one or more policy documents.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policy(Vec<Value>);

impl Policy {
    /// The policy of one document.
    ///
    /// # Errors
    /// A statement has a condition operator that is not understood.
    pub fn from_document(document: &Value) -> Result<Self, UnknownOperator> {
        let mut policy = Self::default();
        policy.add(document)?;
        Ok(policy)
    }

    /// Adds a document's statements.
    ///
    /// # Errors
    /// One has a condition operator that is not understood.
    pub fn add(&mut self, document: &Value) -> Result<(), UnknownOperator> {
        list(&document["Statement"]).cloned().try_for_each(|statement| self.add_statement(statement))
    }

    /// Adds a statement.
    ///
    /// # Errors
    /// It has a condition operator that is not understood.
    pub fn add_statement(&mut self, statement: Value) -> Result<(), UnknownOperator> {
        let operators = statement["Condition"].as_object().into_iter().flat_map(|conditions| conditions.keys());
        match operators.map(String::as_str).find(|operator| !conditions::is_understood(operator)) {
            Some(unknown) => Err(UnknownOperator(unknown.to_owned())),
            None => {
                self.0.push(statement);
                Ok(())
            }
        }
    }

    /// Takes in the statements of another policy, each in place of one with the same Sid, or of the same one.
    pub fn put_all(&mut self, other: &Self) {
        for statement in &other.0 {
            let sid = &statement["Sid"];
            self.0.retain(|own| own != statement && (sid.is_null() || own["Sid"] != *sid));
            self.0.push(statement.clone());
        }
    }

    /// All statements.
    pub fn statements(&self) -> &[Value] {
        &self.0
    }

    /// Whether a statement allows it and none denies it.
    pub fn allows(&self, request: &Request<'_>) -> bool {
        self.applies("Allow", request) && !self.denies(request)
    }

    /// Whether a statement denies it.
    pub fn denies(&self, request: &Request<'_>) -> bool {
        self.applies("Deny", request)
    }

    fn applies(&self, effect: &str, request: &Request<'_>) -> bool {
        self.0.iter().any(|statement| statement["Effect"] == effect && matches(statement, request))
    }
}

fn matches(statement: &Value, request: &Request<'_>) -> bool {
    let any = |patterns: &Value, text: &str, fold: bool| {
        texts(patterns).any(|pattern| match fold {
            true => like(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase()),
            false => like(pattern, text),
        })
    };
    let action = match (&statement["Action"], &statement["NotAction"]) {
        (Value::Null, except) => !any(except, request.action, true),
        (actions, _) => any(actions, request.action, true),
    };
    let resource = match (&statement["Resource"], &statement["NotResource"]) {
        // Trust policies are about the role itself.
        (Value::Null, Value::Null) => true,
        (Value::Null, except) => !any(except, request.resource, false),
        (resources, _) => any(resources, request.resource, false),
    };
    action
        && resource
        && request.principal.is_named_by(&statement["Principal"])
        && conditions::hold(&statement["Condition"], request)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:q";

    fn allows(statements: &[Value], context: &[(&'static str, &str)]) -> bool {
        let policy = Policy::from_document(&json!({ "Statement": statements })).expect("the operators are known");
        policy.allows(&Request {
            principal: Principal::Service("events.amazonaws.com"),
            action: "sqs:SendMessage",
            resource: QUEUE,
            context: context.iter().map(|(key, value)| (*key, (*value).to_owned())).collect(),
        })
    }

    #[test]
    fn nothing_is_allowed_unless_a_statement_says_so() {
        assert!(!allows(&[], &[]));
        let allow = json!({"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:Send*", "Resource": QUEUE});
        assert!(allows(std::slice::from_ref(&allow), &[]));
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"});
        assert!(!allows(&[allow, deny], &[]));
    }

    #[test]
    fn principal_action_and_resource_must_all_match() {
        for (principal, action, resource) in [
            (json!({"Service": "sns.amazonaws.com"}), "sqs:SendMessage", "*"),
            (json!({"AWS": "111122223333"}), "sqs:SendMessage", "*"),
            (json!("*"), "sqs:ReceiveMessage", "*"),
            (json!("*"), "sqs:SendMessage", "arn:aws:sqs:*:*:other"),
        ] {
            let statement = json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource});
            assert!(!allows(std::slice::from_ref(&statement), &[]), "{statement}");
        }
    }

    #[test]
    fn conditions_hold_for_the_keys_of_the_request() {
        let with = |condition: Value| json!({"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*", "Condition": condition});
        let context =
            [("aws:SourceArn", "arn:aws:events:eu-west-1:111122223333:rule/r"), ("aws:SourceAccount", "111122223333")];
        let like = with(json!({"ArnLike": {"aws:sourcearn": "arn:aws:events:*:111122223333:rule/*"}}));
        assert!(allows(std::slice::from_ref(&like), &context));
        assert!(!allows(&[like], &[]), "a key that is missing does not match");
        let other = with(json!({"StringEquals": {"aws:SourceAccount": ["999999999999"]}}));
        assert!(!allows(&[other], &context));
        let secure = with(json!({"Bool": {"aws:SecureTransport": [true]}}));
        assert!(allows(std::slice::from_ref(&secure), &[("aws:SecureTransport", "true")]));
        assert!(!allows(&[secure], &[]));
    }

    #[test]
    fn an_operator_that_is_not_understood_is_an_error_in_what_allows_and_in_what_denies() {
        for effect in ["Allow", "Deny"] {
            let condition = json!({"DateLessThan": {"aws:CurrentTime": "2030-01-01"}});
            let statement =
                json!({"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition});
            let error = Policy::default().add(&json!({ "Statement": statement })).unwrap_err();
            assert_eq!(error.to_string(), "the condition operator DateLessThan is not understood here");
        }
    }

    #[test]
    fn a_session_is_named_by_its_own_arn_its_role_or_its_account_and_by_no_other() {
        let caller =
            Principal::Caller { account: "111122223333", arn: "arn:aws:sts::111122223333:assumed-role/reader/session" };
        let named = |principal: Value| {
            let statement = json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"});
            let policy = Policy::from_document(&json!({ "Statement": statement })).expect("it has no conditions");
            let (action, resource) = ("sts:AssumeRole", "arn:aws:iam::999999999999:role/r");
            policy.allows(&Request { principal: caller, action, resource, context: Default::default() })
        };
        for principal in [
            "*",
            "111122223333",
            "arn:aws:iam::111122223333:root",
            "arn:aws:iam::111122223333:role/reader",
            "arn:aws:sts::111122223333:assumed-role/reader/session",
        ] {
            assert!(named(json!([principal])), "{principal}");
        }
        for principal in ["444455556666", "arn:aws:iam::111122223333:role/other", "arn:aws:iam::444455556666:root"] {
            assert!(!named(json!(principal)), "{principal}");
        }
    }
}
