//! AWS STS: GetCallerIdentity and AssumeRole, and the identities that access keys stand for.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::iam::authorize::Permissions;
use crate::iam::policy::Policy;
use crate::protocol::auth::Caller;
use crate::protocol::error::AwsError;
use crate::protocol::model::percent_decoded;
use crate::world::state::State;

/// Access keys and roles.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    keys: BTreeMap<String, Identity>,
    /// Trust policies by role ARN.
    roles: BTreeMap<String, Arc<Value>>,
    /// What roles may do, by ARN, where that is known.
    permissions: BTreeMap<String, Arc<Policy>>,
    /// Trust policies by role name, for roles that every account has.
    everywhere: BTreeMap<String, Arc<Value>>,
}

/// The role that Organizations makes in the accounts it creates, unless it is told another name:
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html>.
pub(crate) const ACCESS_ROLE: &str = "OrganizationAccountAccessRole";

/// What that role trusts: the management account.
pub(crate) fn management_trust(management: &str) -> Arc<Value> {
    let principal = json!({"AWS": format!("arn:aws:iam::{management}:root")});
    Arc::new(json!({"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}))
}

/// What an access key stands for.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) account: String,
    pub(crate) arn: String,
    pub(crate) user_id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
    pub(crate) expires: Option<DateTime<Utc>>,
    pub(crate) permissions: Option<Permissions>,
}

impl Identities {
    pub(crate) fn of_key(&self, key: &str) -> Option<&Identity> {
        self.keys.get(key)
    }

    pub(crate) fn add_key(&mut self, key: String, identity: Identity) {
        self.keys.insert(key, identity);
    }

    /// Adds a role: in one account, or in all of them.
    pub(crate) fn add_role(&mut self, name: &str, account: Option<&str>, trust: Arc<Value>) {
        match account {
            Some(account) => self.roles.insert(format!("arn:aws:iam::{account}:role/{name}"), trust),
            None => self.everywhere.insert(name.to_owned(), trust),
        };
    }

    /// Says what a role may do.
    pub(crate) fn set_permissions(&mut self, role: &str, policy: Policy) {
        self.permissions.insert(role.to_owned(), Arc::new(policy));
    }

    /// What a session of a role may do, which may have a policy of its own.
    fn of_session(&self, role: &str, session: Option<Policy>) -> Option<Permissions> {
        let (identity, session) = (self.permissions.get(role).cloned(), session.map(Arc::new));
        let known = identity.is_some() || session.is_some();
        known.then(|| Permissions { role: role.to_owned(), identity, session })
    }

    fn trust(&self, arn: &str) -> Option<Arc<Value>> {
        let found = self.roles.get(arn).or_else(|| {
            let (_, name) = arn.split_once(":role/")?;
            self.everywhere.get(name)
        });
        found.cloned()
    }
}

/// Answers a request of the query protocol; the result is the XML of the answer's body.
pub(crate) fn answer(state: &mut State, caller: &Caller, operation: &str, input: &Value) -> Result<String, AwsError> {
    match operation {
        "GetCallerIdentity" => Ok(xml(
            operation,
            &format!(
                "<Arn>{}</Arn><UserId>{}</UserId><Account>{}</Account>",
                caller.arn, caller.user_id, caller.account
            ),
        )),
        "AssumeRole" => assume_role(state, caller, input),
        other => Err(AwsError::not_implemented(&format!("sts:{other}"))),
    }
}

/// Reads a form body into an object of texts.
pub(crate) fn form(body: &[u8]) -> Value {
    let text = String::from_utf8_lossy(body);
    let decoded = |text: &str| percent_decoded(&text.replace('+', " "));
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    Value::Object(pairs.map(|(key, value)| (decoded(key), Value::String(decoded(value)))).collect())
}

fn invalid(member: &str, constraint: &str) -> AwsError {
    let message =
        format!("1 validation error detected: Value at '{member}' failed to satisfy constraint: {constraint}");
    AwsError::new("ValidationError", 400, message)
}

fn assume_role(state: &mut State, caller: &Caller, input: &Value) -> Result<String, AwsError> {
    let required = |member: &str| {
        let value = input[member].as_str().filter(|value| !value.is_empty());
        value.ok_or_else(|| invalid(member, "Member must not be null"))
    };
    let (role, session_name) = (required("RoleArn")?, required("RoleSessionName")?);
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    if !(2..=64).contains(&session_name.len()) || !session_name.chars().all(allowed) {
        return Err(invalid("roleSessionName", "Member must satisfy regular expression pattern: [\\w+=,.@-]{2,64}"));
    }
    let seconds: i64 = match input["DurationSeconds"].as_str().map(str::parse) {
        None => 3600,
        Some(Ok(seconds)) if (900..=43_200).contains(&seconds) => seconds,
        Some(_) => return Err(invalid("durationSeconds", "Member must have value between 900 and 43200")),
    };
    let denied = || {
        let message = format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {role}", caller.arn);
        AwsError::new("AccessDenied", 403, message)
    };
    role.split(':').nth(4).filter(|account| account.len() == 12).ok_or_else(denied)?;
    if !role.contains(":role/") {
        return Err(denied());
    }
    let trust = state.identities.trust(role).ok_or_else(denied)?;
    if !trusts(state, &trust, caller, input["ExternalId"].as_str()) {
        return Err(denied());
    }
    let session_policy = input["Policy"].as_str().map(|text| {
        let mut policy = Policy::default();
        let malformed = |problem: String| AwsError::new("MalformedPolicyDocument", 400, problem);
        policy
            .add(&serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?)
            .map_err(|error| malformed(error.to_string()))?;
        Ok(policy)
    });
    let session_policy = session_policy.transpose()?;
    // A session lasts as long for a client, which counts in real time, however fast virtual time flows.
    let expires = state.now() + TimeDelta::seconds(seconds);
    let refused_from = state.now() + TimeDelta::seconds((seconds as f64 * state.clock.rate().max(1.0)) as i64);
    let (key, identity) = session(state, role, session_name, session_policy, Some(refused_from));
    let token = identity.token.clone().unwrap_or_default();
    let body = format!(
        "<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey><SessionToken>{token}</SessionToken>\
         <Expiration>{}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>{}</AssumedRoleId><Arn>{}</Arn></AssumedRoleUser>",
        identity.secret,
        crate::world::state::iso(expires),
        identity.user_id,
        identity.arn,
    );
    state.identities.add_key(key, identity);
    Ok(xml("AssumeRole", &body))
}

/// Makes the access key of a session of a role, and what it stands for.
pub(crate) fn session(
    state: &mut State,
    role: &str,
    name: &str,
    policy: Option<Policy>,
    expires: Option<DateTime<Utc>>,
) -> (String, Identity) {
    let (role_id, key_id, token) = (state.fresh_hex(16), state.fresh_hex(16), state.fresh_hex(40));
    let role_id = format!("AROA{}", role_id.to_uppercase());
    let account = role.split(':').nth(4).unwrap_or_default();
    // A role's path is not part of the name of its sessions.
    let role_name = role.rsplit('/').next().unwrap_or_default();
    let identity = Identity {
        account: account.to_owned(),
        arn: format!("arn:aws:sts::{account}:assumed-role/{role_name}/{name}"),
        user_id: format!("{role_id}:{name}"),
        secret: state.fresh_hex(40),
        token: Some(token),
        expires,
        permissions: state.identities.of_session(role, policy),
    };
    (format!("ASIA{}", key_id.to_uppercase()), identity)
}

/// Whether a trust policy lets the caller assume the role. A condition that is not understood is not fulfilled.
fn trusts(state: &State, policy: &Value, caller: &Caller, external_id: Option<&str>) -> bool {
    let items = |value: &Value| match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let organization =
        state.organization.as_ref().filter(|organization| organization.places.contains_key(&caller.account));
    items(&policy["Statement"]).iter().any(|statement| {
        let action = items(&statement["Action"]).iter().any(|action| action == "sts:AssumeRole" || action == "sts:*");
        let principals = match &statement["Principal"] {
            Value::String(any) if any == "*" => vec![Value::String("*".to_owned())],
            principal => items(&principal["AWS"]),
        };
        let principal = principals.iter().filter_map(Value::as_str).any(|principal| {
            principal == "*"
                || principal == caller.account
                || principal == caller.arn
                || principal == format!("arn:aws:iam::{}:root", caller.account)
                || role_of(&caller.arn).is_some_and(|role| principal == role)
        });
        let conditions = statement["Condition"].as_object();
        let conditions = conditions.into_iter().flatten().all(|(operator, keys)| {
            operator == "StringEquals"
                && keys.as_object().into_iter().flatten().all(|(key, wanted)| {
                    let found = match key.as_str() {
                        "sts:ExternalId" => external_id,
                        "aws:PrincipalOrgID" => organization.map(|organization| organization.id.as_str()),
                        _ => None,
                    };
                    found.is_some_and(|found| items(wanted).iter().any(|wanted| wanted == found))
                })
        });
        statement["Effect"] == "Allow" && action && principal && conditions
    })
}

/// The role behind the ARN of an assumed-role session.
fn role_of(arn: &str) -> Option<String> {
    let (account, rest) = arn.strip_prefix("arn:aws:sts::")?.split_once(":assumed-role/")?;
    let (name, _) = rest.rsplit_once('/')?;
    Some(format!("arn:aws:iam::{account}:role/{name}"))
}

fn xml(operation: &str, result: &str) -> String {
    format!(
        "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>REQUEST-ID</RequestId></ResponseMetadata></{operation}Response>"
    )
}
