//! What the template must have though nothing goes wrong without it until something else does: dead-letter queues, reserved
//! concurrency, and a StackSet that reaches accounts to come.

use std::collections::BTreeMap;

use local_cloud::Stack;
use local_cloud::policy::{Policy, Principal, Request};
use local_cloud::stack::Deployment;
use local_cloud::template::{Resolved, Target, resolve};
use serde_json::{Value, json};

use end_to_end::edit::edit;
use end_to_end::environment::{ADMINISTRATOR, MANAGEMENT, template};

const MEMBER: &str = "333333333333";
const ROLE: [(&str, &str); 3] = [
    ("AdministratorAccountId", ADMINISTRATOR),
    ("MemberRoleName", "detective-acceptor"),
    ("MemberRoleExternalId", "agreed-upon"),
];

/// The template as it is deployed in one account.
pub(crate) struct Place {
    pub(crate) resolved: Resolved,
    pub(crate) deployment: Deployment,
}

impl Place {
    fn new(template: &str, account: &str, parameters: &[(&str, &str)]) -> Self {
        let parameters: BTreeMap<String, String> =
            parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let name = "detective-onboarding".to_owned();
        let target = Target { stack_name: name.clone(), account: account.to_owned(), region: "us-east-1".to_owned() };
        let resolved = resolve(template, &target, &parameters).unwrap();
        let Target { account, region, .. } = target;
        let deployment = Stack { name, account, region, template: template.to_owned(), parameters }.plan().unwrap();
        Self { resolved, deployment }
    }

    /// Everything that the template can make, in the three accounts.
    pub(crate) fn all(template: &str) -> [Self; 3] {
        let administrator = [
            ("Place", "AdministratorAccount"),
            ("OrganizationId", "o-exampleorg01"),
            ("ManagementAccountId", MANAGEMENT),
            ("RemoveMembers", "true"),
        ];
        let management = [
            ("Place", "ManagementAccount"),
            ("AdministratorCheck", "correct"),
            ("MemberRoleOrganizationalUnitIds", "r-ab12"),
        ];
        let member = [("Place", "MemberAccount"), ("TrustedAdministratorIds", ADMINISTRATOR)];
        [
            Self::new(template, ADMINISTRATOR, &[&administrator[..], &ROLE].concat()),
            Self::new(template, MANAGEMENT, &[&management[..], &ROLE].concat()),
            Self::new(template, MEMBER, &member),
        ]
    }

    fn allows(&self, policy: &Policy, principal: Principal<'_>, queue: &str, source: &str) -> bool {
        let account = self.deployment.target.account.clone();
        let context = BTreeMap::from([("aws:SourceArn", source.to_owned()), ("aws:SourceAccount", account)]);
        policy.allows(&Request { principal, action: "sqs:SendMessage", resource: queue, context })
    }

    /// Whatever can fail and does not leave a dead letter.
    fn without_dead_letters(&self) -> Vec<String> {
        let Deployment { rules, schedules, functions, queues, roles, .. } = &self.deployment;
        let dead = self.resolved.resources["DeadLetters"].arn.as_str();
        let mut gaps = Vec::new();
        for rule in rules {
            let admitted = self.allows(&queues[dead].0, Principal::Service("events.amazonaws.com"), dead, &rule.arn);
            let kept = rule.targets.iter().all(|target| target.dead_letters.as_deref() == Some(dead));
            if rule.targets.is_empty() || !kept || !admitted {
                gaps.push(rule.logical_id.clone());
            }
        }
        for schedule in schedules {
            let admitted = self.allows(&roles[&schedule.role].permissions, Principal::Own, dead, &schedule.arn);
            if schedule.dead_letters.as_deref() != Some(dead) || !admitted {
                gaps.push(schedule.logical_id.clone());
            }
        }
        for function in functions {
            let admitted = self.allows(&roles[&function.role].permissions, Principal::Own, dead, &function.arn);
            if function.on_failure.as_deref() != Some(dead) || !admitted {
                gaps.push(function.logical_id.clone());
            }
        }
        let redriven = |settings: &detective_emulator::QueueSettings| {
            settings.redrive.as_ref().is_some_and(|(_, target)| target == dead)
        };
        gaps.extend(
            queues.iter().filter(|(arn, queue)| *arn != dead && !redriven(&queue.1)).map(|(arn, _)| arn.clone()),
        );
        gaps
    }

