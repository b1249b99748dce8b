//! Calls to S3 and Systems Manager, for which the functions have no client of the SDK: they are retried, report AWS's errors and
//! go where the environment sends them, as the SDK's clients do.

use std::net::TcpListener;

use detective_emulator::{Cloud, Effect, ErrorEffect, Fault};

use crate::landscape::{Landscape, report, template, without_retries};
use crate::publishing::ORGANIZATION;

const PARAMETERS: [(&str, &str); 3] = [
    ("DetectiveRegions", "us-east-1"),
    ("CoveragePolicyParameter", "/security/policy"),
    ("ReportBucket", "coverage-reports"),
];

/// What every run calls: Systems Manager for its policy, S3 for its reports.
fn provide(cloud: &Cloud) {
    cloud.put_parameter("/security/policy", r#"{"include": [{"account": "333333333333"}]}"#);
    cloud.put_bucket("222222222222", "coverage-reports");
}

fn refused(operation: &str, code: &str, status: u16, message: &str) -> Fault {
    let error = ErrorEffect { code: code.into(), status: Some(status), message: Some(message.into()) };
    Fault::on(operation, Effect::Error(error))
}

#[tokio::test]
async fn throttled_calls_to_s3_and_systems_manager_are_retried() {
    let landscape = Landscape::start_with(ORGANIZATION, &template(), &PARAMETERS).await;
    let cloud = landscape.cloud.emulator().cloud();
    provide(cloud);
    cloud.set_faults(vec![
        Fault { times: Some(1), ..refused("GetParameter", "ThrottlingException", 400, "Rate exceeded") },
        Fault { times: Some(1), ..refused("PutObject", "SlowDown", 503, "Please reduce your request rate.") },
    ]);
    report(landscape.reconcile().await);
    assert_eq!(landscape.status("us-east-1", "333333333333").as_deref(), Some("ENABLED"));
    assert_eq!(cloud.objects("coverage-reports").len(), 3);
    assert_eq!((landscape.calls("GetParameter"), landscape.calls("PutObject")), (2, 4));
}

#[tokio::test]
async fn refused_calls_to_s3_and_systems_manager_are_not_retried_and_report_aws_s_message() {
    let message = "User: arn:aws:sts::222222222222:assumed-role/reconciler is not authorized";
    for (operation, code) in [("GetParameter", "AccessDeniedException"), ("PutObject", "AccessDenied")] {
        let landscape = Landscape::start_with(ORGANIZATION, &template(), &PARAMETERS).await;
        let cloud = landscape.cloud.emulator().cloud();
        provide(cloud);
        cloud.set_faults(vec![refused(operation, code, 403, message)]);
        let error = landscape.reconcile().await.outcome.expect_err("the call is refused");
        let expected = format!("{operation} failed: {code}: {message}");
        assert!(error.error_message.contains(&expected), "{}", error.error_message);
        assert_eq!(landscape.calls(operation), landscape.cloud.invocations().len(), "{operation}");
    }
}

#[tokio::test]
async fn calls_to_s3_and_systems_manager_go_to_their_own_endpoints() {
    // An endpoint that closes every connection.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().for_each(drop));
    for (service, operation) in [("SSM", "GetParameter"), ("S3", "GetObject")] {
        let variables = format!("Variables:\n        AWS_ENDPOINT_URL_{service}: http://{address}\n");
        let template = without_retries().replacen("Variables:\n", &variables, 1);
        let landscape = Landscape::start_with(ORGANIZATION, &template, &PARAMETERS).await;
        provide(landscape.cloud.emulator().cloud());
        let error = landscape.reconcile().await.outcome.expect_err("there is no response");
        let expected = format!("{operation} failed: ConnectionFailure: ");
        assert!(error.error_message.contains(&expected), "{}", error.error_message);
        assert_eq!((landscape.calls(operation), landscape.calls("ListGraphs") > 0), (0, true));
    }
}
