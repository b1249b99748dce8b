//! Roles, queues, buses and permissions: who may deliver what where.

use serde_json::{Value, json};

use super::deployment::{Deployment, Role, StackSet};
use super::properties::{text, unknown};
use super::sources;
use crate::error::Error;
use crate::template::Resource;
use detective_emulator::policy::{Policy, UnknownOperator};

/// Adds the permissions that a resource declares. Resources of other types declare none.
pub(super) fn read(resource: &Resource, deployment: &mut Deployment) -> Result<(), Error> {
    add(resource, deployment).map_err(|error| unknown(&format!("Resources.{}", resource.logical_id), error.to_string()))
}

fn add(resource: &Resource, deployment: &mut Deployment) -> Result<(), UnknownOperator> {
    let properties = &resource.properties;
    match resource.kind.as_str() {
        "AWS::IAM::Role" => {
            let mut role = deployment.roles.remove(&resource.arn).unwrap_or_default();
            role.trust.add(&properties["AssumeRolePolicyDocument"])?;
            for policy in properties["Policies"].as_array().into_iter().flatten() {
                role.permissions.add(&policy["PolicyDocument"])?;
            }
            if let Some(name) = properties["RoleName"].as_str() {
                deployment.named_roles.insert(name.to_owned(), role.trust.clone());
            }
            deployment.roles.insert(resource.arn.clone(), role);
        }
        "AWS::IAM::Policy" | "AWS::IAM::RolePolicy" | "AWS::IAM::ManagedPolicy" => {
            let names = properties["Roles"].as_array().into_iter().flatten().chain(Some(&properties["RoleName"]));
            for name in names.filter_map(Value::as_str) {
                let arn =
                    format!("arn:{}:iam::{}:role/{name}", deployment.target.partition(), deployment.target.account);
                deployment.roles.entry(arn).or_default().permissions.add(&properties["PolicyDocument"])?;
            }
        }
        "AWS::SQS::Queue" => {
            deployment.queues.entry(resource.arn.clone()).or_default().1 = sources::queue(properties);
            deployment.keys.insert(resource.arn.clone(), text(&properties["KmsMasterKeyId"]));
        }
        "AWS::CloudFormation::StackSet" => stack_set(resource, deployment),
        "AWS::S3::Bucket" => {
            deployment.buckets.entry(resource.physical_id.clone()).or_default();
            let rule = &properties["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
            let key = text(&rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]);
            deployment.keys.insert(resource.arn.clone(), key);
        }
        "AWS::S3::BucketPolicy" => {
            let bucket = text(&properties["Bucket"]).unwrap_or_default();
            deployment.buckets.insert(bucket, properties["PolicyDocument"].clone());
        }
        "AWS::SSM::Parameter" => {
            let value = text(&properties["Value"]).unwrap_or_default();
            deployment.parameters.insert(resource.physical_id.clone(), value);
        }
        "AWS::SNS::Topic" => {
            deployment.topics.entry(resource.arn.clone()).or_default();
            deployment.keys.insert(resource.arn.clone(), text(&properties["KmsMasterKeyId"]));
        }
        "AWS::SNS::TopicPolicy" => {
            for arn in properties["Topics"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                deployment.topics.entry(arn.to_owned()).or_default().add(&properties["PolicyDocument"])?;
            }
        }
        "AWS::SQS::QueuePolicy" => {
            for url in properties["Queues"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                let name = url.rsplit('/').next().unwrap_or_default();
                let arn = deployment.arn("sqs", name);
                deployment.queues.entry(arn).or_default().0.add(&properties["PolicyDocument"])?;
            }
        }
        "AWS::Events::EventBus" => {
            let policy = deployment.buses.entry(resource.arn.clone()).or_default();
            if !properties["Policy"].is_null() {
                policy.add(&properties["Policy"])?;
            }
        }
        "AWS::Events::EventBusPolicy" => {
            let bus = properties["EventBusName"].as_str().unwrap_or("default").to_owned();
            let arn = deployment.arn("events", &format!("event-bus/{bus}"));
            let mut statement = match &properties["Statement"] {
                Value::Null => older_bus_statement(properties, &arn),
                statement => statement.clone(),
            };
            statement["Sid"] = properties["StatementId"].clone();
            deployment.buses.entry(arn).or_default().add_statement(statement)?;
        }
        "AWS::Lambda::Permission" => permission(properties, deployment)?,
        _ => {}
    }
    Ok(())
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudformation-stackset.html>
fn stack_set(resource: &Resource, deployment: &mut Deployment) {
    let properties = &resource.properties;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let groups = properties["StackInstancesGroup"].as_array().into_iter().flatten();
    let units =
        groups.flat_map(|group| group["DeploymentTargets"]["OrganizationalUnitIds"].as_array().into_iter().flatten());
    let parameters = properties["Parameters"].as_array().into_iter().flatten();
    deployment.stack_sets.push(StackSet {
        name: text(&properties["StackSetName"]),
        units: units.map(text).collect(),
        template: (
            text(&properties["TemplateBody"]),
            parameters.map(|entry| (text(&entry["ParameterKey"]), text(&entry["ParameterValue"]))).collect(),
        ),
        automatic: properties["AutoDeployment"]["Enabled"] == true,
    });
}

/// `Principal`, `Action` and `Condition` as they were given before there was `Statement`.
fn older_bus_statement(properties: &Value, bus: &str) -> Value {
    let principal = match properties["Principal"].as_str() {
        Some(account) if account != "*" => json!({ "AWS": account }),
        _ => json!("*"),
    };
    let condition = match &properties["Condition"] {
        Value::Null => json!({}),
        condition => {
            let (kind, key) = (condition["Type"].as_str(), condition["Key"].as_str());
            json!({ kind.unwrap_or_default(): { key.unwrap_or_default(): condition["Value"] } })
        }
    };
    json!({"Effect": "Allow", "Principal": principal, "Action": properties["Action"], "Resource": bus, "Condition": condition})
}

fn permission(properties: &Value, deployment: &mut Deployment) -> Result<(), UnknownOperator> {
    let Some(function) = properties["FunctionName"].as_str() else { return Ok(()) };
    let arn = match function.starts_with("arn:") {
        true => function.to_owned(),
        false => deployment.arn("lambda", &format!("function:{function}")),
    };
    let mut condition = serde_json::Map::new();
    if !properties["SourceArn"].is_null() {
        condition.insert("ArnLike".to_owned(), json!({"aws:SourceArn": properties["SourceArn"]}));
    }
    if !properties["SourceAccount"].is_null() {
        condition.insert("StringEquals".to_owned(), json!({"aws:SourceAccount": properties["SourceAccount"]}));
    }
    let principal = properties["Principal"].as_str().unwrap_or_default();
    let principal = match principal.ends_with(".amazonaws.com") {
        true => json!({ "Service": principal }),
        false => json!({ "AWS": principal }),
    };
    let statement = json!({
        "Effect": "Allow", "Principal": principal, "Action": properties["Action"], "Resource": arn, "Condition": condition
    });
    deployment.permissions.entry(arn).or_default().add_statement(statement)
}

impl Deployment {
    /// What SAM adds for a rule on a function: the permission to invoke it.
    pub(super) fn permit_rule(&mut self, function: &str, rule: &str) {
        let statement = json!({
            "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "lambda:InvokeFunction",
            "Resource": function, "Condition": {"ArnLike": {"aws:SourceArn": rule}}
        });
        allow(self.permissions.entry(function.to_owned()).or_default(), statement);
    }

    /// What SAM adds for a dead-letter queue that it makes itself: the queue, and the permission to send to it.
    pub(super) fn add_queue(&mut self, queue: &str, rule: &str) {
        let statement = json!({
            "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": queue, "Condition": {"ArnEquals": {"aws:SourceArn": rule}}
        });
        allow(&mut self.queues.entry(queue.to_owned()).or_default().0, statement);
    }

    /// A role that SAM makes: `service` may assume it, and it may do `action` on `resource`.
    pub(super) fn add_role(&mut self, arn: &str, service: &str, action: &str, resource: &str) {
        let role: &mut Role = self.roles.entry(arn.to_owned()).or_default();
        let trust = json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"});
        allow(&mut role.trust, trust);
        allow(&mut role.permissions, json!({"Effect": "Allow", "Action": action, "Resource": resource}));
    }
}

/// Adds a statement that SAM makes.
fn allow(policy: &mut Policy, statement: Value) {
    policy.add_statement(statement).expect("SAM's operators are understood");
}
