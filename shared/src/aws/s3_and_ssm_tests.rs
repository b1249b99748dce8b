//! Tests of the calls to S3 and Systems Manager: what is sent, and how responses are read. The requests end in an HTTP client that
//! records them.

use std::sync::{Arc, Mutex};

use aws_config::retry::RetryConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::aws::s3::{Bucket, Existing};
use crate::aws::ssm::get_parameter;
use crate::error::{CallCause, CallError};

/// An HTTP client's responses, the last of which is repeated, and the requests that it was sent.
#[derive(Debug, Clone)]
struct Recorder {
    responses: Arc<Vec<(u16, &'static str)>>,
    requests: Arc<Mutex<Vec<HttpRequest>>>,
}

impl HttpConnector for Recorder {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let mut requests = self.requests.lock().expect("nobody panics with the lock");
        let (status, body) = self.responses.get(requests.len()).or(self.responses.last()).expect("there is a response");
        let body = SdkBody::from(*body);
        *request.body_mut() = SdkBody::empty();
        requests.push(request);
        HttpConnectorFuture::ready(Ok(HttpResponse::new((*status).try_into().expect("a status"), body)))
    }
}

impl Recorder {
    fn new(responses: &[(u16, &'static str)]) -> Self {
        Self { responses: Arc::new(responses.to_vec()), requests: Arc::default() }
    }

    /// Settings for calls in a Region that end here.
    fn settings(&self, region: &str) -> aws_types::sdk_config::Builder {
        let connector = SharedHttpConnector::new(self.clone());
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
            .region(Region::new(region.to_owned()))
            .retry_config(RetryConfig::standard())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
    }

    /// The URLs of the requests so far.
    fn urls(&self) -> Vec<String> {
        let requests = self.requests.lock().expect("nobody panics with the lock");
        requests.iter().map(|request| request.uri().to_owned()).collect()
    }
}

const PARAMETER: &str = r#"{"Parameter": {"Value": "{}"}}"#;

fn bucket(name: &str) -> Bucket {
    Bucket { name: name.to_owned(), owner: None }
}

async fn put(config: &SdkConfig, name: &str, key: &str) -> Result<String, CallError> {
    bucket(name).put(config, key, "text/csv", Vec::new(), Existing::Any).await
}

/// The URL to which an object is put, with an endpoint for all services or AWS's own.
async fn object_url(endpoint: Option<&str>, bucket: &str, key: &str) -> String {
    let recorder = Recorder::new(&[(200, "")]);
    let mut settings = recorder.settings("eu-west-1");
    settings.set_endpoint_url(endpoint.map(str::to_owned));
    put(&settings.build(), bucket, key).await.expect("the object is put");
    recorder.urls().swap_remove(0)
}

/// By AWS's endpoint rules (those of botocore 1.44.8), for each partition and for a Region that they do not know. The columns:
/// Region, FIPS, dual stack, the host of Systems Manager and that of a bucket.
#[tokio::test]
async fn endpoints_are_those_of_the_region_s_partition() {
    for row in include_str!("endpoints.txt").lines() {
        let [region, fips, dual_stack, ssm, s3] = row.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("{row} has five columns");
        };
        let recorder = Recorder::new(&[(200, PARAMETER)]);
        let settings = recorder.settings(region).use_fips(fips == "fips").use_dual_stack(dual_stack == "dual");
        let config = settings.build();
        get_parameter(&config, "/policy").await.expect("the parameter is read");
        let put = put(&config, "reports", "latest.json").await;
        let mut expected = vec![format!("https://{ssm}/")];
        match s3 {
            "none" => assert_eq!(put.expect_err(row).cause, CallCause::InvalidConfiguration),
            host => expected.push(format!("https://{host}/latest.json")),
        }
        assert_eq!(recorder.urls(), expected, "{row}");
    }
}

#[tokio::test]
async fn buckets_whose_names_are_no_host_labels_are_in_the_path() {
    for bucket in ["with.dots", "ab", "-abc", "abc-", "UPPER", "under_score", &"long".repeat(16)] {
        let url = object_url(None, bucket, "latest.json").await;
        assert_eq!(url, format!("https://s3.eu-west-1.amazonaws.com/{bucket}/latest.json"));
    }
}

#[tokio::test]
async fn keys_are_percent_encoded_but_for_their_slashes() {
    let url = object_url(None, "reports", "a/b c+d?e#f%g~h/ü.csv").await;
    assert_eq!(url, "https://reports.s3.eu-west-1.amazonaws.com/a/b%20c%2Bd%3Fe%23f%25g~h/%C3%BC.csv");
}

#[tokio::test]
async fn a_custom_endpoint_has_the_bucket_in_the_path() {
    let url = object_url(Some("http://localhost:4566"), "reports", "a.csv").await;
    assert_eq!(url, "http://localhost:4566/reports/a.csv");
}

/// Endpoints of single services, by their ids.
#[derive(Debug)]
struct OfService;

impl LoadServiceConfig for OfService {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        (key.env() == "AWS_ENDPOINT_URL").then(|| format!("http://{}.example.com", key.service_id().to_lowercase()))
    }
}

#[tokio::test]
async fn a_service_s_own_endpoint_comes_before_that_of_all_services() {
    let recorder = Recorder::new(&[(200, PARAMETER)]);
    let settings = recorder.settings("eu-west-1").service_config(OfService);
    let config = settings.endpoint_url("http://localhost:4566").build();
    get_parameter(&config, "/policy").await.expect("the parameter is read");
    bucket("reports").get(&config, "a.csv", 9).await.expect("the object is read");
    assert_eq!(recorder.urls(), ["http://ssm.example.com/", "http://s3.example.com/reports/a.csv"]);
}

