//! Input that the model does not allow.

use aws_sdk_detective::operation::list_members::ListMembersError;

use crate::setup::{ADMINISTRATOR, SCENARIO, code, detective, graph, invitee, start};

#[tokio::test]
async fn a_wrong_arn_is_refused_with_its_own_error_code() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let error = client.list_members().graph_arn("arn:aws:detective:x").send().await.unwrap_err().into_service_error();
    let ListMembersError::ValidationException(error) = error else { panic!("{error:?}") };
    assert_eq!(error.error_code().unwrap().as_str(), "INVALID_GRAPH_ARN");
    assert!(error.error_code_reason().unwrap().contains("'graphArn'"));
}

#[tokio::test]
async fn more_than_fifty_accounts_and_more_than_two_hundred_results_are_refused() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    let accounts = (0..51).map(|number| invitee(&format!("{number:012}"), "a@example.com")).collect();
    assert_eq!(
        code(client.create_members().graph_arn(&arn).set_accounts(Some(accounts)).send().await),
        "ValidationException"
    );
    assert_eq!(code(client.list_members().graph_arn(&arn).max_results(201).send().await), "ValidationException");
    assert_eq!(code(client.list_members().graph_arn(&arn).max_results(0).send().await), "ValidationException");
    assert_eq!(
        code(client.get_members().graph_arn(&arn).set_account_ids(Some(vec![])).send().await),
        "ValidationException"
    );
}

#[tokio::test]
async fn an_operation_that_is_not_emulated_answers_501_and_its_name() {
    let emulator = start(SCENARIO).await;
    let client = crate::setup::organizations(&emulator, "111111111111");
    let error = client.delete_organization().send().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 501);
    assert!(format!("{:?}", error.into_service_error()).contains("organizations:DeleteOrganization is not emulated"));
}
