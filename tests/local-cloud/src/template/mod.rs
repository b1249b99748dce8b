//! A CloudFormation or SAM template, resolved as a deployment resolves it: parameters, conditions, mappings,
//! intrinsic functions, SAM's globals, and the physical ids and ARNs of what it makes.

mod error;
mod globals;
mod intrinsics;
mod parameters;
mod physical;
mod rules;
mod target;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use error::join;
use intrinsics::Resolver;

pub use error::TemplateError;
pub use target::Target;

/// A resource as it is deployed.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Its name in the template.
    pub logical_id: String,
    /// Its type.
    pub kind: String,
    /// Its properties without intrinsic functions, with SAM's globals.
    pub properties: Value,
    /// Its metadata.
    pub metadata: Value,
    /// What `Ref` gives.
    pub physical_id: String,
    /// Its ARN.
    pub arn: String,
}

/// A template without anything left to resolve.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// Where it is deployed.
    pub target: Target,
    /// What it makes there, by logical id.
    pub resources: BTreeMap<String, Resource>,
    /// The stack's outputs.
    pub outputs: BTreeMap<String, Value>,
    /// The value of every parameter: what was given, or else its default.
    pub parameters: BTreeMap<String, String>,
    /// The names of those that CloudFormation shows to nobody.
    pub hidden: BTreeSet<String>,
}

/// The names of a template's parameters.
///
/// # Errors
/// The text is no template.
pub fn parameter_names(text: &str) -> Result<BTreeSet<String>, TemplateError> {
    let template = yaml::parse(text)?;
    Ok(template["Parameters"].as_object().into_iter().flat_map(|declared| declared.keys().cloned()).collect())
}

/// Resolves a template's text for a place, with parameters that override their defaults.
///
/// # Errors
/// The template is wrong, a parameter is, or something in it is not understood here.
pub fn resolve(text: &str, target: &Target, parameters: &BTreeMap<String, String>) -> Result<Resolved, TemplateError> {
    let template = yaml::parse(text)?;
    let parameters = parameters::resolve(&template, parameters)?;
    let declared = template["Parameters"].as_object().into_iter().flatten();
    let hidden = declared.filter(|(_, one)| one["NoEcho"] == true || one["NoEcho"] == "true");
    let hidden = hidden.map(|(name, _)| name.clone()).collect();
    let texts = parameters.iter().map(|(name, value)| (name.clone(), parameters::text(value))).collect();
    let resolver = Resolver::new(&template, target, parameters);
    rules::check(&template, &resolver)?;

    let mut resources = BTreeMap::new();
    let Some(declared) = template["Resources"].as_object() else {
        return Err(TemplateError::new("Resources", "a template needs resources"));
    };
    for (id, declaration) in declared {
        if !resolver.exists(id)? {
            continue;
        }
        let place = join("Resources", id);
        let kind = declaration["Type"].as_str().ok_or_else(|| TemplateError::new(&place, "it has no Type"))?.to_owned();
        let properties = globals::apply(&template, &kind, &declaration["Properties"]);
        let properties = resolver.resolve(&properties, &join(&place, "Properties"))?.unwrap_or(Value::Null);
        let metadata = resolver.resolve(&declaration["Metadata"], &join(&place, "Metadata"))?.unwrap_or(Value::Null);
        let resource = Resource {
            logical_id: id.clone(),
            kind,
            properties,
            metadata,
            physical_id: resolver.reference(id, &place)?,
            arn: resolver.attribute(id, "Arn", &place)?,
        };
        resources.insert(id.clone(), resource);
    }

    let mut outputs = BTreeMap::new();
    for (id, output) in template["Outputs"].as_object().into_iter().flatten() {
        let place = join("Outputs", id);
        if let Some(condition) = output["Condition"].as_str()
            && !resolver.condition(condition, &place)?
        {
            continue;
        }
        if let Some(value) = resolver.resolve(&output["Value"], &join(&place, "Value"))? {
            outputs.insert(id.clone(), value);
        }
    }
    Ok(Resolved { target: target.clone(), resources, outputs, parameters: texts, hidden })
}

#[cfg(test)]
mod tests;
