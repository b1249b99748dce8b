//! The events that CloudTrail sends to EventBridge about Organizations.

use serde_json::{Value, json};

use crate::protocol::auth::Caller;
use crate::protocol::time::iso_seconds;
use crate::world::state::State;

/// Organizations events reach the management account's default bus in us-east-1 only.
const REGION: &str = "us-east-1";

/// An event of the service itself, such as the result of a request.
pub(super) fn service_event(state: &mut State, name: &str, details: &Value) {
    let Some(management) = state.organization.as_ref().map(|organization| organization.management.clone()) else {
        return;
    };
    let detail = json!({
        "eventVersion": "1.11",
        "userIdentity": {"accountId": management, "invokedBy": "organizations.amazonaws.com"},
        "eventSource": "organizations.amazonaws.com", "eventName": name, "awsRegion": REGION,
        "sourceIPAddress": "organizations.amazonaws.com", "userAgent": "organizations.amazonaws.com",
        "requestParameters": null, "responseElements": null, "eventID": state.fresh_uuid(), "readOnly": false,
        "eventType": "AwsServiceEvent", "managementEvent": true, "recipientAccountId": management,
        "serviceEventDetails": details, "eventCategory": "Management",
    });
    put(state, &management, "AWS Service Event via CloudTrail", detail);
}

/// An event of a call.
pub(super) fn call_event(state: &mut State, caller: &Caller, name: &str, request: &Value, response: &Value) {
    let Some(management) = state.organization.as_ref().map(|organization| organization.management.clone()) else {
        return;
    };
    let detail = json!({
        "eventVersion": "1.08",
        "userIdentity": {"type": identity_type(&caller.arn), "principalId": caller.user_id, "arn": caller.arn, "accountId": caller.account},
        "eventSource": "organizations.amazonaws.com", "eventName": name, "awsRegion": REGION,
        "sourceIPAddress": "192.0.2.10", "userAgent": "emulated", "requestParameters": request,
        "responseElements": response, "requestID": state.fresh_uuid(), "eventID": state.fresh_uuid(), "readOnly": false,
        "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": caller.account,
        "eventCategory": "Management",
    });
    put(state, &management, "AWS API Call via CloudTrail", detail);
}

fn identity_type(arn: &str) -> &'static str {
    if arn.contains(":assumed-role/") { "AssumedRole" } else { "IAMUser" }
}

fn put(state: &mut State, account: &str, detail_type: &str, mut detail: Value) {
    let time = iso_seconds(state.now());
    detail["eventTime"] = json!(time);
    let event = json!({
        "version": "0", "id": state.fresh_uuid(), "detail-type": detail_type, "source": "aws.organizations",
        "account": account, "time": time, "region": REGION, "resources": [], "detail": detail,
    });
    state.put_event(account, REGION, "default", event);
}
