//! Account ids in events: where AWS documents them, and anywhere in the details where it documents nothing.

use std::collections::BTreeSet;

use serde_json::{Number, Value};

use crate::model::account::AccountId;

/// The parts of an event's details that name who called and who receives the record, and not what it is about.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
const ABOUT_THE_CALL: [&str; 3] = ["userIdentity", "recipientAccountId", "vpcEndpointAccountId"];

/// From here on a number has the twelve digits of an account id.
const TWELVE_DIGITS: u64 = 100_000_000_000;

/// The account that a value in a documented place names.
///
/// # Errors
/// It names none, as a sentence.
pub(super) fn named(value: &Value) -> Result<AccountId, String> {
    account_id(value).ok_or_else(|| match value.as_str().map(str::parse::<AccountId>) {
        Some(Err(error)) => error.to_string(),
        _ => "it names no account".to_owned(),
    })
}

/// The one account that an event's details name besides those in `own`, whatever the key and the form: an event whose shape
/// AWS has not published.
///
/// # Errors
/// They name none, or several, as a sentence.
pub(super) fn only_account(detail: &Value, own: &BTreeSet<AccountId>) -> Result<AccountId, String> {
    let mut ids = BTreeSet::new();
    for (key, value) in detail.as_object().into_iter().flatten() {
        if !ABOUT_THE_CALL.contains(&key.as_str()) {
            collect(key, value, &mut ids);
        }
    }
    let ids: Vec<AccountId> = ids.difference(own).copied().collect();
    match ids[..] {
        [only] => Ok(only),
        [] => Err("it names no account".to_owned()),
        _ => Err("it names more than one account".to_owned()),
    }
}

/// An account id as a string or a number, which has lost its leading zeros, or the ARN of an organization's account.
fn account_id(value: &Value) -> Option<AccountId> {
    match value {
        Value::String(text) => text.parse().ok().or_else(|| of_arn(text)),
        Value::Number(number) => format!("{:012}", whole(number)?).parse().ok(),
        _ => None,
    }
}

/// The account of `arn:aws:organizations::111111111111:account/o-exampleorg01/333333333333`.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html>
fn of_arn(text: &str) -> Option<AccountId> {
    let mut parts = text.split(':');
    let is_of_organizations = parts.next() == Some("arn") && parts.nth(1) == Some("organizations");
    let resource = parts.nth(2).filter(|_| is_of_organizations && parts.next().is_none())?;
    let (_organization, id) = resource.strip_prefix("account/")?.split_once('/')?;
    id.parse().ok()
}

/// A number without a fraction, whichever way it is written: `333333333333.0` is one.
fn whole(number: &Number) -> Option<u64> {
    // A number with a fraction has another text.
    number.as_u64().or_else(|| number.as_f64()?.to_string().parse().ok())
}

