//! The stack's bucket keeps what is in it, for as long as it is documented, and shows it to nobody else.

use std::collections::BTreeMap;

use detective_emulator::policy::{Policy, Principal, Request};
use end_to_end::deployed_template::DeployedTemplate;
use serde_json::{Value, json};

use super::Template;

pub(super) fn gaps(template: &Template) -> Vec<String> {
    let mut gaps = Vec::new();
    let declared = &template.json["Resources"];
    for (id, resource) in declared.as_object().into_iter().flatten().filter(|(_, one)| one["Type"] == "AWS::S3::Bucket")
    {
        if resource["DeletionPolicy"] != "Retain" || resource["UpdateReplacePolicy"] != "Retain" {
            gaps.push(format!("{id} goes with its stack"));
        }
    }
    for (name, stack) in template.doubtful() {
        let buckets = stack.resolved.resources.values().filter(|one| one.kind == "AWS::S3::Bucket");
        for bucket in buckets {
            gaps.extend(
                of_bucket(stack, &bucket.properties, &bucket.arn, &bucket.physical_id)
                    .into_iter()
                    .map(|gap| format!("{name}: {gap}")),
            );
        }
        gaps.extend(encryption(stack).into_iter().map(|gap| format!("{name}: {gap}")));
    }
    gaps
}

fn of_bucket(stack: &DeployedTemplate, properties: &Value, arn: &str, name: &str) -> Vec<String> {
    let rules = properties["LifecycleConfiguration"]["Rules"].as_array().cloned().unwrap_or_default();
    let on = |rule: &&Value| rule["Status"] == "Enabled";
    let expiring: Vec<&Value> = rules.iter().filter(on).filter(|rule| !rule["ExpirationInDays"].is_null()).collect();
    let older: Vec<&Value> =
        rules.iter().filter(on).filter(|rule| !rule["NoncurrentVersionExpiration"].is_null()).collect();
    let number = |value: &Value| value.as_i64().unwrap_or_default();
    let public = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
    let policies = stack
        .resolved
        .resources
        .values()
        .filter(|one| one.kind == "AWS::S3::BucketPolicy" && one.properties["Bucket"] == name);
    let mut policy = Policy::default();
    policies.for_each(|one| policy.add(&one.properties["PolicyDocument"]).unwrap());
    let account = stack.deployment.target.account.as_str();
    let denies = |account: &str, service: &str, secure: &str, action: &str, on: &str| {
        let context = BTreeMap::from([
            ("aws:PrincipalAccount", account.to_owned()),
            ("aws:PrincipalIsAWSService", service.to_owned()),
            ("aws:SecureTransport", secure.to_owned()),
        ]);
        policy.denies(&Request { principal: Principal::Account(account), action, resource: on, context })
    };
    let object = format!("{arn}/coverage/index.html");
    let on_both = |test: &dyn Fn(&str, &str) -> bool| {
        [("s3:GetObject", object.as_str()), ("s3:PutObject", &object), ("s3:ListBucket", arn)]
            .iter()
            .all(|(action, on)| test(action, on))
    };
    let mut gaps = Vec::new();
    for (holds, what) in [
        // docs/observability.md: after 400 days, and no record and no page.
        (
            matches!(&expiring[..], [one] if one["ExpirationInDays"] == 400 && one["Prefix"] == "coverage/"),
            "reports stay for another time, or more goes with them",
        ),
        (
            matches!(&older[..], [one] if (7..=90).contains(&number(&one["NoncurrentVersionExpiration"]["NoncurrentDays"]))),
            "earlier versions are gone at once, or stay for ever",
        ),
        (
            older
                .iter()
                .all(|one| (1..=30).contains(&number(&one["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]))),
            "what was never uploaded whole stays",
        ),
        (rules.iter().all(|rule| rule["Id"].is_string()), "a rule has no name"),
        (properties["VersioningConfiguration"]["Status"] == "Enabled", "what is overwritten is gone"),
        (public.iter().all(|name| properties["PublicAccessBlockConfiguration"][name] == true), "it may be made public"),
        (
            properties["OwnershipControls"]["Rules"] == json!([{"ObjectOwnership": "BucketOwnerEnforced"}]),
            "objects may have other owners",
        ),
        (on_both(&|action, on| denies(account, "false", "false", action, on)), "it is used without TLS"),
        (on_both(&|action, on| denies("999999999999", "false", "true", action, on)), "another account is admitted"),
        (on_both(&|action, on| !denies(account, "false", "true", action, on)), "its own account is denied"),
        (on_both(&|action, on| !denies("999999999999", "true", "true", action, on)), "AWS's services are denied"),
    ] {
        if !holds {
            gaps.push(what.to_owned());
        }
    }
    gaps
}

/// Without a key of the user's own, AWS's keys encrypt what is there; with one, that one does.
fn encryption(stack: &DeployedTemplate) -> Vec<String> {
    let is_named = |key: &Value| key.as_str().is_some_and(|key| key.starts_with("arn:"));
    let mut gaps = Vec::new();
    for one in stack.resolved.resources.values() {
        let properties = &one.properties;
        let holds = match one.kind.as_str() {
            // One kind of encryption, and no key without a name.
            "AWS::SQS::Queue" => {
                let (key, managed) = (&properties["KmsMasterKeyId"], properties["SqsManagedSseEnabled"] == true);
                (managed && key.is_null()) || (!managed && is_named(key))
            }
            "AWS::SNS::Topic" => properties["KmsMasterKeyId"].is_null() || is_named(&properties["KmsMasterKeyId"]),
            "AWS::S3::Bucket" => {
                let rule = &properties["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
                let by = &rule["ServerSideEncryptionByDefault"];
                match by["KMSMasterKeyID"].is_string() {
                    // A key for the bucket costs a call for each object less.
                    true => by["SSEAlgorithm"] == "aws:kms" && rule["BucketKeyEnabled"] == true,
                    false => by["SSEAlgorithm"] == "AES256" && rule["BucketKeyEnabled"].is_null(),
                }
            }
            _ => true,
        };
        if !holds {
            gaps.push(format!("{} is not encrypted", one.logical_id));
        }
    }
    gaps
}
