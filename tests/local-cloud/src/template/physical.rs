//! What `Ref` and `Fn::GetAtt` give for resources: plausible physical ids and ARNs.

use serde_json::Value;

use super::error::{TemplateError, join};
use super::intrinsics::Resolver;

type Result<T> = std::result::Result<T, TemplateError>;

impl Resolver<'_> {
    /// Whether a resource of the template is made here.
    pub(super) fn exists(&self, id: &str) -> Result<bool> {
        match &self.template["Resources"][id]["Condition"] {
            Value::Null => Ok(true),
            Value::String(condition) => self.condition(condition, &join("Resources", id)),
            _ => Err(TemplateError::new(join("Resources", id), "a condition is named by a text")),
        }
    }

    /// `Ref` of a pseudo parameter or a resource.
    pub(super) fn reference(&self, id: &str, place: &str) -> Result<String> {
        let target = self.target;
        if id.starts_with("AWS::") {
            return Ok(match id {
                "AWS::AccountId" => target.account.clone(),
                "AWS::Region" => target.region.clone(),
                "AWS::Partition" => target.partition().to_owned(),
                "AWS::StackName" => target.stack_name.clone(),
                "AWS::URLSuffix" => "amazonaws.com".to_owned(),
                "AWS::StackId" => {
                    let id = format!("00000000-0000-4000-8000-{}", target.suffix("").to_ascii_lowercase());
                    self.arn("cloudformation", &format!("stack/{}/{id}", target.stack_name))
                }
                _ => {
                    return Err(TemplateError::new(
                        place,
                        format!("{id} is not a pseudo parameter that is known here"),
                    ));
                }
            });
        }
        let kind = self.kind(id, place)?;
        let name = self.name(id, &kind)?;
        Ok(match kind.as_str() {
            "AWS::SQS::Queue" => format!("https://sqs.{}.amazonaws.com/{}/{name}", target.region, target.account),
            "AWS::SNS::Topic" => self.arn("sns", &name),
            "AWS::Events::Rule" => match self.property(id, "EventBusName")? {
                Some(bus) if bus != "default" => format!("{bus}|{name}"),
                _ => name,
            },
            _ => name,
        })
    }

    /// `Fn::GetAtt` of a resource.
    pub(super) fn attribute(&self, id: &str, attribute: &str, place: &str) -> Result<String> {
        let kind = self.kind(id, place)?;
        let name = self.name(id, &kind)?;
        let target = self.target;
        Ok(match (kind.as_str(), attribute) {
            ("AWS::Serverless::Function" | "AWS::Lambda::Function", "Arn") => {
                self.arn("lambda", &format!("function:{name}"))
            }
            ("AWS::IAM::Role", "Arn") => {
                format!("arn:{}:iam::{}:role/{name}", target.partition(), target.account)
            }
            ("AWS::SQS::Queue", "Arn") => self.arn("sqs", &name),
            ("AWS::SQS::Queue", "QueueUrl") => self.reference(id, place)?,
            ("AWS::SNS::Topic", "Arn" | "TopicArn") => self.arn("sns", &name),
            ("AWS::Events::EventBus", "Arn") => self.arn("events", &format!("event-bus/{name}")),
            ("AWS::Events::Rule", "Arn") => match self.property(id, "EventBusName")? {
                Some(bus) if bus != "default" => self.arn("events", &format!("rule/{bus}/{name}")),
                _ => self.arn("events", &format!("rule/{name}")),
            },
            ("AWS::Logs::LogGroup", "Arn") => self.arn("logs", &format!("log-group:{name}:*")),
            ("AWS::Scheduler::Schedule", "Arn") => {
                let group = self.property(id, "GroupName")?.unwrap_or_else(|| "default".to_owned());
                self.arn("scheduler", &format!("schedule/{group}/{name}"))
            }
            ("AWS::Scheduler::ScheduleGroup", "Arn") => self.arn("scheduler", &format!("schedule-group/{name}")),
            ("AWS::CloudWatch::Alarm", "Arn") => self.arn("cloudwatch", &format!("alarm:{name}")),
            ("AWS::KMS::Key", "Arn") => self.arn("kms", &format!("key/{name}")),
            ("AWS::S3::Bucket", "Arn") => format!("arn:{}:s3:::{name}", target.partition()),
            (_, attribute) if attribute.ends_with("Arn") => {
                let mut parts = kind.split("::").skip(1).map(str::to_ascii_lowercase);
                let (service, kind) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                self.arn(&service, &format!("{kind}/{name}"))
            }
            (_, "Name" | "QueueName" | "TopicName" | "Id" | "RoleName") => name,
            (_, attribute) => format!("{name}-{attribute}"),
        })
    }

    fn kind(&self, id: &str, place: &str) -> Result<String> {
        if let Some(kind) = self.template["Resources"][id]["Type"].as_str() {
            if !self.exists(id)? {
                let problem = format!("{id} is not made here: its condition does not hold");
                return Err(TemplateError::new(place, problem));
            }
            return Ok(kind.to_owned());
        }
        self.implied(id).ok_or_else(|| TemplateError::new(place, format!("there is no parameter or resource {id}")))
    }

    /// The type of a resource that SAM makes for a function: its role, its rules and schedules.
    fn implied(&self, id: &str) -> Option<String> {
        let resources = self.template["Resources"].as_object()?;
        resources.iter().find_map(|(function, declaration)| {
            let rest = id.strip_prefix(function.as_str())?;
            if declaration["Type"] != "AWS::Serverless::Function" {
                return None;
            }
            if rest == "Role" && declaration["Properties"]["Role"].is_null() {
                return Some("AWS::IAM::Role".to_owned());
            }
            let (event, role) = match rest.strip_suffix("Role") {
                Some(event) => (event, true),
                None => (rest, false),
            };
            let kind = match (declaration["Properties"]["Events"][event]["Type"].as_str()?, role) {
                ("ScheduleV2", true) => "AWS::IAM::Role",
                ("ScheduleV2", false) => "AWS::Scheduler::Schedule",
                ("EventBridgeRule" | "CloudWatchEvent" | "Schedule", false) => "AWS::Events::Rule",
                _ => return None,
            };
            Some(kind.to_owned())
        })
    }

    /// The properties of the function's event that SAM makes this rule or schedule of.
    fn event(&self, id: &str) -> Option<&Value> {
        let resources = self.template["Resources"].as_object()?;
        if resources.contains_key(id) {
            return None;
        }
        resources.iter().filter(|(_, function)| function["Type"] == "AWS::Serverless::Function").find_map(
            |(name, function)| {
                let event = &function["Properties"]["Events"][id.strip_prefix(name.as_str())?];
                event.is_object().then(|| &event["Properties"])
            },
        )
    }

    /// The resource's name: the one that its properties give, or one made of the stack's.
    fn name(&self, id: &str, kind: &str) -> Result<String> {
        const NAMES: [&str; 13] = [
            "FunctionName",
            "QueueName",
            "RoleName",
            "TopicName",
            "LogGroupName",
            "AlarmName",
            "DashboardName",
            "BucketName",
            "StackSetName",
            "TableName",
            "Name",
            "RuleName",
            "PolicyName",
        ];
        for property in NAMES {
            if let Some(name) = self.property(id, property)? {
                return Ok(name);
            }
        }
        if kind == "AWS::Scheduler::Schedule" && self.event(id).is_some_and(|event| event["OmitName"] != true) {
            return Ok(id.to_owned());
        }
        Ok(match kind {
            "AWS::KMS::Key" => format!("00000000-0000-4000-8000-{}", self.target.suffix(id).to_ascii_lowercase()),
            "AWS::S3::Bucket" => self.target.name(id).to_ascii_lowercase(),
            _ => self.target.name(id),
        })
    }

    fn property(&self, id: &str, property: &str) -> Result<Option<String>> {
        let resource = &self.template["Resources"][id];
        let own = match self.event(id) {
            Some(event) => &event[property],
            None => &resource["Properties"][property],
        };
        let global = match resource["Type"].as_str() {
            Some("AWS::Serverless::Function") => &self.template["Globals"]["Function"][property],
            _ => &Value::Null,
        };
        let place = format!("Resources.{id}.Properties.{property}");
        match if own.is_null() { global } else { own } {
            Value::Null => Ok(None),
            value => self.deeper(&place, || match self.resolve(value, &place)? {
                Some(Value::String(name)) => Ok(Some(name)),
                _ => Ok(None),
            }),
        }
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        let target = self.target;
        format!("arn:{}:{service}:{}:{}:{resource}", target.partition(), target.region, target.account)
    }
}
