//! The Rules section: what must hold between parameters.

use serde_json::Value;

use super::error::{TemplateError, join};
use super::intrinsics::Resolver;

/// Refuses parameters that break an assertion of the template.
pub(super) fn check(template: &Value, resolver: &Resolver<'_>) -> Result<(), TemplateError> {
    for (name, rule) in template["Rules"].as_object().into_iter().flatten() {
        let place = join("Rules", name);
        let applies = match &rule["RuleCondition"] {
            Value::Null => true,
            condition => resolver.boolean(condition, &join(&place, "RuleCondition"))?,
        };
        for assertion in rule["Assertions"].as_array().into_iter().flatten().filter(|_| applies) {
            if !resolver.boolean(&assertion["Assert"], &join(&place, "Assertions"))? {
                let description = assertion["AssertDescription"].as_str().unwrap_or("an assertion does not hold");
                return Err(TemplateError::new(place, description));
            }
        }
    }
    Ok(())
}
