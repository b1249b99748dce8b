//! The buckets and parameters of the cloud.

use std::collections::BTreeMap;

use crate::cloud::handle::Cloud;
use crate::iam::policy::UnknownOperator;
use crate::resources::bucket::{BucketSettings, Object, UNKNOWN_CONTENT};
use crate::resources::parameter::Version;
use crate::world::keys::{self, KeyUse};

impl Cloud {
    /// Makes a bucket of an account in us-east-1, without a policy.
    pub fn put_bucket(&self, account: &str, name: &str) {
        self.put_bucket_with(name, BucketSettings::of(account)).expect("no policy has no operator");
    }

    /// Makes a bucket, or changes the policy of the one of that name.
    ///
    /// # Errors
    /// The policy has a condition operator that is not understood.
    pub fn put_bucket_with(&self, name: &str, settings: BucketSettings) -> Result<(), UnknownOperator> {
        self.lock().buckets.put(name, settings)
    }

    /// Sets the key that a bucket, a queue or a topic is encrypted with, by ARNs; or that it is encrypted with none of a customer.
    pub fn put_key(&self, resource: &str, key: Option<&str>) {
        let keys = &mut self.lock().stacks.keys;
        match key {
            Some(key) => drop(keys.insert(resource.to_owned(), key.to_owned())),
            None => drop(keys.remove(resource)),
        }
    }

    /// What an action on a resource requires of the key that it is encrypted with.
    pub fn required_of_key(&self, action: &str, resource: &str) -> Vec<KeyUse> {
        keys::required(&self.lock(), action, resource)
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
