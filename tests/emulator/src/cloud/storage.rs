//! The buckets and parameters of the cloud.

use std::collections::BTreeMap;

use crate::cloud::handle::Cloud;

impl Cloud {
    /// Makes a bucket, which that account may use.
    pub fn put_bucket(&self, account: &str, name: &str) {
        self.lock().buckets.put(account, name);
    }

    /// The objects of a bucket, by key.
    pub fn objects(&self, bucket: &str) -> BTreeMap<String, Vec<u8>> {
        self.lock().buckets.objects(bucket)
    }

    /// Sets a Systems Manager parameter.
    pub fn put_parameter(&self, name: &str, value: &str) {
        self.lock().parameters.insert(name.to_owned(), value.to_owned());
    }
}
