//! With a key of the user's own, everything that holds data is under it, and each role may use it for what it does, and not otherwise.
//!
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html>,
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>: who sends, publishes or puts needs
//! GenerateDataKey and Decrypt, and who receives or gets needs Decrypt.

use std::collections::BTreeMap;

use local_cloud::policy::{Principal, Request};
use local_cloud::stack::Role;
use local_cloud::timeline::{Entry, What};

use end_to_end::deployed_template::DeployedTemplate;
use end_to_end::edit::edit_all;
use end_to_end::environment::Environment;
use end_to_end::scenario::{ADMINISTRATOR, account, organization, organization_graph};
use end_to_end::template::template;

/// A key of the user's own.
pub(crate) const KEY: &str = "arn:aws:kms:us-east-1:222222222222:key/00000000-0000-4000-8000-000000000000";
const NEEDED: [(&str, &str, &[&str]); 5] = [
    ("sqs:SendMessage", "sqs", &["kms:GenerateDataKey", "kms:Decrypt"]),
    ("sqs:ReceiveMessage", "sqs", &["kms:Decrypt"]),
    ("sns:Publish", "sns", &["kms:GenerateDataKey", "kms:Decrypt"]),
    ("s3:PutObject", "s3", &["kms:GenerateDataKey", "kms:Decrypt"]),
    ("s3:GetObject", "s3", &["kms:Decrypt"]),
];

fn uses_key(role: &Role, action: &str, key: &str, service: &str) -> bool {
    let context = BTreeMap::from([("kms:ViaService", format!("{service}.us-east-1.amazonaws.com"))]);
    role.permissions.allows(&Request { principal: Principal::Own, action, resource: key, context })
}

/// Whether a role is granted an action on anything.
fn does(role: &Role, action: &str) -> bool {
    role.permissions.statements().iter().any(|statement| match &statement["Action"] {
        serde_json::Value::Array(actions) => actions.iter().any(|one| one == action),
        one => one == action,
    })
}

fn with_key(template: &str, parameters: &[(&str, &str)]) -> DeployedTemplate {
    let everything = [
        ("OrganizationId", "o-exampleorg01"),
        ("ManagementAccountId", ADMINISTRATOR),
        ("AdministratorCheck", "correct"),
        ("RemoveMembers", "true"),
        ("MemberRoleName", "detective-acceptor"),
        ("MemberRoleExternalId", "agreed-upon-with-them"),
    ];
    DeployedTemplate::new(template, ADMINISTRATOR, &[&everything[..], parameters].concat())
}

