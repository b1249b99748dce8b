//! What Organizations and Detective ask for before an account administers Detective.

use aws_sdk_detective::error::ProvideErrorMetadata as _;
use aws_sdk_organizations::operation::register_delegated_administrator::RegisterDelegatedAdministratorError as Refusal;
use detective_emulator::Emulator;

use crate::setup::{APP, MANAGEMENT, SCENARIO, code, detective, organizations, start};

const DETECTIVE: &str = "detective.amazonaws.com";
const DELEGATED: &str = "  delegatedAdministrators: [{account: \"222222222222\", service: detective.amazonaws.com}]\n";

/// An organization without a delegated administrator and without graphs, with one more setting.
fn undesignated(setting: &str) -> String {
    SCENARIO.split("graphs:").next().unwrap().replace(DELEGATED, setting)
}

/// The reason for which Organizations does not register APP for Detective.
async fn refusal(emulator: &Emulator) -> String {
    let register = organizations(emulator, MANAGEMENT).register_delegated_administrator();
    let refused = register.account_id(APP).service_principal(DETECTIVE).send().await.unwrap_err();
    match refused.into_service_error() {
        Refusal::ConstraintViolationException(violation) => violation.reason().unwrap().as_str().to_owned(),
        other => panic!("{other:?}"),
    }
}

/// The code and the message with which Detective does not designate APP.
async fn not_designated(emulator: &Emulator) -> (String, String) {
    let management = detective(emulator, MANAGEMENT, "us-east-1");
    let refused = management.enable_organization_admin_account().account_id(APP).send().await.unwrap_err();
    let refused = refused.into_service_error();
    (refused.code().unwrap().to_owned(), refused.message().unwrap().to_owned())
}

#[tokio::test]
async fn a_suspended_account_is_neither_registered_nor_designated() {
    for state in ["SUSPENDED", "PENDING_CLOSURE"] {
        let trusted = format!("  trustedServices: [{DETECTIVE}]\n");
        let scenario = undesignated(&trusted).replace("name: app,", &format!("name: app, state: {state},"));
        let emulator = start(&scenario).await;
        assert_eq!(refusal(&emulator).await, "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR");
        let (code, message) = not_designated(&emulator).await;
        assert_eq!((code.as_str(), message.contains("is not active")), ("ValidationException", true), "{message}");
    }
}

#[tokio::test]
async fn an_organization_without_all_features_shares_no_service() {
    let emulator = start(&undesignated("  featureSet: CONSOLIDATED_BILLING\n")).await;
    assert_eq!(refusal(&emulator).await, "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE");
    let enable = organizations(&emulator, MANAGEMENT).enable_aws_service_access().service_principal(DETECTIVE);
    assert_eq!(code(enable.send().await), "ConstraintViolationException");
    let (code, message) = not_designated(&emulator).await;
    assert_eq!((code.as_str(), message.contains("all features")), ("ValidationException", true), "{message}");
}

#[tokio::test]
async fn an_administrator_is_registered_only_for_a_service_with_trusted_access_and_designating_enables_it() {
    let emulator = start(&undesignated("")).await;
    assert_eq!(refusal(&emulator).await, "SERVICE_ACCESS_NOT_ENABLED");
    let client = organizations(&emulator, MANAGEMENT);
    client.enable_aws_service_access().service_principal(DETECTIVE).send().await.unwrap();
    client.register_delegated_administrator().account_id(APP).service_principal(DETECTIVE).send().await.unwrap();
    let emulator = start(&undesignated("")).await;
    let management = detective(&emulator, MANAGEMENT, "us-east-1");
    management.enable_organization_admin_account().account_id(APP).send().await.unwrap();
    let delegated = organizations(&emulator, MANAGEMENT).list_delegated_administrators().send().await.unwrap();
    assert_eq!(delegated.delegated_administrators()[0].id(), Some(APP));
}

#[tokio::test]
async fn detective_has_one_delegated_administrator() {
    let emulator = start(&undesignated(DELEGATED)).await;
    assert_eq!(refusal(&emulator).await, "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED");
    assert_eq!(not_designated(&emulator).await.0, "ValidationException");
}
