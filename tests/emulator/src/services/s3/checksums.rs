//! Whether an object arrived as it was sent.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::Value;
use sha2::Sha256;

use crate::protocol::error::AwsError;

/// Checks what a request says of the bytes that it puts. Gives the headers that confirm it.
pub(super) fn check(body: &[u8], input: &Value) -> Result<Vec<(&'static str, String)>, AwsError> {
    if let Some(other) =
        input["ChecksumAlgorithm"].as_str().filter(|algorithm| !["CRC32", "SHA256"].contains(algorithm))
    {
        return Err(AwsError::not_implemented(&format!("ChecksumAlgorithm {other} of s3:PutObject")));
    }
    if let Some(expected) = input["ContentMD5"].as_str()
        && expected != STANDARD.encode(Md5::digest(body))
    {
        let message = "The Content-MD5 you specified did not match what we received.";
        return Err(AwsError::new("BadDigest", 400, message));
    }
    let mut confirmed = Vec::new();
    let crc = crc32fast::hash(body).to_be_bytes();
    for (member, header, found) in [
        ("ChecksumCRC32", "x-amz-checksum-crc32", STANDARD.encode(crc)),
        ("ChecksumSHA256", "x-amz-checksum-sha256", STANDARD.encode(Sha256::digest(body))),
    ] {
        match input[member].as_str() {
            Some(expected) if expected != found => {
                let name = header.trim_start_matches("x-amz-checksum-").to_uppercase();
                let message = format!("The {name} you specified did not match the calculated checksum.");
                return Err(AwsError::new("BadDigest", 400, message));
            }
            Some(_) => confirmed.push((header, found)),
            None => {}
        }
    }
    Ok(confirmed)
}
