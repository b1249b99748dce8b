//! A function that does what its event asks for, for the tests of Lambda's semantics. It speaks the Runtime API itself.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

fn main() {
    match std::env::var("AT_START").as_deref() {
        Ok("exit") => std::process::exit(3),
        Ok("init-error") => {
            let body = json!({"errorType": "Double.Init", "errorMessage": "it cannot start"}).to_string();
            call("POST", "/2018-06-01/runtime/init/error", &body);
            std::process::exit(1);
        }
        _ => {}
    }
    println!("started");
    let mut failures = 0;
    loop {
        let (headers, event) = call("GET", "/2018-06-01/runtime/invocation/next", "");
        let id = headers["lambda-runtime-aws-request-id"].clone();
        let event: Value = serde_json::from_str(&event).expect("an event is JSON");
        println!("{}", json!({"level": "INFO", "event": event}));
        eprintln!("to standard error");
        // A batch of messages is what its first message asks for.
        let message = event["Records"][0]["body"].as_str().and_then(|body| serde_json::from_str(body).ok());
        let order: Value = message.unwrap_or_else(|| event.clone());
        match order["do"].as_str() {
            Some("fail") => fail(&id),
            // With an error of that many bytes and some more.
            Some("fail-at-length") => fail_with(&id, &"x".repeat(size(&order))),
            // As often as the event asks, and then no more.
            Some("fail-at-first") if failures < order["times"].as_u64().unwrap_or_default() => {
                failures += 1;
                fail(&id);
            }
            Some("exit") => std::process::exit(7),
            Some("abort") => std::process::abort(),
            Some("hang") => loop {
                std::thread::park();
            },
            // A response of that many bytes, quotes included.
            Some("respond") => answer(&id, &json!("x".repeat(size(&order) - 2))),
            Some("log") => {
                println!("{}", json!({"text": "x".repeat(size(&order) - 11)}));
                answer(&id, &json!({}));
            }
            Some("environment") => answer(&id, &json!(std::env::vars().collect::<BTreeMap<_, _>>())),
            Some("headers") => answer(&id, &json!(headers)),
            Some("send-again") => {
                let body = json!({"QueueUrl": queue_url(), "MessageBody": order.to_string()});
                sqs("SendMessage", &body, &headers["lambda-runtime-trace-id"]);
                answer(&id, &json!({}));
            }
            // The messages come again after the seconds that they ask for.
            Some("retry") => {
                let records = event["Records"].as_array().cloned().unwrap_or_default();
                for record in &records {
                    let body = json!({"QueueUrl": queue_url(), "ReceiptHandle": record["receiptHandle"],
                        "VisibilityTimeout": order["seconds"]});
                    sqs("ChangeMessageVisibility", &body, "");
                }
                let failures: Vec<Value> =
                    records.iter().map(|record| json!({"itemIdentifier": record["messageId"]})).collect();
                answer(&id, &json!({"batchItemFailures": failures}));
            }
            Some("wrong-id") => {
                answer("another", &json!("wrong"));
                answer(&id, &json!("right"));
            }
            _ => answer(&id, &json!({"pid": std::process::id(), "event": event})),
        }
    }
}

fn size(order: &Value) -> usize {
    usize::try_from(order["bytes"].as_u64().expect("the event states it")).expect("it fits")
}

fn answer(id: &str, response: &Value) {
    call("POST", &format!("/2018-06-01/runtime/invocation/{id}/response"), &response.to_string());
}

fn fail(id: &str) {
    fail_with(id, "as the event asks");
}

fn fail_with(id: &str, message: &str) {
    let body = json!({"errorType": "Double.Failed", "errorMessage": message}).to_string();
    call("POST", &format!("/2018-06-01/runtime/invocation/{id}/error"), &body);
}

fn queue_url() -> String {
    std::env::var("QUEUE_URL").expect("the template sets this")
}

/// Calls SQS as the function's account, as an SDK does that passes the trace on.
fn sqs(operation: &str, input: &Value, trace: &str) {
    let endpoint = std::env::var("AWS_ENDPOINT_URL").expect("the local cloud sets this");
    let (region, account) = (std::env::var("AWS_REGION").expect("Lambda sets this"), "111111111111");
    let scope = format!("{account}/20260105/{region}/sqs/aws4_request");
    let headers = format!(
        "x-amz-target: AmazonSQS.{operation}\r\nx-amzn-trace-id: {trace}\r\n\
         authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=any\r\n"
    );
    request(endpoint.trim_start_matches("http://"), "POST / HTTP/1.1", &headers, &input.to_string());
}

/// A request to the Runtime API. Gives the response's headers and body.
fn call(method: &str, path: &str, body: &str) -> (BTreeMap<String, String>, String) {
    let address = std::env::var("AWS_LAMBDA_RUNTIME_API").expect("Lambda sets this");
    request(&address, &format!("{method} {path} HTTP/1.1"), "", body)
}

/// A request on a connection of its own.
fn request(address: &str, line: &str, headers: &str, body: &str) -> (BTreeMap<String, String>, String) {
    let mut stream = TcpStream::connect(address).expect("the server is there");
    let length = body.len();
    write!(stream, "{line}\r\nhost: {address}\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}")
        .expect("the request can be sent");
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).expect("there is a status line");
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("there is a header");
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let mut body = String::new();
    reader.read_to_string(&mut body).expect("the body is text");
    (headers, body)
}
