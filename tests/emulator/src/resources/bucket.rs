//! Amazon S3 buckets and their objects.

use std::collections::BTreeMap;

/// All buckets, by name.
#[derive(Debug, Default)]
pub(crate) struct Buckets(pub(crate) BTreeMap<String, Bucket>);

/// A bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    /// The account that may use it.
    pub(crate) account: String,
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
}

impl Buckets {
    /// Makes a bucket, if there is none of that name.
    pub(crate) fn put(&mut self, account: &str, name: &str) {
        let account = account.to_owned();
        self.0.entry(name.to_owned()).or_insert_with(|| Bucket { account, objects: BTreeMap::new() });
    }

    /// The objects of a bucket.
    pub(crate) fn objects(&self, bucket: &str) -> BTreeMap<String, Vec<u8>> {
        self.0.get(bucket).map(|bucket| bucket.objects.clone()).unwrap_or_default()
    }
}
