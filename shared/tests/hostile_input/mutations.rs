//! Arbitrary JSON, and what can be done to an input.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

/// Texts that mean something to some parser, and texts that mean nothing.
fn text() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "333333333333",
        "arn:aws:organizations::111111111111:account/o-exampleorg01/333333333333",
        "444444444444",
        "999999999999",
        "3333333333333",
        "33333333333\u{663}",
        "-33333333333",
        "",
        "aws.organizations",
        "aws.controltower",
        "detective-onboarding",
        "aws.ec2",
        "CreateAccountResult",
        "CreateManagedAccount",
        "AcceptHandshake",
        "MoveAccount",
        "TagResource",
        "AccountJoinedOrganization",
        "CloseAccountResult",
        "LeaveOrganization",
        "RemoveAccountFromOrganization",
        "AccountDepartedOrganization",
        "MemberDepartureDetected",
        "SUCCEEDED",
        "ACCEPTED",
        "INVITE",
        "ACCOUNT",
        "AccessDenied",
        "aws:sqs",
        "eu-west-1",
        "ou-ab12-workload",
        "r-ab12",
        "2026-01-05T09:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "-292277022399-01-01T00:00:00Z",
        "0000-00-00T00:00:00Z",
        "{\"region\":\"eu-west-1\",\"time\":\"2026-01-05T09:00:00Z\",\"correlation\":\"c\"}",
    ];
    prop_oneof![3 => proptest::sample::select(KNOWN).prop_map(str::to_owned), 1 => ".{0,40}"]
}

fn key() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "accountId",
        "account",
        "id",
        "type",
        "state",
        "action",
        "source",
        "detail",
        "detail-type",
        "eventName",
        "time",
        "errorCode",
        "serviceEventDetails",
        "requestParameters",
        "responseElements",
        "createAccountStatus",
        "closeAccountStatus",
        "createManagedAccountStatus",
        "handshake",
        "parties",
        "userIdentity",
        "recipientAccountId",
        "resourceId",
        "Records",
        "body",
        "messageId",
        "eventSource",
        "scheduledTime",
        "include",
        "exclude",
        "priority",
        "ou",
        "tag",
        "key",
        "value",
    ];
    prop_oneof![8 => proptest::sample::select(KNOWN).prop_map(str::to_owned), 1 => ".{0,12}"]
}

/// Arbitrary JSON, with names and texts that parsers look for.
pub(crate) fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => proptest::sample::select(&[333_333_333_333_u64, 3_333_333_333_333, 33_333]).prop_map(Value::from),
        6 => text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            3 => prop::collection::vec((key(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// One thing that is done to a value somewhere in an input. The numbers choose where.
#[derive(Debug, Clone)]
pub(crate) enum Mutation {
    Replace(Index, Value),
    Forge(Index, String),
    Remove(Index),
    Rename(Index, String),
    Insert(Index, String, Value),
    /// The value, this many times in a list.
    Many(Index, usize),
    /// The value, this deep in lists or objects.
    Deep(Index, usize, bool),
}

/// Any mutation.
pub(crate) fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<Index>;
    prop_oneof![
        1 => (at(), json()).prop_map(|(at, value)| Mutation::Replace(at, value)),
        3 => (at(), text()).prop_map(|(at, text)| Mutation::Forge(at, text)),
        1 => at().prop_map(Mutation::Remove),
        1 => (at(), key()).prop_map(|(at, key)| Mutation::Rename(at, key)),
        2 => (at(), key(), json()).prop_map(|(at, key, value)| Mutation::Insert(at, key, value)),
        1 => (at(), 0..3000_usize).prop_map(|(at, count)| Mutation::Many(at, count)),
        1 => (at(), 0..140_usize, any::<bool>()).prop_map(|(at, depth, objects)| Mutation::Deep(at, depth, objects)),
    ]
}

/// The paths to all values that `wanted` likes, as JSON pointers.
fn paths(value: &Value, at: &str, wanted: fn(&Value) -> bool, found: &mut Vec<String>) {
    if wanted(value) {
        found.push(at.to_owned());
    }
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, value)| paths(value, &format!("{at}/{}", escaped(key)), wanted, found));
        }
        // Of a list that a mutation made long, the beginning is enough.
        Value::Array(items) => {
            items.iter().take(20).enumerate().for_each(|(i, item)| paths(item, &format!("{at}/{i}"), wanted, found));
        }
        _ => {}
    }
}

/// Does it to an input.
pub(crate) fn mutate(event: &mut Value, mutation: Mutation) {
    let wanted: fn(&Value) -> bool = match mutation {
        Mutation::Forge(..) => Value::is_string,
        Mutation::Remove(_) | Mutation::Rename(..) | Mutation::Insert(..) => Value::is_object,
        _ => |_| true,
    };
    let mut found = Vec::new();
    paths(event, "", wanted, &mut found);
    let (Mutation::Replace(at, _)
    | Mutation::Forge(at, _)
    | Mutation::Remove(at)
    | Mutation::Rename(at, _)
    | Mutation::Insert(at, ..)
    | Mutation::Many(at, _)
    | Mutation::Deep(at, ..)) = mutation;
    if found.is_empty() {
        return;
    }
    let place = event.pointer_mut(at.get::<String>(&found)).expect("it was just found");
    let key_of = |place: &Value| place.as_object()?.keys().nth(at.index(place.as_object()?.len().max(1))).cloned();
    match mutation {
        Mutation::Replace(_, value) => *place = value,
        Mutation::Forge(_, text) => *place = text.into(),
        Mutation::Remove(_) => {
            if let Some(key) = key_of(place) {
                place.as_object_mut().unwrap().remove(&key);
            }
        }
        Mutation::Rename(_, name) => {
            if let Some(key) = key_of(place) {
                let value = place.as_object_mut().unwrap().remove(&key).unwrap_or_default();
                place[name] = value;
            }
        }
        Mutation::Insert(_, key, value) => place[key] = value,
        Mutation::Many(_, count) => {
            *place = vec![place.clone(); count.min(20_000 / (place.to_string().len() + 1))].into();
        }
        Mutation::Deep(_, depth, objects) => {
            for _ in 0..depth {
                let inner = place.take();
                *place = if objects { json!({ "accountId": inner }) } else { json!([inner]) };
            }
        }
    }
}