fn collect(key: &str, value: &Value, ids: &mut BTreeSet<AccountId>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            ids.extend(key.parse::<AccountId>());
            collect(key, value, ids);
        }),
        Value::Array(items) => items.iter().for_each(|item| collect(key, item, ids)),
        // A shorter number may be anything, such as a time, unless its key states what it is.
        Value::Number(number) => {
            let is_long = whole(number).is_some_and(|number| number >= TWELVE_DIGITS);
            if is_long || key.to_ascii_lowercase().ends_with("accountid") {
                ids.extend(account_id(value));
            }
        }
        _ => ids.extend(account_id(value)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn only(detail: &Value) -> Result<String, String> {
        only_account(detail, &BTreeSet::from(["111111111111".parse().unwrap()])).map(|id| id.to_string())
    }

    #[test]
    fn the_account_is_read_whatever_its_key_and_its_form() {
        for part in [
            json!({"accountId": "333333333333"}),
            json!({"account": "333333333333"}),
            json!({"account": {"id": "333333333333", "name": "****"}, "joinedTime": 1_780_000_000}),
            json!({"accountJoinedDetails": {"accountId": 333_333_333_333_u64}}),
            json!({"accountArn": "arn:aws:organizations::111111111111:account/o-exampleorg01/333333333333"}),
            json!({"arn": "arn:aws-us-gov:organizations::111111111111:account/o-exampleorg01/333333333333"}),
            json!({"accounts": [{"id": "333333333333"}, {"Arn": "arn:aws:organizations::1:account/o-e/333333333333"}]}),
            json!({"accountIds": ["333333333333"]}),
            json!({"accounts": {"333333333333": {"joinedMethod": "INVITED"}}}),
            json!({"accountId": 333_333_333_333.0}),
            json!({"account": {"accountId": "333333333333"}, "managementAccount": {"accountId": "111111111111"}}),
        ] {
            for place in ["serviceEventDetails", "requestParameters", "responseElements", "additionalEventData"] {
                let detail = json!({"eventName": "AccountJoinedOrganization", "recipientAccountId": "111111111111",
                    "userIdentity": {"accountId": "999999999999"}, place: part});
                assert_eq!(only(&detail).as_deref(), Ok("333333333333"), "{detail}");
            }
        }
        assert_eq!(only(&json!({"accountId": "333333333333"})).as_deref(), Ok("333333333333"));
    }

    #[test]
    fn a_number_keeps_the_leading_zeros_of_the_id_and_a_short_one_is_an_id_only_where_its_key_states_so() {
        assert_eq!(only(&json!({"joined": {"AccountId": 12_345}})).as_deref(), Ok("000000012345"));
        assert_eq!(only(&json!({"joined": {"time": 12_345}})).unwrap_err(), "it names no account");
    }

    #[test]
    fn no_account_and_several_accounts_are_errors() {
        for detail in [
            json!(null),
            json!({"userIdentity": {"accountId": "333333333333"}}),
            json!({"recipientAccountId": "333333333333", "organization": {"managementAccountId": "111111111111"}}),
            json!({"arn": "arn:aws:iam::333333333333:root"}),
            json!({"arn": "arn:aws:iam::111111111111:account/o-exampleorg01/333333333333"}),
            json!({"arn": "urn:aws:organizations::111111111111:account/o-exampleorg01/333333333333"}),
            json!({"arn": "arn:aws:organizations::111111111111:account/o-exampleorg01/333333333333:more"}),
            json!({"arn": "arn:aws:organizations::111111111111:ou/o-exampleorg01/333333333333"}),
            json!({"accountId": "3333333333330", "name": "333333333333\n", "other": 3_333_333_333_330_u64}),
        ] {
            assert_eq!(only(&detail).unwrap_err(), "it names no account", "{detail}");
        }
        let two = json!({"joined": {"accountId": "333333333333"}, "other": 444_444_444_444_u64});
        assert_eq!(only(&two).unwrap_err(), "it names more than one account");
    }

    #[test]
    fn what_stands_in_a_documented_place_is_an_account_or_an_error_that_says_what_it_is() {
        assert_eq!(named(&json!("000000012345")).map(|id| id.to_string()).as_deref(), Ok("000000012345"));
        assert_eq!(named(&json!(12_345)).map(|id| id.to_string()).as_deref(), Ok("000000012345"));
        let error = |value: Value| named(&value).unwrap_err();
        assert_eq!(error(json!("12345")), "\"12345\" is not an AWS account id: it should be twelve digits");
        for nothing in [json!(null), json!([]), json!({"accountId": "333333333333"}), json!(1.5)] {
            assert_eq!(error(nothing), "it names no account");
        }
    }

    #[test]
    fn a_number_that_is_long_enough_for_an_id_is_one_and_the_first_that_is_too_short_is_none() {
        assert_eq!(only(&json!({"joined": {"time": TWELVE_DIGITS}})).as_deref(), Ok("100000000000"));
        assert!(only(&json!({"joined": {"time": TWELVE_DIGITS - 1}})).is_err());
        assert!(only(&json!({"joined": {"time": 333_333_333_333.5}})).is_err());
    }
}
