//! Stacks: what delivery depends on, read from a resolved template.

mod deployment;
mod functions;
mod properties;
mod resources;
mod rules;
mod schedules;
mod sources;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::error::Error;
use crate::recent::Recent;
use crate::template::{self, Resolved, Target};

pub use deployment::{Deployment, EventSource, Function, Input, Role, Rule, RuleTarget, Schedule, StackSet};

static PLANNED: Recent<Stack, Deployment> = Recent::new();

/// A template to deploy, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// The stack's name.
    pub name: String,
    /// The account that it is deployed in.
    pub account: String,
    /// The Region that it is deployed in.
    pub region: String,
    /// The template's text.
    pub template: String,
    /// Parameters that differ from their defaults.
    pub parameters: BTreeMap<String, String>,
}

impl Stack {
    /// A stack of the template in a file.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn from_file(path: &Path, name: &str, account: &str, region: &str) -> Result<Self, Error> {
        let template =
            std::fs::read_to_string(path).map_err(|source| Error::File { path: path.display().to_string(), source })?;
        let (name, account, region) = (name.to_owned(), account.to_owned(), region.to_owned());
        Ok(Self { name, account, region, template, parameters: BTreeMap::new() })
    }

    /// The same with a parameter.
    #[must_use]
    pub fn with(mut self, parameter: &str, value: &str) -> Self {
        self.parameters.insert(parameter.to_owned(), value.to_owned());
        self
    }

    /// Where it is deployed.
    pub fn target(&self) -> Target {
        Target { stack_name: self.name.clone(), account: self.account.clone(), region: self.region.clone() }
    }

    /// The same, as an update of a stack that has these parameters: `sam deploy` keeps the value of each that is not named, as
    /// CloudFormation's `UsePreviousValue` has it. A parameter that the stack has not had yet has its default.
    ///
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Parameter.html>
    ///
    /// # Errors
    /// The template is wrong.
    pub fn updating(mut self, previous: &BTreeMap<String, String>) -> Result<Self, Error> {
        let names = template::parameter_names(&self.template)?;
        for (name, value) in previous.iter().filter(|(name, _)| names.contains(*name)) {
            self.parameters.entry(name.clone()).or_insert_with(|| value.clone());
        }
        Ok(self)
    }

    /// Resolves the template and reads what the local cloud needs of it.
    ///
    /// # Errors
    /// The template is wrong, or delivery depends on something in it that is not understood here.
    pub fn plan(&self) -> Result<Deployment, Error> {
        PLANNED.get(self.clone(), |stack| {
            Deployment::of(&template::resolve(&stack.template, &stack.target(), &stack.parameters)?)
        })
    }
}

impl Deployment {
    /// Reads what the local cloud needs of a resolved template.
    ///
    /// # Errors
    /// Delivery depends on something in it that is not understood here.
    pub fn of(resolved: &Resolved) -> Result<Self, Error> {
        let mut deployment = Self::new(resolved.target.clone());
        let output = |(id, value): (&String, &Value)| {
            (id.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        };
        deployment.outputs = resolved.outputs.iter().map(output).collect();
        deployment.template_parameters.clone_from(&resolved.parameters);
        deployment.hidden_parameters.clone_from(&resolved.hidden);
        // Roles, queues and policies first: rules and functions add to them.
        for resource in resolved.resources.values() {
            resources::read(resource, &mut deployment)?;
        }
        for resource in resolved.resources.values() {
            match resource.kind.as_str() {
                "AWS::Serverless::Function" => functions::read(resource, &mut deployment)?,
                "AWS::Events::Rule" => rules::read(resource, &mut deployment)?,
                "AWS::Scheduler::Schedule" => schedules::read(resource, &mut deployment)?,
                _ => {}
            }
        }
        Ok(deployment)
    }
}

#[cfg(test)]
mod tests;
