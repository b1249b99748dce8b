//! Templates as a deployment sees them.

use serde_json::json;

use super::*;

fn target() -> Target {
    Target { stack_name: "s".into(), account: "111122223333".into(), region: "eu-west-1".into() }
}

fn resolved(text: &str, parameters: &[(&str, &str)]) -> std::result::Result<Resolved, TemplateError> {
    let parameters = parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    resolve(text, &target(), &parameters)
}

/// The properties of a resource X with these properties.
fn properties(head: &str, body: &str) -> std::result::Result<Value, TemplateError> {
    let text = format!(
        "{head}\nResources:\n  X:\n    Type: AWS::Other::Thing\n    Properties: {body}\n  Q: {{Type: AWS::SQS::Queue}}\n"
    );
    Ok(resolved(&text, &[])?.resources["X"].properties.clone())
}

#[test]
fn intrinsic_functions_are_resolved() {
    let cases = [
        ("!Ref AWS::AccountId", json!("111122223333")),
        ("!Ref AWS::Partition", json!("aws")),
        ("!Sub 'a-${AWS::Region}-${!Kept}-${P}'", json!("a-eu-west-1-${Kept}-p")),
        ("!Sub ['${Own}/${P}', {Own: !Ref AWS::StackName}]", json!("s/p")),
        ("!Join ['-', [a, !Ref P]]", json!("a-p")),
        ("!Join [',', !Ref L]", json!("x,y")),
        ("!Select [1, !Split ['/', a/b/c]]", json!("b")),
        ("!Select ['0', !Ref L]", json!("x")),
        ("!FindInMap [M, !Ref AWS::Region, Size]", json!(7)),
        ("!If [IsP, yes, no]", json!("yes")),
        ("!If [IsOther, yes, no]", json!("no")),
        ("!If [Both, 1, 2]", json!(2)),
        ("!GetAZs ''", json!(["eu-west-1a", "eu-west-1b", "eu-west-1c"])),
    ];
    let head = "Parameters: {P: {Type: String, Default: p}, L: {Type: CommaDelimitedList, Default: 'x, y'}}\n\
                Mappings: {M: {eu-west-1: {Size: 7}}}\n\
                Conditions: {IsP: !Equals [!Ref P, p], IsOther: !Not [!Condition IsP], Both: !And [!Condition IsP, !Condition IsOther]}";
    for (source, expected) in cases {
        assert_eq!(properties(head, &format!("{{V: {source}}}")).unwrap()["V"], expected, "{source}");
    }
}

#[test]
fn no_value_removes_a_property_and_a_list_item() {
    let head = "Conditions: {Never: !Equals [a, b]}";
    let value = properties(head, "{A: !If [Never, 1, !Ref AWS::NoValue], B: [1, !Ref AWS::NoValue, 2]}").unwrap();
    assert_eq!(value, json!({"B": [1, 2]}));
}

#[test]
fn queues_functions_and_roles_have_plausible_arns() {
    let value = properties("", "{A: !GetAtt Q.Arn, B: !Ref Q, C: !GetAtt [Q, QueueName]}").unwrap();
    let name = value["C"].as_str().unwrap();
    assert!(name.starts_with("s-Q-"), "{name}");
    assert_eq!(value["A"], format!("arn:aws:sqs:eu-west-1:111122223333:{name}"));
    assert_eq!(value["B"], format!("https://sqs.eu-west-1.amazonaws.com/111122223333/{name}"));
}

