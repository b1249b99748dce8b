//! The buckets and parameters of the cloud.

use std::collections::BTreeMap;

use crate::cloud::handle::Cloud;
use crate::resources::bucket::{Object, UNKNOWN_CONTENT};
use crate::resources::parameter::Version;

impl Cloud {
    /// Makes a bucket, which that account may use.
    pub fn put_bucket(&self, account: &str, name: &str) {
        self.lock().buckets.put(account, name);
    }

    /// The names of all buckets.
    pub fn buckets(&self) -> Vec<String> {
        self.lock().buckets.0.keys().cloned().collect()
    }

    /// The objects of a bucket, by key.
    pub fn objects(&self, bucket: &str) -> BTreeMap<String, Vec<u8>> {
        self.lock().buckets.objects(bucket)
    }

    /// Puts an object in a bucket, as its owner would, at the virtual time. Without the bucket, nothing is put.
    pub fn put_object(&self, bucket: &str, key: &str, body: impl Into<Vec<u8>>) {
        let mut state = self.lock();
        let object = Object { body: body.into(), content_type: UNKNOWN_CONTENT.to_owned(), modified: state.now() };
        if let Some(bucket) = state.buckets.0.get_mut(bucket) {
            bucket.objects.insert(key.to_owned(), object);
        }
    }

    /// Deletes an object of a bucket. Without the bucket or the object, nothing happens.
    pub fn delete_object(&self, bucket: &str, key: &str) {
        if let Some(bucket) = self.lock().buckets.0.get_mut(bucket) {
            bucket.objects.remove(key);
        }
    }

    /// Sets a Systems Manager parameter of an account in a Region.
    pub fn put_parameter(&self, account: &str, region: &str, name: &str, value: &str) {
        let mut state = self.lock();
        let version = Version { kind: "String".to_owned(), value: value.to_owned(), modified: state.now() };
        state.parameters.put(account, region, name, version);
    }
}