/// What a stack with the key lacks, or may do besides.
pub(crate) fn gaps(template: &str) -> Vec<String> {
    let deployed = with_key(template, &[("KmsKeyArn", KEY)]);
    let mut gaps = Vec::new();
    for (id, resource) in &deployed.resolved.resources {
        let properties = &resource.properties;
        let rule = &properties["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
        let key = match resource.kind.as_str() {
            "AWS::SQS::Queue" | "AWS::SNS::Topic" => &properties["KmsMasterKeyId"],
            "AWS::S3::Bucket" => &rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"],
            _ => continue,
        };
        // SQS takes one kind of encryption.
        if key != KEY || !properties["SqsManagedSseEnabled"].is_null() {
            gaps.push(format!("{id} is not under the key"));
        }
    }
    for (arn, role) in &deployed.deployment.roles {
        for service in ["sqs", "sns", "s3"] {
            for key_action in ["kms:Decrypt", "kms:GenerateDataKey"] {
                let needed = NEEDED.iter().any(|(action, of, key_actions)| {
                    *of == service && key_actions.contains(&key_action) && does(role, action)
                });
                let granted = uses_key(role, key_action, KEY, service);
                // A role that only gets objects may make data keys for S3: one statement grants both for both.
                if needed && !granted {
                    gaps.push(format!("{arn} needs {key_action} by way of {service}"));
                }
                let uses_service = NEEDED.iter().any(|(action, of, _)| *of == service && does(role, action));
                if granted && !uses_service {
                    gaps.push(format!("{arn} has {key_action} by way of {service}, and does not use that"));
                }
                if uses_key(role, key_action, &KEY.replace("key/0", "key/1"), service)
                    || uses_key(role, key_action, KEY, "secretsmanager")
                {
                    gaps.push(format!("{arn} may use {key_action} otherwise"));
                }
            }
        }
    }
    gaps
}

#[test]
fn everything_is_under_the_key_and_each_role_may_use_it_for_what_it_does() {
    assert_eq!(gaps(&template()), [""; 0]);
    for (from, to) in [
        ("Action: [kms:Decrypt, kms:GenerateDataKey]", "Action: kms:Decrypt"),
        ("Resource: !Ref KmsKeyArn", "Resource: \"*\""),
        ("!Sub \"s3.${AWS::Region}.amazonaws.com\"", "!Sub \"s3.${AWS::Region}.example.com\""),
        ("!Sub \"sns.${AWS::Region}.amazonaws.com\"", "!Sub \"sns.${AWS::Region}.example.com\""),
        ("KmsMasterKeyId: !If [HasKey, !Ref KmsKeyArn, !Ref AWS::NoValue]", "DelaySeconds: 0"),
        ("SSEAlgorithm: \"aws:kms\", KMSMasterKeyID: !Ref KmsKeyArn", "SSEAlgorithm: AES256"),
        ("SqsManagedSseEnabled: !If [HasKey, !Ref AWS::NoValue, true]", "SqsManagedSseEnabled: true"),
    ] {
        assert!(!gaps(&edit_all(&template(), from, to)).is_empty(), "{to} is not noticed");
    }
}

#[test]
fn without_a_key_no_role_may_use_one_and_aws_encrypts_with_its_own() {
    let deployed = with_key(&template(), &[]);
    for (arn, role) in &deployed.deployment.roles {
        assert!(!does(role, "kms:Decrypt") && !does(role, "kms:GenerateDataKey"), "{arn}");
    }
    let queues = deployed.resolved.resources.values().filter(|resource| resource.kind == "AWS::SQS::Queue");
    assert!(queues.into_iter().all(|queue| queue.properties["SqsManagedSseEnabled"] == true));
}

/// The emulated AWS asks for the key wherever something under it is used.
#[tokio::test]
async fn functions_use_the_key_by_their_roles_and_fail_where_they_may_not() {
    let parameters = [("KmsKeyArn", KEY), ("RemoveMembers", "true"), ("DetectiveRegions", "us-east-1")];
    let scenario = organization().account(account("333333333333")).graph(organization_graph("us-east-1"));
    let environment = Environment::start_with(scenario, &template(), &parameters).await;
    environment.reconcile().await.outcome.unwrap();
    let used = |action: &str| {
        let of_key = |(_, used, on): &(String, String, String)| used == action && on == KEY;
        environment.aws().uses().into_iter().filter(of_key).count()
    };
    assert!(used("kms:GenerateDataKey") > 0 && used("kms:Decrypt") > 0, "{:?}", environment.aws().uses());
    assert!(environment.aws().denials().is_empty(), "{:?}", environment.aws().denials());

    let without = edit_all(&template(), "Action: [kms:Decrypt, kms:GenerateDataKey]", "Action: [kms:Decrypt]");
    environment.deploy_administrator(&without, &[("DetectiveRegions", "us-east-1")]);
    let error = environment.reconcile().await.outcome.unwrap_err();
    assert!(error.error_message.contains("PutObject"), "{}", error.error_message);
    let denied = environment.aws().denials();
    assert!(denied.iter().any(|(_, action, on)| action == "kms:GenerateDataKey" && on == KEY), "{denied:?}");
    // The record of the failure cannot be sent either, and that is not silent.
    let lost =
        |entry: &Entry| matches!(&entry.what, What::Lost { reason, .. } if reason.contains("kms:GenerateDataKey"));
    assert!(environment.cloud.timeline().iter().any(lost));
}