#[test]
fn what_is_not_understood_is_an_error_that_names_the_place() {
    let cases = [
        ("!Ref Nothing", "Resources.X.Properties.V.Ref: there is no parameter or resource Nothing"),
        ("!ImportValue x", "Resources.X.Properties.V.Fn::ImportValue: values of other stacks cannot be imported here"),
        ("{Fn::Whatever: 1}", "Resources.X.Properties.V.Fn::Whatever: Fn::Whatever is not understood here"),
        ("!Sub '${A'", "Resources.X.Properties.V.Fn::Sub: a ${ has no }"),
        ("!If [Unknown, 1, 2]", "Resources.X.Properties.V.Fn::If: there is no condition \"Unknown\""),
    ];
    for (source, expected) in cases {
        assert_eq!(properties("", &format!("{{V: {source}}}")).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_resource_whose_condition_does_not_hold_is_not_made_and_cannot_be_referred_to() {
    let text = "Conditions: {Never: !Equals [a, b]}\nResources:\n  A: {Type: AWS::SQS::Queue, Condition: Never}\n  B: {Type: AWS::SQS::Queue}";
    assert_eq!(resolved(text, &[]).unwrap().resources.keys().collect::<Vec<_>>(), ["B"]);
    let text = format!("{text}\n  C: {{Type: T, Properties: {{V: !Ref A}}}}");
    let error = resolved(&text, &[]).unwrap_err();
    assert_eq!(error.problem, "A is not made here: its condition does not hold");
}

#[test]
fn a_circle_is_an_error() {
    let text = "Conditions: {A: !Condition B, B: !Condition A}\nResources: {X: {Type: T, Condition: A}}";
    assert_eq!(resolved(text, &[]).unwrap_err().problem, "this refers to itself");
    let text = "Resources:\n  X: {Type: T, Properties: {Name: !Ref Y}}\n  Y: {Type: T, Properties: {Name: !Ref X}}";
    assert_eq!(resolved(text, &[]).unwrap_err().problem, "this refers to itself");
}

#[test]
fn parameters_are_checked_as_cloudformation_checks_them() {
    let text = "Parameters:\n  \
                A: {Type: String, AllowedValues: [x, y], Default: x}\n  \
                B: {Type: String, AllowedPattern: '\\d{2}', Default: '12'}\n  \
                C: {Type: Number, MinValue: 1, MaxValue: 3, Default: 2}\n  \
                D: {Type: String, MinLength: 2, MaxLength: 3, Default: ab}\n\
                Resources: {X: {Type: T, Properties: {V: !Ref C}}}";
    assert_eq!(resolved(text, &[("C", "3")]).unwrap().resources["X"].properties, json!({"V": "3"}));
    let cases = [
        (("A", "z"), "Parameters.A: \"z\" is none of the allowed values"),
        (("B", "123"), "Parameters.B: \"123\" does not match \\d{2}"),
        (("C", "4"), "Parameters.C: 4 is more than 3"),
        (("C", "x"), "Parameters.C: \"x\" is not a number"),
        (("D", "a"), "Parameters.D: \"a\" is shorter than 2"),
        (("E", "a"), "Parameters: the template has no parameter E"),
    ];
    for (parameter, expected) in cases {
        assert_eq!(resolved(text, &[parameter]).unwrap_err().to_string(), expected);
    }
    let required = "Parameters: {A: {Type: String}}\nResources: {}";
    assert_eq!(resolved(required, &[]).unwrap_err().problem, "it has no default and was not given");
}

#[test]
fn a_rule_of_the_template_refuses_parameters_that_do_not_fit_together() {
    let text = "Parameters: {A: {Type: String, Default: ''}, B: {Type: String, Default: no}}\n\
                Rules: {R: {RuleCondition: !Equals [!Ref B, use], Assertions: [{Assert: !Not [!Equals [!Ref A, '']], AssertDescription: Give A.}]}}\n\
                Resources: {}";
    assert!(resolved(text, &[]).is_ok());
    assert_eq!(resolved(text, &[("B", "use")]).unwrap_err().to_string(), "Rules.R: Give A.");
    assert!(resolved(text, &[("B", "use"), ("A", "a")]).is_ok());
}

#[test]
fn the_projects_template_resolves_in_every_place() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml")).unwrap();
    for place in ["AdministratorAccount", "ManagementAccount", "MemberAccount"] {
        let parameters = [
            ("Place", place),
            ("OrganizationId", "o-exampleorg01"),
            ("ManagementAccountId", "111111111111"),
            ("AdministratorAccountId", "222222222222"),
            ("TrustedAdministratorIds", "222222222222"),
        ];
        let resolved = resolved(&text, &parameters).unwrap_or_else(|error| panic!("{place}: {error}"));
        assert!(!resolved.resources.is_empty(), "{place}");
    }
}
