//! What can be broken in a template, from its structure: everything that can be left out, and other values for what is there.
//!
//! Texts that only people read, and names that only the template itself knows, are left alone.

use serde_json::{Map, Value, json};

use super::alternatives::{alternatives, intrinsic};

/// Sections that decide on what is deployed.
const SECTIONS: [&str; 6] = ["Parameters", "Rules", "Conditions", "Globals", "Resources", "Outputs"];

/// What only people read, and names that nothing outside of its resource knows.
const LEFT_ALONE: [&str; 8] = [
    "Metadata",
    "Description",
    "AssertDescription",
    "ConstraintDescription",
    "PolicyName",
    "Label",
    "Version",
    // A name within the list of a rule's targets.
    "Targets.Id",
];

/// A template with one thing broken.
#[derive(Debug, Clone)]
pub(crate) struct Mutant {
    /// Where, and how.
    pub(crate) name: String,
    steps: Vec<String>,
    edit: Edit,
}

#[derive(Debug, Clone)]
enum Edit {
    Remove,
    Replace(Value),
    /// A key has another name.
    Rename(String),
}

impl Mutant {
    fn new(steps: &[String], what: &str, edit: Edit) -> Self {
        Self { name: format!("{}: {what}", steps.join(".")), steps: steps.to_vec(), edit }
    }

    /// The template's section that it is in.
    pub(crate) fn section(&self) -> &str {
        &self.steps[0]
    }

    /// The template with it.
    pub(crate) fn apply(&self, template: &Value) -> Value {
        let mut mutated = template.clone();
        let (last, before) = self.steps.split_last().expect("a section at least");
        let mut holder = &mut mutated;
        for step in before {
            holder = child(holder, step);
        }
        match (&self.edit, &mut *holder) {
            (Edit::Replace(value), _) => *child(holder, last) = value.clone(),
            (Edit::Remove, Value::Array(items)) => drop(items.remove(last.parse().expect("a list has numbers"))),
            (Edit::Remove, holder) => drop(holder.as_object_mut().expect("an object").remove(last)),
            (Edit::Rename(name), holder) => {
                let holder = holder.as_object_mut().expect("an object");
                let value = holder.remove(last).expect("it is there");
                holder.insert(name.clone(), value);
            }
        }
        mutated
    }
}

fn child<'a>(holder: &'a mut Value, step: &str) -> &'a mut Value {
    match holder {
        Value::Array(items) => &mut items[step.parse::<usize>().expect("a list has numbers")],
        other => &mut other[step],
    }
}

/// All mutants of a template, as JSON in long form.
pub(crate) fn mutants(template: &Value) -> Vec<Mutant> {
    let mut found = Vec::new();
    for section in SECTIONS {
        let mut generator = Generator { template, found: &mut found, steps: vec![section.to_owned()] };
        generator.walk(&template[section]);
    }
    found
}

struct Generator<'a> {
    template: &'a Value,
    found: &'a mut Vec<Mutant>,
    steps: Vec<String>,
}

