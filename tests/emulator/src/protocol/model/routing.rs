//! Which operation a request of a REST protocol is for.

use std::cmp::Reverse;

use http::HeaderMap;
use serde_json::{Map, Value};

use crate::protocol::model::definition::{Http, Model, Operation};
use crate::protocol::percent::{percent_decoded, query_pairs};

/// What a request is for.
#[derive(Debug)]
pub(crate) enum Route<'a> {
    /// An operation, and the parameters in the path.
    Operation(&'a Operation, Map<String, Value>),
    /// An operation that AWS has and the emulator does not.
    NotEmulated(&'a str),
}

/// A request, as far as it names an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
}

impl Model {
    /// What a request is for: of several operations that fit, the one that asks for most; and the first by name, where AWS tells
    /// operations apart by the host.
    pub(crate) fn route(&self, target: Target<'_>) -> Option<Route<'_>> {
        let emulated = self.operations.values().filter_map(|operation| {
            let (rank, parameters) = target.fits(&operation.http, &operation.selectors)?;
            Some((rank, Route::Operation(operation, parameters)))
        });
        let others = self.not_emulated.iter().filter_map(|(name, other)| {
            let (rank, _) = target.fits(other.http.as_ref()?, &other.selectors)?;
            Some((rank, Route::NotEmulated(name)))
        });
        emulated.chain(others).min_by_key(|(rank, _)| Reverse(*rank)).map(|(_, route)| route)
    }
}

impl Target<'_> {
    /// How much of the request an operation asks for, and the parameters in the path; `None` if it is for another one.
    fn fits(&self, http: &Http, selectors: &[String]) -> Option<(usize, Map<String, Value>)> {
        if http.method != self.method {
            return None;
        }
        let (template, literals) = http.request_uri.split_once('?').unwrap_or((&http.request_uri, ""));
        let (literal_segments, parameters) = in_path(template, self.path)?;
        let pairs: Vec<(String, String)> = query_pairs(self.query).collect();
        let asked = |literal: &str| {
            let (name, value) = literal.split_once('=').unwrap_or((literal, ""));
            pairs.iter().any(|(key, found)| key == name && (value.is_empty() || value == found))
        };
        let literals: Vec<&str> = literals.split('&').filter(|literal| !literal.is_empty()).collect();
        let selected = |selector: &String| match selector.strip_prefix('?') {
            Some(name) => asked(name),
            None => self.headers.contains_key(selector),
        };
        let fits = literals.iter().all(|literal| asked(literal)) && selectors.iter().all(selected);
        fits.then_some((literal_segments + literals.len() + selectors.len(), parameters))
    }
}

/// How many segments of a path a template names, and the parameters that it has there. The last parameter takes the rest.
fn in_path(template: &str, path: &str) -> Option<(usize, Map<String, Value>)> {
    let (mut literals, mut parameters) = (0, Map::new());
    let mut rest = Some(path.strip_prefix('/')?).filter(|rest| !rest.is_empty());
    let mut segments = template.trim_matches('/').split('/').filter(|segment| !segment.is_empty()).peekable();
    while let Some(segment) = segments.next() {
        let Some(name) = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else {
            let (first, after) = split(rest?);
            if first != segment {
                return None;
            }
            literals += 1;
            rest = after;
            continue;
        };
        // Only the key of an object is as long as the path; but an ARN may have a slash, too.
        let takes_rest = segments.peek().is_none() && (name.ends_with('+') || name.ends_with("Arn"));
        let (value, after) = if takes_rest { (rest?, None) } else { split(rest?) };
        let value = Some(value).filter(|value| !value.is_empty())?;
        parameters.insert(name.trim_end_matches('+').to_owned(), percent_decoded(value).into());
        rest = after;
    }
    rest.is_none_or(str::is_empty).then_some((literals, parameters))
}

fn split(path: &str) -> (&str, Option<&str>) {
    match path.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static DETECTIVE: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/detective.json")));
    static S3: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/s3.json")));

    fn route(model: &Model, method: &str, uri: &str) -> (String, Map<String, Value>) {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        match model.route(Target { method, path, query, headers: &HeaderMap::new() }).expect("it is an operation") {
            Route::Operation(operation, parameters) => (operation.name.clone(), parameters),
            Route::NotEmulated(name) => (format!("no {name}"), Map::new()),
        }
    }

    #[test]
    fn a_path_parameter_is_decoded() {
        let (operation, parameters) = route(&DETECTIVE, "POST", "/tags/arn%3Aaws%3Adetective");
        assert_eq!((operation.as_str(), &parameters["ResourceArn"]), ("TagResource", &"arn:aws:detective".into()));
    }

    #[test]
    fn operations_of_one_path_are_told_apart_by_what_the_request_has() {
        for (method, uri, expected) in [
            ("GET", "/", "no ListBuckets"),
            ("GET", "/bucket", "no ListObjects"),
            ("GET", "/bucket/?list-type=2&prefix=a", "ListObjectsV2"),
            ("GET", "/bucket?acl", "no GetBucketAcl"),
            ("HEAD", "/bucket", "HeadBucket"),
            ("GET", "/bucket/a/b?x-id=GetObject", "GetObject"),
            ("GET", "/bucket/a/b?tagging", "no GetObjectTagging"),
            ("PUT", "/bucket/a/b?partNumber=1&uploadId=x", "no UploadPart"),
        ] {
            assert_eq!(route(&S3, method, uri).0, expected, "{method} {uri}");
        }
        assert_eq!(route(&S3, "GET", "/bucket/a%26b/c%20d").1["Key"], "a&b/c d");
    }
}
