//! How many requests the emulator answers.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use detective_emulator::{Cloud, Emulator};
use futures_util::future::try_join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::scenarios::{self, ADMINISTRATOR};
use crate::statistics::{count, seconds, time};
use crate::{Failure, table};

/// The table's heading in docs/benchmarks.md.
pub(crate) const HEADING: [&str; 3] = ["Request", "Answers a second", "Each"];
/// How many connections send requests at once, each one request after the other.
const CONNECTIONS: usize = 8;

/// A request, and how long a number of them took.
struct Case {
    name: &'static str,
    request: Vec<u8>,
    count: usize,
    times: Vec<Duration>,
}

/// Measures every request in turns.
pub(crate) async fn measure(quick: bool) -> Result<String, Failure> {
    let rounds = if quick { 2 } else { 20 };
    let graph = format!("organization: true, enabledAccounts: {}", 1200);
    let scenario = scenarios::organization(10_000, &["us-east-1"], &graph)?;
    let emulator = Emulator::start(Cloud::new(&scenario)?).await?;
    let address: SocketAddr = emulator.endpoint_url().trim_start_matches("http://").parse()?;
    let graphs = emulator.cloud().snapshot().graphs;
    let graph = graphs.first().ok_or("the scenario has a graph")?;
    let member = graph.members.first().ok_or("the graph has members")?;
    let (arn, id) = (&graph.arn, &member.account_id);
    let detective = |path: &str, body: String| request("detective", &format!("POST {path} HTTP/1.1\r\n"), &body);
    let organizations = |operation: &str, body: &str| {
        let head = format!("POST / HTTP/1.1\r\nx-amz-target: AWSOrganizationsV20161128.{operation}\r\n");
        request("organizations", &head, body)
    };
    let case = |name, request, count| Case { name, request, count, times: Vec::new() };
    let one = format!("{{\"GraphArn\":\"{arn}\",\"AccountIds\":[\"{id}\"]}}");
    let page = format!("{{\"GraphArn\":\"{arn}\",\"MaxResults\":200}}");
    let mut cases = [
        case("GetMembers, one of 1,200", detective("/graph/members/get", one), 4000),
        case("ListMembers, 200 of 1,200", detective("/graph/members/list", page), 400),
        case(
            "DescribeAccount, one of 10,000",
            organizations("DescribeAccount", &format!("{{\"AccountId\":\"{id}\"}}")),
            4000,
        ),
        case("ListAccounts, 20 of 10,000", organizations("ListAccounts", "{\"MaxResults\":20}"), 2000),
    ];
    for _ in 0..rounds {
        for case in &mut cases {
            emulator.cloud().reset(&scenario)?;
            let start = Instant::now();
            try_join_all((0..CONNECTIONS).map(|_| exchange(address, &case.request, case.count / CONNECTIONS))).await?;
            case.times.push(start.elapsed());
        }
    }
    Ok(write(&cases, rounds))
}

/// A request as an SDK signs it for the administrator; the emulator checks no signature of a key that is an account id.
fn request(service: &str, head: &str, body: &str) -> Vec<u8> {
    let scope = format!("{ADMINISTRATOR}/20260105/us-east-1/{service}/aws4_request");
    let length = body.len();
    format!(
        "{head}host: 127.0.0.1\r\ncontent-type: application/x-amz-json-1.1\r\nx-amz-date: 20260105T090000Z\r\n\
         authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=00\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Sends a request `times` times over one connection, each after the response to the one before.
async fn exchange(address: SocketAddr, request: &[u8], times: usize) -> Result<(), Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut response = Vec::new();
    for _ in 0..times {
        stream.write_all(request).await?;
        response.clear();
        while !is_complete(&response)? {
            if stream.read_buf(&mut response).await? == 0 {
                return Err("the emulator closed the connection".into());
            }
        }
    }
    Ok(())
}

/// Whether a response is complete; an error if it is not a success.
fn is_complete(response: &[u8]) -> Result<bool, Failure> {
    let Some(end) = response.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(false) };
    let head = std::str::from_utf8(&response[..end])?.to_ascii_lowercase();
    if !head.starts_with("http/1.1 200") {
        return Err(format!("the emulator answered {}", String::from_utf8_lossy(response)).into());
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.ok_or("the response has no content-length")?.trim().parse()?;
    Ok(response.len() >= end + 4 + length)
}

fn write(cases: &[Case], rounds: usize) -> String {
    let rows: Vec<[String; 3]> = cases
        .iter()
        .map(|case| {
            let each = seconds(&case.times) / case.count as f64;
            [case.name.to_owned(), count((1.0 / each) as usize), time(each)]
        })
        .collect();
    let mut text = table::markdown(HEADING, &rows);
    text.push_str(&format!(
        "\nMedians of {rounds} runs in turns, over {CONNECTIONS} connections; the emulator and its clients share the \
         machine.\n"
    ));
    text
}
