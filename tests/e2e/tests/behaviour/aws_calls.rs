//! Calls to S3 and Systems Manager, for which the functions have no client of the SDK: they are retried, report AWS's errors and
//! go where the environment sends them, as the SDK's clients do.

use std::net::TcpListener;

use detective_emulator::{Cloud, Effect, ErrorEffect, Fault};

use end_to_end::edit::edit;
use end_to_end::environment::Environment;
use end_to_end::report::report;
use end_to_end::scenario::{ADMINISTRATOR, partly_covered};
use end_to_end::template::{template, without_retries};

const PARAMETERS: [(&str, &str); 3] = [
    ("DetectiveRegions", "us-east-1"),
    ("CoveragePolicyParameter", "/security/policy"),
    ("ReportBucket", "coverage-reports"),
];

/// What every run calls: Systems Manager for its policy, S3 for its reports.
fn provide(cloud: &Cloud) {
    cloud.put_parameter(
        ADMINISTRATOR,
        "us-east-1",
        "/security/policy",
        r#"{"include": [{"account": "333333333333"}]}"#,
    );
    cloud.put_bucket(ADMINISTRATOR, "coverage-reports");
}

fn refused(operation: &str, code: &str, status: u16, message: &str) -> Fault {
    let error = ErrorEffect { code: code.into(), status: Some(status), message: Some(message.into()) };
    Fault::on(operation, Effect::Error(error))
}

#[tokio::test]
async fn throttled_calls_to_s3_and_systems_manager_are_retried() {
    let environment = Environment::start_with(partly_covered(), &template(), &PARAMETERS).await;
    provide(environment.aws());
    environment.aws().set_faults(vec![
        Fault { times: Some(1), ..refused("GetParameter", "ThrottlingException", 400, "Rate exceeded") },
        Fault { times: Some(1), ..refused("PutObject", "SlowDown", 503, "Please reduce your request rate.") },
    ]);
    report(environment.reconcile().await);
    assert_eq!(environment.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
    assert_eq!(environment.aws().objects("coverage-reports").len(), 7);
    assert_eq!((environment.calls("GetParameter"), environment.calls("PutObject")), (2, 8));
}

#[tokio::test]
async fn refused_calls_to_s3_and_systems_manager_are_not_retried_and_report_the_message_of_aws() {
    let message = "User: arn:aws:sts::222222222222:assumed-role/reconciler is not authorized";
    for (operation, code) in [("GetParameter", "AccessDeniedException"), ("PutObject", "AccessDenied")] {
        let environment = Environment::start_with(partly_covered(), &template(), &PARAMETERS).await;
        provide(environment.aws());
        environment.aws().set_faults(vec![refused(operation, code, 403, message)]);
        let error = environment.reconcile().await.outcome.expect_err("the call is refused");
        let expected = format!("{operation} failed: {code}: {message}");
        assert!(error.error_message.contains(&expected), "{}", error.error_message);
        assert_eq!(environment.calls(operation), environment.cloud.invocations().len(), "{operation}");
    }
}

#[tokio::test]
async fn calls_to_s3_and_systems_manager_go_to_their_own_endpoints() {
    // An endpoint that closes every connection.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().for_each(drop));
    for (service, operation) in [("SSM", "GetParameter"), ("S3", "GetObject")] {
        let level = "        LOG_LEVEL: !Ref LogLevel\n";
        let with_endpoint = format!("{level}        AWS_ENDPOINT_URL_{service}: http://{address}\n");
        let template = edit(&without_retries(), level, &with_endpoint);
        let environment = Environment::start_with(partly_covered(), &template, &PARAMETERS).await;
        provide(environment.aws());
        let error = environment.reconcile().await.outcome.expect_err("there is no response");
        let expected = format!("{operation} failed: ConnectionFailure: ");
        assert!(error.error_message.contains(&expected), "{}", error.error_message);
        assert_eq!((environment.calls(operation), environment.calls("ListGraphs") > 0), (0, true));
    }
}
