//! Amazon S3 buckets and their objects.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::iam::policy::{Policy, UnknownOperator};

/// All buckets, by name.
#[derive(Debug, Default)]
pub(crate) struct Buckets(pub(crate) BTreeMap<String, Bucket>);

/// A bucket of a scenario: the account that it belongs to, in us-east-1; or that, its Region and its policy.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum BucketScenario {
    /// The account.
    Account(String),
    /// More than that.
    Settings(BucketSettings),
}

/// What a bucket is made with.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BucketSettings {
    /// The account that it belongs to.
    pub account: String,
    /// The Region that it is in.
    #[serde(default = "home")]
    pub region: String,
    /// Its policy, as an IAM policy document.
    #[serde(default)]
    pub policy: Value,
}

fn home() -> String {
    "us-east-1".to_owned()
}

impl BucketSettings {
    /// Those of a bucket of an account in us-east-1, without a policy.
    pub fn of(account: &str) -> Self {
        Self { account: account.to_owned(), region: home(), policy: Value::Null }
    }
}

impl From<BucketScenario> for BucketSettings {
    fn from(scenario: BucketScenario) -> Self {
        match scenario {
            BucketScenario::Account(account) => Self::of(&account),
            BucketScenario::Settings(settings) => settings,
        }
    }
}

/// A bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    /// The account that it belongs to.
    pub(crate) account: String,
    /// The Region that it is in.
    pub(crate) region: String,
    pub(crate) policy: Policy,
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
    /// Makes a bucket, if there is none of that name, and sets its policy.
    pub(crate) fn put(&mut self, name: &str, settings: BucketSettings) -> Result<(), UnknownOperator> {
        let policy = Policy::from_document(&settings.policy)?;
        let BucketSettings { account, region, .. } = settings;
        let fresh = || Bucket { account, region, policy: Policy::default(), objects: BTreeMap::new() };
        self.0.entry(name.to_owned()).or_insert_with(fresh).policy = policy;
        Ok(())
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