#[tokio::test]
async fn a_custom_endpoint_that_must_be_fips_or_dual_stack_is_an_error() {
    for (fips, dual_stack) in [(true, false), (false, true)] {
        let recorder = Recorder::new(&[(200, PARAMETER)]);
        let settings = recorder.settings("eu-west-1").endpoint_url("http://localhost:4566");
        let config = settings.use_fips(fips).use_dual_stack(dual_stack).build();
        let error = get_parameter(&config, "/policy").await.expect_err("they exclude each other");
        assert_eq!((error.cause, recorder.urls().len()), (CallCause::InvalidConfiguration, 0));
    }
}

#[tokio::test]
async fn requests_name_the_application_and_are_signed_for_the_service_and_the_region() {
    let recorder = Recorder::new(&[(200, PARAMETER)]);
    let name = AppName::new("detective-onboarding").expect("a name");
    get_parameter(&recorder.settings("eu-west-1").app_name(name).build(), "/policy").await.expect("it is read");
    let requests = recorder.requests.lock().expect("nobody panics with the lock");
    let header = |name: &str| requests[0].headers().get(name).expect("the header is there");
    assert!(header("user-agent").contains("app/detective-onboarding"), "{}", header("user-agent"));
    assert!(header("authorization").contains("/eu-west-1/ssm/aws4_request"), "{}", header("authorization"));
}

#[tokio::test(start_paused = true)]
async fn calls_that_were_throttled_or_failed_for_a_moment_are_made_again() {
    let refusals = [
        (400, r#"{"__type": "com.amazonaws.ssm#ThrottlingException", "message": "Rate exceeded"}"#),
        (503, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"),
        (400, "<Error><Code>RequestTimeout</Code><Message>Idle connections are closed.</Message></Error>"),
        (500, ""),
    ];
    for refusal in refusals {
        let recorder = Recorder::new(&[refusal, (200, PARAMETER)]);
        let config = recorder.settings("eu-west-1").build();
        get_parameter(&config, "/policy").await.expect("the second attempt succeeds");
        assert_eq!(recorder.urls().len(), 2, "{refusal:?}");
    }
}

#[tokio::test]
async fn errors_have_the_service_s_code_and_message() {
    let cases = [
        (400, r#"{"__type": "AccessDeniedException", "Message": "No <way>"}"#, "AccessDeniedException", "No <way>"),
        (400, r#"{"__type": "a.b#InvalidKeyId:http://a/", "message": "The key"}"#, "InvalidKeyId", "The key"),
        (
            400,
            r#"{"__type": "ParameterNotFound", "message": ""}"#,
            "ParameterNotFound",
            "AWS answered with HTTP status 400",
        ),
        (
            403,
            "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>&quot;A&quot; &amp;lt; B&apos;s &lt;C&gt;</Message>\
             <RequestId>1</RequestId></Error>",
            "AccessDenied",
            "\"A\" &lt; B's <C>",
        ),
        (
            403,
            "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\n  <Error>\n    <Type>Sender</Type>\n    \
             <Code>AuthorizationError</Code>\n    <Message>No way</Message>\n  </Error>\n</ErrorResponse>",
            "AuthorizationError",
            "No way",
        ),
        (403, "<html><body>Forbidden", "Http403", "AWS answered with HTTP status 403"),
        (418, "", "Http418", "AWS answered with HTTP status 418"),
    ];
    for (status, body, code, message) in cases {
        let recorder = Recorder::new(&[(status, body)]);
        let config = recorder.settings("eu-west-1").build();
        let error = bucket("reports").get(&config, "a.csv", 9).await.expect_err("the call fails");
        let expected = format!("GetObject failed: {code}: {message}");
        assert_eq!(error.to_string(), expected);
        assert_eq!(recorder.urls().len(), 1, "{body}");
    }
}

#[tokio::test]
async fn an_object_that_is_not_there_is_none() {
    let recorder = Recorder::new(&[(404, "<Error><Code>NoSuchKey</Code><Message>No such key.</Message></Error>")]);
    let config = recorder.settings("eu-west-1").build();
    assert_eq!(bucket("reports").get(&config, "a.csv", 9).await, Ok(None));
}

#[tokio::test]
async fn a_call_for_a_bucket_names_its_owner_how_much_it_reads_and_what_it_expects_to_replace() {
    let recorder = Recorder::new(&[(200, "{}")]);
    let config = recorder.settings("eu-west-1").build();
    let owned = Bucket { owner: Some("111122223333".parse().expect("an id")), ..bucket("reports") };
    owned.get(&config, "a.json", 100).await.expect("the object is read");
    for existing in [Existing::Any, Existing::None, Existing::Tagged("\"t\"".to_owned())] {
        owned.put(&config, "a.json", "application/json", Vec::new(), existing).await.expect("the object is put");
    }
    bucket("reports").get(&config, "a.json", 100).await.expect("the object is read");
    let requests = recorder.requests.lock().expect("nobody panics with the lock");
    let headers = |name: &str| requests.iter().map(|request| request.headers().get(name)).collect::<Vec<_>>();
    let owner = Some("111122223333");
    assert_eq!(headers("x-amz-expected-bucket-owner"), [owner, owner, owner, owner, None]);
    assert_eq!(headers("range"), [Some("bytes=0-100"), None, None, None, Some("bytes=0-100")]);
    assert_eq!(headers("if-none-match"), [None, None, Some("*"), None, None]);
    assert_eq!(headers("if-match"), [None, None, None, Some("\"t\""), None]);
}
