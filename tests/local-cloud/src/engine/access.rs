//! Who may deliver to whom, by the policies of the stacks.

use std::collections::BTreeMap;

use super::state::Engine;
use crate::stack::Role;
use detective_emulator::KeyUse;
use detective_emulator::policy::{Policy, Principal, Request};

/// A service that acts for a rule, a schedule or a function.
pub(super) struct Actor<'a> {
    /// The service, such as `events.amazonaws.com`.
    pub(super) service: &'a str,
    /// The ARN of what it acts for: a rule, a function, a group of schedules.
    pub(super) source: &'a str,
    /// That one's account.
    pub(super) account: &'a str,
}

impl Actor<'_> {
    fn context(&self) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("aws:SourceArn", self.source.to_owned()),
            ("aws:SourceAccount", self.account.to_owned()),
            ("aws:PrincipalIsAWSService", "true".to_owned()),
        ])
    }
}

impl Engine {
    /// Every role that is deployed, by ARN.
    pub(crate) fn roles(&self) -> BTreeMap<String, Role> {
        let roles = self.deployed.iter().flat_map(|deployed| &deployed.plan.roles);
        roles.map(|(arn, role)| (arn.clone(), role.clone())).collect()
    }

    /// The names of every rule that is deployed.
    pub(crate) fn rules(&self) -> Vec<String> {
        let rules = self.deployed.iter().flat_map(|deployed| &deployed.plan.rules);
        rules.map(|rule| rule.logical_id.clone()).collect()
    }

    fn role(&self, arn: &str) -> Option<&Role> {
        self.deployed.iter().find_map(|deployed| deployed.plan.roles.get(arn))
    }

    /// Whether the actor may assume the role, and do this with it.
    pub(super) fn role_allows(
        &self,
        role_arn: &str,
        actor: &Actor<'_>,
        action: &str,
        resource: &str,
    ) -> Result<(), String> {
        let role = self.role(role_arn).ok_or_else(|| format!("there is no role {role_arn}"))?;
        let assume = Request {
            principal: Principal::Service(actor.service),
            action: "sts:AssumeRole",
            resource: role_arn,
            context: actor.context(),
        };
        if !role.trust.allows(&assume) {
            return Err(format!("the trust policy of {role_arn} does not let {} assume it", actor.service));
        }
        let mut needs = vec![(action, resource.to_owned(), BTreeMap::new())];
        for KeyUse { action, key, via } in self.cloud.required_of_key(action, resource) {
            needs.push((action, key, BTreeMap::from([("kms:ViaService", via)])));
        }
        for (action, resource, context) in needs {
            let act = Request { principal: Principal::Own, action, resource: &resource, context };
            if !role.permissions.allows(&act) {
                return Err(format!("{role_arn} does not allow {action} on {resource}"));
            }
            self.cloud.record_use(role_arn, action, &resource);
        }
        Ok(())
    }

    /// Whether the function's policy lets the service invoke it.
    pub(super) fn may_invoke(&self, function: &str, actor: &Actor<'_>) -> Result<(), String> {
        let request = Request {
            principal: Principal::Service(actor.service),
            action: "lambda:InvokeFunction",
            resource: function,
            context: actor.context(),
        };
        let allowed = |policy: &Policy| policy.allows(&request);
        match self.deployed.iter().filter_map(|deployed| deployed.plan.permissions.get(function)).any(allowed) {
            true => Ok(()),
            false => {
                Err(format!("no AWS::Lambda::Permission lets {} invoke {function} for {}", actor.service, actor.source))
            }
        }
    }

    /// Whether the queue exists, and its policy lets the service send to it.
    pub(super) fn may_send(&self, queue: &str, actor: &Actor<'_>) -> Result<(), String> {
        let request = Request {
            principal: Principal::Service(actor.service),
            action: "sqs:SendMessage",
            resource: queue,
            context: actor.context(),
        };
        self.queue_exists(queue)?;
        let allowed = |policy: &Policy| policy.allows(&request);
        match self
            .deployed
            .iter()
            .filter_map(|deployed| deployed.plan.queues.get(queue))
            .any(|(policy, _)| allowed(policy))
        {
            true => Ok(()),
            false => Err(format!("no policy of {queue} lets {} send to it for {}", actor.service, actor.source)),
        }
    }

    /// Whether the topic exists, and its policy lets the service publish to it.
    ///
    /// EventBridge gives SNS nothing that a condition could be about, so that a statement with one allows nothing:
    /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions>.
    pub(super) fn may_publish(&self, topic: &str, actor: &Actor<'_>) -> Result<(), String> {
        let request = Request {
            principal: Principal::Service(actor.service),
            action: "sns:Publish",
            resource: topic,
            context: if actor.service == "events.amazonaws.com" { BTreeMap::new() } else { actor.context() },
        };
        let policies: Vec<&Policy> =
            self.deployed.iter().filter_map(|deployed| deployed.plan.topics.get(topic)).collect();
        match (policies.is_empty(), policies.iter().any(|policy| policy.allows(&request))) {
            (true, _) => Err(format!("there is no topic {topic}")),
            (false, true) => Ok(()),
            (false, false) => {
                Err(format!("no policy of {topic} lets {} publish to it for {}", actor.service, actor.source))
            }
        }
    }

    pub(super) fn queue_exists(&self, queue: &str) -> Result<(), String> {
        let exists = self.deployed.iter().any(|deployed| deployed.plan.queues.contains_key(queue));
        if exists { Ok(()) } else { Err(format!("there is no queue {queue}")) }
    }

    /// Whether a bus of another account takes events of this account's role.
    pub(super) fn bus_admits(&self, bus: &str, account: &str, role: &str) -> Result<(), String> {
        let mut context = BTreeMap::from([
            ("aws:PrincipalAccount", account.to_owned()),
            ("aws:PrincipalArn", role.to_owned()),
            ("aws:SourceAccount", account.to_owned()),
        ]);
        if let Some(organization) = self.cloud.organization_of(account) {
            context.insert("aws:PrincipalOrgID", organization);
        }
        let request =
            Request { principal: Principal::Account(account), action: "events:PutEvents", resource: bus, context };
        let allowed = |policy: &Policy| policy.allows(&request);
        match self.deployed.iter().filter_map(|deployed| deployed.plan.buses.get(bus)).any(allowed) {
            true => Ok(()),
            false => Err(format!("no policy of {bus} admits events of account {account}")),
        }
    }
}