impl Generator<'_> {
    fn add(&mut self, what: &str, edit: Edit) {
        self.found.push(Mutant::new(&self.steps, what, edit));
    }

    fn within(&mut self, step: &str, run: impl FnOnce(&mut Self)) {
        self.steps.push(step.to_owned());
        run(self);
        self.steps.pop();
    }

    /// The last step that is no number of a list.
    fn key(&self) -> &str {
        let is_key = |step: &&String| step.parse::<usize>().is_err();
        self.steps.iter().rfind(is_key).map_or("", String::as_str)
    }

    fn is_left_alone(&self, key: &str) -> bool {
        LEFT_ALONE.contains(&key) || LEFT_ALONE.contains(&format!("{}.{key}", self.key()).as_str())
    }

    fn walk(&mut self, value: &Value) {
        for (what, replacement) in alternatives(self.template, &self.steps, self.key(), value) {
            // What is already so is not broken by it.
            if replacement != *value {
                self.add(&what, Edit::Replace(replacement));
            }
        }
        match value {
            Value::Object(map) if intrinsic(map).is_some() => self.function(map),
            Value::Object(map) => self.object(map),
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    self.within(&number.to_string(), |inner| {
                        if items.len() > 1 || !["Action", "Resource"].contains(&inner.key()) {
                            inner.add("left out", Edit::Remove);
                        }
                        inner.walk(item);
                    });
                }
            }
            Value::String(text) if self.key() == "TemplateBody" => self.template_within(text),
            _ => {}
        }
    }

    fn object(&mut self, map: &Map<String, Value>) {
        let is_condition = self.key() == "Condition";
        for (key, inner) in map.iter().filter(|(key, _)| !self.is_left_alone(key)).collect::<Vec<_>>() {
            self.within(key, |generator| {
                // Without its type, nothing is what it is.
                if key != "Type" {
                    generator.add("left out", Edit::Remove);
                }
                if is_condition && let Some(opposite) = opposite(key) {
                    generator.add(&format!("as {opposite}"), Edit::Rename(opposite));
                }
                generator.walk(inner);
            });
        }
    }

    /// What is inside of an intrinsic function, as far as it is not a name.
    fn function(&mut self, map: &Map<String, Value>) {
        let Some((name, argument)) = intrinsic(map) else { return };
        match (name, argument) {
            ("Fn::If", Value::Array(items)) => {
                for (number, item) in items.iter().enumerate().skip(1) {
                    self.within(name, |inner| inner.within(&number.to_string(), |inner| inner.walk(item)));
                }
            }
            ("Fn::Sub", Value::Array(items)) => {
                self.within(name, |inner| {
                    inner.within("1", |inner| inner.object(items[1].as_object().expect("a map")));
                });
            }
            (
                "Fn::And" | "Fn::Or" | "Fn::Not" | "Fn::Equals" | "Fn::Join" | "Fn::Split" | "Fn::Select",
                Value::Array(items),
            ) => {
                for (number, item) in items.iter().enumerate() {
                    self.within(name, |inner| inner.within(&number.to_string(), |inner| inner.walk(item)));
                }
            }
            _ => {}
        }
    }

    /// The template of a StackSet is broken as this one is.
    fn template_within(&mut self, text: &str) {
        let template = local_cloud::template::parse(text).expect("it is a template");
        for mutant in mutants(&template) {
            let text = mutant.apply(&template).to_string();
            self.add(&mutant.name, Edit::Replace(json!(text)));
        }
    }
}

/// The operator that holds where another does not.
fn opposite(operator: &str) -> Option<String> {
    let opposite = match operator.split_once("Not") {
        Some((kind, rest)) => format!("{kind}{rest}"),
        None => {
            let kind = ["String", "Arn"].into_iter().find(|kind| operator.starts_with(kind))?;
            operator.replacen(kind, &format!("{kind}Not"), 1)
        }
    };
    Some(opposite)
}

#[test]
fn a_mutant_leaves_out_or_replaces_what_its_name_states_and_nothing_else() {
    let template = json!({
        "Parameters": {"Hours": {"Type": "Number", "Default": 24, "Description": "For people."}},
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Delay": {"Ref": "Hours"}, "List": ["a", "b"]}},
            "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Action": "s3:*", "Same": {"Fn::If": ["Is", 1, 1]}}},
        },
    });
    let mutants = mutants(&template);
    let mutated = |name: &str| {
        let found = mutants.iter().find(|mutant| mutant.name == name);
        found
            .unwrap_or_else(|| panic!("{:#?}", mutants.iter().map(|one| &one.name).collect::<Vec<_>>()))
            .apply(&template)
    };
    assert_eq!(mutated("Parameters.Hours.Default: 240")["Parameters"]["Hours"]["Default"], 240);
    assert_eq!(mutated("Parameters.Hours: left out")["Parameters"], json!({}));
    let properties = |name: &str| mutated(name)["Resources"]["Queue"]["Properties"].clone();
    assert_eq!(
        properties("Resources.Queue.Properties.List.0: left out"),
        json!({"Delay": {"Ref": "Hours"}, "List": ["b"]})
    );
    assert_eq!(properties("Resources.Queue.Properties.Delay: left out"), json!({"List": ["a", "b"]}));
    let policy = &mutated("Resources.Policy.Properties.Action: s3:Other")["Resources"]["Policy"]["Properties"];
    assert_eq!(policy["Action"], "s3:Other");
    assert!(!mutants.iter().any(|mutant| mutant.name.contains("Description")));
    assert!(mutants.iter().all(|mutant| mutant.apply(&template) != template));
}