    /// Functions that run on a schedule, and may run again before they have ended.
    fn overlapping(&self) -> Vec<String> {
        let schedules = &self.deployment.schedules;
        let scheduled =
            self.deployment.functions.iter().filter(|function| schedules.iter().any(|s| s.target == function.arn));
        let reserved = |id: &str| self.resolved.resources[id].properties["ReservedConcurrentExecutions"] == 1;
        scheduled.map(|function| function.logical_id.clone()).filter(|id| !reserved(id)).collect()
    }

    /// What is wrong with the StackSet that spreads the member role.
    fn stack_set(&self, role: &Value) -> Vec<&'static str> {
        let properties = &self.resolved.resources["MemberRoles"].properties;
        let set = &self.deployment.stack_sets[0];
        let target = Target { account: MEMBER.to_owned(), ..self.deployment.target.clone() };
        let body = resolve(&set.template.0, &target, &set.template.1).unwrap();
        let automatic = json!({"Enabled": true, "RetainStacksOnAccountRemoval": false});
        let checks = [
            ("the service does not manage its permissions", properties["PermissionModel"] == "SERVICE_MANAGED"),
            ("accounts to come do not get it", properties["AutoDeployment"] == automatic),
            ("it may not name a role", properties["Capabilities"] == json!(["CAPABILITY_NAMED_IAM"])),
            ("it goes to other OUs", set.units == ["r-ab12"]),
            ("StackSets take no transform", !set.template.0.contains("Transform:")),
            ("it holds more than a role", body.resources.values().all(|it| it.kind == "AWS::IAM::Role")),
            ("the role is another one than a stack's own", &body.resources["MemberRole"].properties == role),
        ];
        checks.iter().filter(|(_, holds)| !holds).map(|(what, _)| *what).collect()
    }
}

/// Everything that is amiss in a template.
fn gaps(template: &str) -> Vec<String> {
    let places = Place::all(template);
    let member = Place::new(template, MEMBER, &[&ROLE[..], &[("Place", "MemberAccount")]].concat());
    let role = &member.resolved.resources["MemberRole"].properties;
    let mut gaps: Vec<String> = places[1].stack_set(role).into_iter().map(str::to_owned).collect();
    for place in &places {
        gaps.extend(place.without_dead_letters());
        gaps.extend(place.overlapping());
    }
    gaps
}

#[test]
fn nothing_is_amiss_in_the_template() {
    assert_eq!(gaps(&template()), [""; 0]);
    let functions: usize = Place::all(&template()).iter().map(|place| place.deployment.functions.len()).sum();
    assert_eq!(functions, template().matches("Type: AWS::Serverless::Function").count(), "every function is looked at");
}

#[test]
fn each_dead_letter_queue_and_each_reservation_is_missed_where_it_is_taken_away() {
    let template = template();
    for (line, least) in [
        ("DeadLetterConfig: {Arn: !GetAtt DeadLetters.Arn}", 13),
        ("OnFailure: {Type: SQS, Destination: !GetAtt DeadLetters.Arn}", 7),
        ("RedrivePolicy: {deadLetterTargetArn: !GetAtt DeadLetters.Arn", 4),
        ("ReservedConcurrentExecutions: !If [ReservesConcurrency, 1, !Ref AWS::NoValue]", 6),
    ] {
        let places: Vec<usize> = template.match_indices(line).map(|(place, _)| place).collect();
        assert!(places.len() >= least, "{line}: {}", places.len());
        for place in places {
            let end = place + template[place..].find('\n').unwrap();
            let without = format!("{}{}", &template[..place], &template[end..]);
            assert!(!gaps(&without).is_empty(), "{line} at {place} is not missed");
        }
    }
}

#[test]
fn a_stack_set_that_reaches_fewer_accounts_is_noticed() {
    let template = template();
    let mut body = "AWSTemplateFormatVersion: \"2010-09-09\"\n        Description".to_owned();
    body.insert_str(0, "        ");
    for (from, to) in [
        ("AutoDeployment: {Enabled: true", "AutoDeployment: {Enabled: false"),
        ("PermissionModel: SERVICE_MANAGED", "PermissionModel: SELF_MANAGED"),
        ("RetainStacksOnAccountRemoval: false", "RetainStacksOnAccountRemoval: true"),
        (&body, &edit(&body, "AWS", "Transform: AWS::Serverless-2016-10-31\n        AWS")),
        ("StringEquals: {\"sts:ExternalId\": !Ref ExternalId}", "StringLike: {\"sts:ExternalId\": \"*\"}"),
    ] {
        assert!(!gaps(&edit(&template, from, to)).is_empty(), "{to:?} is not noticed");
    }
}
