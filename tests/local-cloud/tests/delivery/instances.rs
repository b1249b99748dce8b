//! How a function's process is started, called, stopped and used again.

use serde_json::json;

use crate::double::{ACCOUNT, REGION, cloud};

#[tokio::test]
async fn a_function_answers_and_its_process_is_used_again() {
    let cloud = cloud(&[]).await;
    let first = cloud.invoke(ACCOUNT, "Double", json!({"n": 1})).await;
    let second = cloud.invoke(ACCOUNT, "lambda-double", json!({"n": 2})).await;
    let (first, second) = (first.outcome.unwrap(), second.outcome.unwrap());
    assert_eq!(first["event"], json!({"n": 1}));
    assert_eq!(first["pid"], second["pid"]);
}

#[tokio::test]
async fn what_a_function_writes_belongs_to_the_invocation() {
    let cloud = cloud(&[]).await;
    let first = cloud.invoke(ACCOUNT, "Double", json!({"n": 1})).await;
    let second = cloud.invoke(ACCOUNT, "Double", json!({"n": 2})).await;
    let line = |n: u32| json!({"level": "INFO", "event": {"n": n}});
    assert_eq!(first.log, [json!("started"), line(1), json!("to standard error")]);
    assert_eq!(second.log, [line(2), json!("to standard error")]);
}

#[tokio::test]
async fn a_function_has_the_environment_that_lambda_gives_it_and_no_other() {
    let cloud = cloud(&[]).await;
    let environment = cloud.invoke(ACCOUNT, "Double", json!({"do": "environment"})).await.outcome.unwrap();
    let expected = json!({
        "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION, "AT_START": "",
        "AWS_ENDPOINT_URL": cloud.emulator().endpoint_url(), "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_NAME": "double", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/double",
        "OF_THE_TEMPLATE": REGION, "_HANDLER": "bootstrap", "LAMBDA_TASK_ROOT": "/var/task",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&environment[name], value, "{name}");
    }
    // The credentials are those of a session of the function's role.
    assert!(environment["AWS_ACCESS_KEY_ID"].as_str().unwrap().starts_with("ASIA"), "{environment}");
    for name in ["HOME", "USER", "CARGO_MANIFEST_DIR"] {
        assert!(environment[name].is_null(), "{name} is inherited");
    }
}

#[tokio::test]
async fn an_invocation_has_its_request_id_function_deadline_and_trace() {
    let headers = cloud(&[]).await.invoke(ACCOUNT, "Double", json!({"do": "headers"})).await;
    let request_id = headers.request_id.clone();
    let headers = headers.outcome.unwrap();
    assert_eq!(headers["lambda-runtime-aws-request-id"], request_id);
    assert_eq!(headers["lambda-runtime-invoked-function-arn"], "arn:aws:lambda:eu-west-1:111111111111:function:double");
    assert!(headers["lambda-runtime-deadline-ms"].as_str().unwrap().parse::<u64>().unwrap() > 0);
    assert!(headers["lambda-runtime-trace-id"].as_str().unwrap().starts_with("Root=1-"));
}

#[tokio::test]
async fn an_answer_to_another_invocation_is_refused() {
    let record = cloud(&[]).await.invoke(ACCOUNT, "Double", json!({"do": "wrong-id"})).await;
    assert_eq!(record.outcome.unwrap(), "right");
}

#[tokio::test]
async fn a_process_that_exits_is_an_error_and_is_started_again() {
    let cloud = cloud(&[]).await;
    let error = cloud.invoke(ACCOUNT, "Double", json!({"do": "exit"})).await.outcome.unwrap_err();
    assert_eq!(error.error_type, "Runtime.ExitError");
    assert!(
        error.error_message.ends_with("Error: Runtime exited with error: exit status 7"),
        "{}",
        error.error_message
    );
    let error = cloud.invoke(ACCOUNT, "Double", json!({"do": "abort"})).await.outcome.unwrap_err();
    assert!(error.error_message.contains("signal"), "{}", error.error_message);
    assert!(cloud.invoke(ACCOUNT, "Double", json!({})).await.outcome.is_ok());
}

#[tokio::test]
async fn a_function_that_takes_longer_than_its_timeout_is_stopped_and_started_again() {
    let cloud = cloud(&[]).await;
    let error = cloud.invoke(ACCOUNT, "Double", json!({"do": "hang"})).await.outcome.unwrap_err();
    assert_eq!(error.error_type, "Sandbox.Timedout");
    assert!(error.error_message.ends_with("Task timed out after 1.00 seconds"), "{}", error.error_message);
    assert!(cloud.invoke(ACCOUNT, "Double", json!({})).await.outcome.is_ok());
}

#[tokio::test]
async fn a_runtime_that_cannot_start_reports_why() {
    let error =
        cloud(&[("AtStart", "init-error")]).await.invoke(ACCOUNT, "Double", json!({})).await.outcome.unwrap_err();
    assert_eq!((error.error_type.as_str(), error.error_message.as_str()), ("Double.Init", "it cannot start"));
    let error = cloud(&[("AtStart", "exit")]).await.invoke(ACCOUNT, "Double", json!({})).await.outcome.unwrap_err();
    assert_eq!(error.error_type, "Runtime.ExitError");
}
