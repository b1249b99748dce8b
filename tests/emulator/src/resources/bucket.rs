//! Amazon S3 buckets and their objects.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

/// All buckets, by name.
#[derive(Debug, Default)]
pub(crate) struct Buckets(pub(crate) BTreeMap<String, Bucket>);

/// A bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    /// The account that may use it.
    pub(crate) account: String,
    pub(crate) objects: BTreeMap<String, Object>,
}

/// An object.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) body: Vec<u8>,
    pub(crate) content_type: String,
    pub(crate) modified: DateTime<Utc>,
}

/// The content type of an object that was put without one.
pub(crate) const UNKNOWN_CONTENT: &str = "binary/octet-stream";

impl Buckets {
    /// Makes a bucket, if there is none of that name.
    pub(crate) fn put(&mut self, account: &str, name: &str) {
        let account = account.to_owned();
        self.0.entry(name.to_owned()).or_insert_with(|| Bucket { account, objects: BTreeMap::new() });
    }

    /// The objects of a bucket.
    pub(crate) fn objects(&self, bucket: &str) -> BTreeMap<String, Vec<u8>> {
        let objects = self.0.get(bucket).into_iter().flat_map(|bucket| &bucket.objects);
        objects.map(|(key, object)| (key.clone(), object.body.clone())).collect()
    }
}

impl Object {
    /// The entity tag, in quotes. It is the same for the same bytes, and is to be read as nothing else: AWS's are not always a
    /// hash of the object.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html>
    pub(crate) fn tag(&self) -> String {
        let hash = Sha256::digest(&self.body);
        let mut tag = String::from("\"");
        hash[..16].iter().for_each(|byte| write!(tag, "{byte:02x}").expect("a String takes every text"));
        tag + "\""
    }
}
