//! What is not an AWS API: the admin API under `/_emulator/`, and the page for people at `/`.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cloud::handle::Cloud;
use crate::resources::span::Span;
use crate::server::account::{self, NewAccount};
use crate::server::page::PAGE;
use crate::server::view::View;
use crate::world::fault::Fault;
use crate::world::scenario::file::Scenario;

/// The highest multiple of real time.
const FASTEST: f64 = 1e6;
const PREFIX: &str = "/_emulator/";

/// What POST clock takes: one of them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum ClockChange {
    Advance(Span),
    AdvanceTo(DateTime<Utc>),
    Rate(f64),
}

/// Answers a request that is not for an AWS service.
pub(crate) fn answer(cloud: &Cloud, view: &Mutex<View>, parts: &Parts, body: &[u8]) -> Option<Response<Vec<u8>>> {
    let path = parts.uri.path();
    let of_a_client = parts.headers.contains_key(http::header::AUTHORIZATION) || parts.uri.query().is_some();
    match path {
        _ if parts.method != Method::GET || of_a_client => {}
        "/" => {
            let mut page = response(StatusCode::OK, "text/html; charset=utf-8", PAGE.as_bytes().to_vec());
            // Whoever frames it could have its buttons clicked.
            let policy = HeaderValue::from_static("frame-ancestors 'none'");
            page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            return Some(page);
        }
        "/favicon.ico" => return Some(response(StatusCode::OK, "image/svg+xml", coverage_page::ICON.into())),
        _ => {}
    }
    let path = path.strip_prefix(PREFIX)?;
    if is_foreign(&parts.headers) {
        let message = "a page of another origin may not use the admin API";
        return Some(json_response(StatusCode::FORBIDDEN, &json!({"message": message})));
    }
    let query = parts.uri.query().unwrap_or_default();
    if path == "view" && parts.method == Method::GET {
        let cursor = parameter(query, "since").unwrap_or_default();
        let mut view = view.lock().unwrap_or_else(PoisonError::into_inner);
        return Some(json_response(StatusCode::OK, &view.answer(&cloud.lock(), cursor)));
    }
    Some(match handle(cloud, &parts.method, path, query, body) {
        Ok(answer) => json_response(StatusCode::OK, &answer),
        Err((status, message)) => json_response(status, &json!({"message": message})),
    })
}

/// Whether a browser sends the request for a page of another origin: one whose `Origin` is not the address that the request
/// goes to, or that goes to a name, which whoever owns it can point here.
fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    let Some(origin) = text(header::ORIGIN) else { return false };
    let host = text(header::HOST).unwrap_or_default();
    let address: Option<Authority> = host.parse().ok();
    let name = address.as_ref().map_or("", |address| address.host());
    let is_address = name == "localhost" || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    !is_address || origin != format!("http://{host}")
}

type Failure = (StatusCode, String);

#[expect(clippy::needless_pass_by_value, reason = "map_err gives the error away")]
fn bad_request(error: impl ToString) -> Failure {
    (StatusCode::BAD_REQUEST, error.to_string())
}

/// A parameter of a query string.
fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

fn handle(cloud: &Cloud, method: &Method, path: &str, query: &str, body: &[u8]) -> Result<Value, Failure> {
    match (method, path) {
        (&Method::GET, "clock") => Ok(clock(cloud)),
        (&Method::POST, "clock") => {
            match serde_json::from_slice(body).map_err(bad_request)? {
                ClockChange::Advance(Span(by)) => cloud.advance(by),
                ClockChange::AdvanceTo(at) => cloud.advance_to(at),
                ClockChange::Rate(rate) if (0.0..=FASTEST).contains(&rate) => cloud.flow(rate),
                ClockChange::Rate(rate) => {
                    return Err(bad_request(format!("rate is {rate}; it should be from 0 to {FASTEST}")));
                }
            }
            Ok(clock(cloud))
        }
        (&Method::GET, "faults") => Ok(json!(cloud.lock().faults.rules())),
        (&Method::PUT, "faults") => {
            let faults: Vec<Fault> = serde_json::from_slice(body).map_err(bad_request)?;
            faults.iter().try_for_each(Fault::check).map_err(bad_request)?;
            cloud.set_faults(faults);
            Ok(json!(cloud.lock().faults.rules()))
        }
        (&Method::POST, "faults") => {
            let fault: Fault = serde_json::from_slice(body).map_err(bad_request)?;
            fault.check().map_err(bad_request)?;
            let mut state = cloud.lock();
            state.faults.add(fault);
            Ok(json!(state.faults.rules()))
        }
        (&Method::DELETE, "faults") => {
            cloud.set_faults(Vec::new());
            Ok(json!([]))
        }
        (&Method::GET, "journal") => {
            let number = |name| parameter(query, name).map(|text| text.parse::<u64>().map_err(bad_request)).transpose();
            let (since, limit) = (number("since")?.unwrap_or(0), number("limit")?.unwrap_or(1000));
            let state = cloud.lock();
            let calls: Vec<_> = state.journal.since(since).take(limit as usize).collect();
            Ok(json!(calls))
        }
        (&Method::GET, "state") => Ok(json!(cloud.snapshot())),
        (&Method::GET, "schema") => Ok(Scenario::json_schema()),
        (&Method::POST, "reset") => {
            let text = std::str::from_utf8(body).map_err(bad_request)?;
            let scenario = if text.trim().is_empty() {
                Scenario::default()
            } else {
                Scenario::from_yaml(text).map_err(bad_request)?
            };
            cloud.reset(&scenario).map_err(bad_request)?;
            Ok(clock(cloud))
        }
        (&Method::POST, "accounts") => {
            let account: NewAccount = serde_json::from_slice(body).map_err(bad_request)?;
            account::create(cloud, &account).map_err(bad_request)
        }
        (&Method::GET, path) if path.starts_with("accounts/") => {
            let id = path.trim_start_matches("accounts/");
            account::history(&cloud.lock(), id)
                .ok_or_else(|| (StatusCode::NOT_FOUND, "no call and no scenario has named that account".to_owned()))
        }
        (_, "accounts" | "clock" | "faults" | "journal" | "reset" | "schema" | "state" | "view") => {
            Err((StatusCode::METHOD_NOT_ALLOWED, format!("{path} does not take {method}")))
        }
        _ => {
            let all = "there are accounts, clock, faults, journal, reset, schema, state and view";
            Err((StatusCode::NOT_FOUND, all.to_owned()))
        }
    }
}

fn clock(cloud: &Cloud) -> Value {
    let mut state = cloud.lock();
    state.catch_up();
    json!({"now": state.now(), "rate": state.clock.rate(), "nextTransition": state.next_transition()})
}

fn json_response(status: StatusCode, value: &Value) -> Response<Vec<u8>> {
    response(status, "application/json", serde_json::to_vec(value).expect("a JSON value can be written"))
}

fn response(status: StatusCode, content: &'static str, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content));
    response
}
