//! Bodies of the `aws-chunked` encoding: chunks that each begin with their size, and trailers after them.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};

/// What a body holds, and the headers of the request with the trailers after the body. A body of another encoding is what it is.
pub(crate) fn unchunked(parts: &Parts, body: &[u8]) -> (Vec<u8>, HeaderMap) {
    let mut headers = parts.headers.clone();
    let hash = parts.headers.get("x-amz-content-sha256").and_then(|hash| hash.to_str().ok());
    if !hash.is_some_and(|hash| hash.starts_with("STREAMING-")) {
        return (body.to_vec(), headers);
    }
    // Of the encodings of the content, this one is not the object's.
    let others: Vec<&str> = (parts.headers.get("content-encoding").and_then(|encoding| encoding.to_str().ok()))
        .into_iter()
        .flat_map(|encodings| encodings.split(',').map(str::trim))
        .filter(|encoding| !["aws-chunked", ""].contains(encoding))
        .collect();
    match HeaderValue::from_str(&others.join(",")) {
        Ok(encoding) if !others.is_empty() => headers.insert("content-encoding", encoding),
        _ => headers.remove("content-encoding"),
    };
    let (mut content, mut remaining) = (Vec::new(), body);
    while let Some((line, rest)) = line(remaining) {
        let size = line.split(';').next().and_then(|size| usize::from_str_radix(size, 16).ok()).unwrap_or(0);
        remaining = rest;
        let Some(chunk) = rest.get(..size).filter(|chunk| !chunk.is_empty()) else { break };
        content.extend_from_slice(chunk);
        remaining = rest.get(size + 2..).unwrap_or_default();
    }
    while let Some((trailer, rest)) = line(remaining) {
        remaining = rest;
        if let Some((name, value)) = trailer.split_once(':')
            && let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value.trim()))
        {
            headers.insert(name, value);
        }
    }
    (content, headers)
}

/// The first line, and what follows it.
fn line(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    Some((String::from_utf8_lossy(&bytes[..end]).into_owned(), &bytes[end + 2..]))
}
