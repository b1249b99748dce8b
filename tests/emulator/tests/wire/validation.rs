//! Input that the model does not allow.

use std::io::{Read, Write};
use std::net::TcpStream;

use aws_sdk_detective::operation::describe_organization_configuration::DescribeOrganizationConfigurationError;
use aws_sdk_detective::operation::list_members::ListMembersError;
use detective_emulator::Emulator;

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
async fn a_token_is_for_its_operation_its_arguments_and_its_caller() {
    let members = "organization: true, members: [{account: \"333333333333\"}, {account: \"999999999999\"}]}";
    let emulator = start(&SCENARIO.replace("organization: true}", members)).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    let first = client.list_members().graph_arn(&arn).max_results(1).send().await.unwrap();
    let token = first.next_token().unwrap();
    let list = |arn: &str| client.list_members().graph_arn(arn).next_token(token).send();
    assert_eq!(list(&arn).await.unwrap().member_details().len(), 1, "the size of a page may change");
    assert_eq!(code(client.list_graphs().next_token(token).send().await), "ValidationException");
    let elsewhere = detective(&emulator, ADMINISTRATOR, "eu-west-1");
    let other = graph(&elsewhere).await;
    let other = elsewhere.list_members().graph_arn(other).next_token(token).send().await;
    assert_eq!(code(other), "ValidationException");
    assert_eq!(code(client.list_members().graph_arn(&arn).next_token("!").send().await), "ValidationException");
}

#[tokio::test]
async fn a_graph_that_an_operation_is_not_for_is_named_by_the_error_code() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "eu-west-1");
    let describe = client.describe_organization_configuration().graph_arn(graph(&client).await);
    let refused = describe.send().await.unwrap_err().into_service_error();
    let DescribeOrganizationConfigurationError::ValidationException(error) = refused else { panic!("{refused:?}") };
    assert_eq!(error.error_code().unwrap().as_str(), "INVALID_GRAPH_ARN");
}

#[tokio::test]
async fn the_body_is_empty_where_an_operation_answers_nothing() {
    let emulator = start(SCENARIO).await;
    let organization = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&organization).await;
    // The SDK hides the body.
    let body = format!("{{\"GraphArn\":\"{arn}\",\"AutoEnable\":true}}");
    let answer = post(&emulator, "/orgs/updateOrganizationConfiguration", &body).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    assert!(organization.describe_organization_configuration().graph_arn(&arn).send().await.unwrap().auto_enable());
}

/// The raw answer to a request of the administrator, whose signature is not checked.
async fn post(emulator: &Emulator, path: &str, body: &str) -> String {
    let address = emulator.endpoint_url().replace("http://", "");
    let scope = format!("{ADMINISTRATOR}/20260105/us-east-1/detective/aws4_request");
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\
         x-amz-date: 20260105T090000Z\r\n\
         authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=any\r\n\r\n{body}",
        body.len()
    );
    let send = move || {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    tokio::task::spawn_blocking(send).await.unwrap()
}

#[tokio::test]
async fn an_operation_that_is_not_emulated_answers_501_and_its_name() {
    let emulator = start(SCENARIO).await;
    let client = crate::setup::organizations(&emulator, "111111111111");
    let error = client.delete_organization().send().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 501);
    assert!(format!("{:?}", error.into_service_error()).contains("organizations:DeleteOrganization is not emulated"));
}
