//! What each role may do, beside something similar that it may not.

use std::collections::BTreeMap;

use detective_emulator::policy::{Principal, Request};
use local_cloud::Stack;
use local_cloud::stack::Role;
use serde_json::{Value, json};

use end_to_end::deployed_template::WITHOUT_RESOURCES;
use end_to_end::environment::Environment;
use end_to_end::full_environment::FullOrganization;
use end_to_end::scenario::{ADMINISTRATOR, MANAGEMENT};
use end_to_end::template::template;

/// A role, an action, and the resource and the condition key that it is granted on and that it is not granted on.
type Case<'a> = (&'a str, &'a str, On<'a>, On<'a>);
type On<'a> = (&'a str, &'a [(&'static str, &'a str)]);

const DETECTIVE: &[(&str, &str)] = &[("organizations:ServicePrincipal", "detective.amazonaws.com")];
const OURS: &[(&str, &str)] = &[("events:source", "detective-onboarding")];
const IN_THIS_ACCOUNT: &[(&str, &str)] = &[("aws:ResourceAccount", "222222222222")];
const IN_ANOTHER_ACCOUNT: &[(&str, &str)] = &[("aws:ResourceAccount", "700000000009")];
const BUS: &str = "arn:aws:events:us-east-1:222222222222:event-bus/default";
const APP: &str = "arn:aws:organizations::111111111111:account/o-exampleorg01/333333333333";
const GRAPH: &str = "arn:aws:detective:eu-west-1:222222222222:graph:0123";
const STRANGE_GRAPH: &str = "arn:aws:detective:eu-west-1:700000000009:graph:0123";

const CASES: &[Case<'_>] = &[
    ("OrganizationReconcilerRole", "events:PutEvents", (BUS, OURS), (BUS, &[("events:source", "detective-else")])),
    ("OrganizationReconcilerRole", "events:PutEvents", (BUS, OURS), (BUS, &[])),
    (
        "OrganizationReconcilerRole",
        "events:PutEvents",
        (BUS, OURS),
        ("arn:aws:events:us-east-1:222222222222:event-bus/other", OURS),
    ),
    ("OrganizationReconcilerRole", "detective:DeleteMembers", (GRAPH, &[]), (STRANGE_GRAPH, &[])),
    ("OrganizationReconcilerRole", "detective:TagResource", (GRAPH, &[]), (STRANGE_GRAPH, &[])),
    (
        "OrganizationReconcilerRole",
        "s3:PutObject",
        ("arn:aws:s3:::coverage-reports/coverage/x", IN_THIS_ACCOUNT),
        ("arn:aws:s3:::coverage-reports/other/x", IN_THIS_ACCOUNT),
    ),
    (
        "OrganizationReconcilerRole",
        "s3:GetObject",
        ("arn:aws:s3:::coverage-reports/coverage/x", IN_THIS_ACCOUNT),
        ("arn:aws:s3:::other/coverage/x", IN_THIS_ACCOUNT),
    ),
    (
        "OrganizationReconcilerRole",
        "s3:GetObject",
        ("arn:aws:s3:::coverage-reports/state/x", IN_THIS_ACCOUNT),
        ("arn:aws:s3:::coverage-reports/state/x", IN_ANOTHER_ACCOUNT),
    ),
    (
        "AccountOnboarderRole",
        "ssm:GetParameter",
        ("arn:aws:ssm:us-east-1:222222222222:parameter/security/policy", &[]),
        ("arn:aws:ssm:us-east-1:222222222222:parameter/security/secret", &[]),
    ),
    (
        "AccountOnboarderRole",
        "organizations:DescribeAccount",
        (APP, &[]),
        ("arn:aws:organizations::999999999999:account/o-anotherorg01/333333333333", &[]),
    ),
    ("AccountOffboarderRole", "detective:DeleteMembers", (GRAPH, &[]), (STRANGE_GRAPH, &[])),
    (
        "role/detective-member-acceptor",
        "sts:AssumeRole",
        ("arn:aws:iam::333333333333:role/detective-member", &[]),
        ("arn:aws:iam::333333333333:role/OrganizationAccountAccessRole", &[]),
    ),
    ("InvitationAcceptorRole", "detective:AcceptInvitation", (GRAPH, &[]), (STRANGE_GRAPH, &[])),
    ("role/detective-member", "detective:AcceptInvitation", (GRAPH, &[]), (STRANGE_GRAPH, &[])),
    (
        "AdministratorKeeperRole",
        "iam:CreateServiceLinkedRole",
        ("arn:aws:iam::111111111111:role/aws-service-role/detective.amazonaws.com/AWSServiceRoleForDetective", &[]),
        ("arn:aws:iam::111111111111:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForGuardDuty", &[]),
    ),
    ("AdministratorKeeperRole", "organizations:EnableAWSServiceAccess", ("*", DETECTIVE), ("*", &[])),
    (
        "AdministratorKeeperRole",
        "organizations:RegisterDelegatedAdministrator",
        ("arn:aws:organizations::111111111111:account/o-exampleorg01/222222222222", DETECTIVE),
        (APP, DETECTIVE),
    ),
    (
        "EventForwardingRole",
        "events:PutEvents",
        (BUS, &[]),
        ("arn:aws:events:us-east-1:222222222222:event-bus/other", &[]),
    ),
    (
        "EventForwardingRole",
        "events:PutEvents",
        (BUS, &[]),
        ("arn:aws:events:us-east-1:333333333333:event-bus/default", &[]),
    ),
];

#[tokio::test]
async fn each_role_may_do_what_it_is_for_and_not_what_is_similar() {
    let environment = FullOrganization::new().await.deploy().await;
    let roles = environment.cloud.roles();
    for (name, action, granted, refused) in CASES {
        let named = roles.iter().filter(|(arn, _)| arn.contains(&format!("-{name}-")) || arn.ends_with(name));
        let mut found = 0;
        for (arn, role) in named {
            let allows = |(resource, context): &On<'_>| {
                let context: BTreeMap<&'static str, String> =
                    context.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
                role.permissions.allows(&Request { principal: Principal::Own, action, resource, context })
            };
            assert!(allows(granted), "{arn} may not {action} on {granted:?}");
            assert!(!allows(refused), "{arn} may {action} on {refused:?}");
            found += 1;
        }
        assert!(found > 0, "there is no {name}");
    }
}

/// Every role with its grants on resources: action and resource.
fn grants(environment: &Environment) -> Vec<(String, String, String)> {
    let texts = |value: &Value| -> Vec<String> {
        let items = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut grants = Vec::new();
    for (arn, role) in environment.cloud.roles() {
        for statement in role.permissions.statements() {
            assert!(statement["NotAction"].is_null() && statement["NotResource"].is_null(), "{arn}: {statement}");
            for action in texts(&statement["Action"]) {
                let on = texts(&statement["Resource"]);
                grants.extend(on.into_iter().map(|resource| (arn.clone(), action.clone(), resource)));
            }
        }
    }
    grants
}

#[tokio::test]
async fn what_can_be_granted_on_arns_is_and_no_action_is_a_pattern() {
    let environment = FullOrganization::new().await.deploy().await;
    let grants = grants(&environment);
    assert!(grants.len() > 100, "{}", grants.len());
    for (role, action, resource) in grants {
        assert!(!action.contains('*'), "{role}: {action}");
        // An ARN names at least the service, and the kind or the name of the resource.
        let named =
            resource.split(':').nth(2).is_some_and(|service| !service.contains('*')) && !resource.ends_with(":*:*");
        assert!(named || WITHOUT_RESOURCES.contains(&action.as_str()), "{role}: {action} on {resource}");
    }
}

#[tokio::test]
async fn no_schedules_role_can_be_assumed_for_another_schedule_group() {
    let environment = FullOrganization::new().await.deploy().await;
    let roles = environment.cloud.roles();
    let scheduler = json!({"Service": "scheduler.amazonaws.com"});
    let trusts = |role: &Role| role.trust.statements().iter().any(|statement| statement["Principal"] == scheduler);
    let ours: Vec<_> = roles.iter().filter(|(_, role)| trusts(role)).collect();
    assert_eq!(ours.len(), 6);
    for (arn, role) in ours {
        let account = arn.split(':').nth(4).unwrap();
        let request = Request {
            principal: Principal::Service("scheduler.amazonaws.com"),
            action: "sts:AssumeRole",
            resource: arn,
            context: BTreeMap::from([
                ("aws:SourceAccount", account.to_owned()),
                ("aws:SourceArn", format!("arn:aws:scheduler:us-east-1:{account}:schedule-group/default")),
            ]),
        };
        assert!(!role.trust.allows(&request), "{arn}");
    }
}

fn publish<'a>(principal: Principal<'a>, resource: &'a str, context: BTreeMap<&'static str, String>) -> Request<'a> {
    Request { principal, action: "sns:Publish", resource, context }
}

#[test]
fn nobody_publishes_to_the_topic_but_alarms_of_the_account_and_the_functions_that_send_alerts() {
    let parameters =
        [("OrganizationId", "o-exampleorg01"), ("ManagementAccountId", "111111111111"), ("RemoveMembers", "true")];
    let stack = Stack {
        name: "detective-onboarding".to_owned(),
        account: "222222222222".to_owned(),
        region: "us-east-1".to_owned(),
        template: template(),
        parameters: parameters.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
    };
    let plan = stack.plan().unwrap();
    let [(topic, policy)] = &plan.topics.iter().collect::<Vec<_>>()[..] else { panic!("{:?}", plan.topics) };
    for (service, account, admitted) in [
        ("cloudwatch.amazonaws.com", "222222222222", true),
        ("cloudwatch.amazonaws.com", "333333333333", false),
        ("events.amazonaws.com", "222222222222", false),
    ] {
        // Whether the second key is there is not documented.
        for more in [None, Some(("aws:PrincipalIsAWSService", "true".to_owned()))] {
            let context = [("aws:SourceAccount", account.to_owned())].into_iter().chain(more).collect();
            assert_eq!(
                policy.allows(&publish(Principal::Service(service), topic, context)),
                admitted,
                "{service} {account}"
            );
        }
    }
    let role = |name: &str| plan.roles.keys().find(|arn| arn.contains(name)).cloned().expect("there is the role");
    let sends = ["OrganizationReconciler", "MemberMonitor", "AccountOffboarder"].map(|of| role(&format!("-{of}Role-")));
    let others =
        ["user/developer", "role/administrator", "root"].map(|name| format!("arn:aws:iam::222222222222:{name}"));
    for arn in plan.roles.keys().cloned().chain(others) {
        let context = [("aws:PrincipalArn", arn.clone()), ("aws:PrincipalIsAWSService", "false".to_owned())].into();
        let caller = Principal::Caller { account: "222222222222", arn: &arn };
        assert_eq!(policy.denies(&publish(caller, topic, context)), !sends.contains(&arn), "{arn}");
    }
    // These roles have the grant, and no other role has it.
    let publishes = |(_, role): &(&String, &Role)| {
        role.permissions.statements().iter().any(|statement| statement["Action"] == "sns:Publish")
    };
    let granted: Vec<&String> = plan.roles.iter().filter(publishes).map(|(arn, _)| arn).collect();
    assert_eq!(granted.len(), 3, "{granted:?}");
    assert!(granted.iter().all(|arn| sends.contains(arn)), "{granted:?}");
}

/// A stack with these parameters in an account: what its roles may do, each as an action on a resource.
fn granted(account: &str, parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    let all = [&Environment::ORGANIZATION[..], parameters].concat();
    let stack = Stack {
        name: "detective-onboarding".to_owned(),
        account: account.to_owned(),
        region: "us-east-1".to_owned(),
        template: template(),
        parameters: all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    };
    let roles = stack.plan().unwrap().roles;
    let texts = |value: &Value| match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        one => vec![one.as_str().unwrap_or_default().to_owned()],
    };
    let statements = roles.values().flat_map(|role| role.permissions.statements());
    let pairs = statements.flat_map(|statement| {
        let resources = texts(&statement["Resource"]);
        texts(&statement["Action"]).into_iter().flat_map(move |action| {
            resources.clone().into_iter().map(move |resource| (action.clone(), resource)).collect::<Vec<_>>()
        })
    });
    pairs.collect()
}

#[test]
fn what_is_optional_is_granted_only_where_it_is_configured() {
    let never = [("ReinviteUnverified", "false")];
    for (parameters, action, on) in [
        (&[("RemoveMembers", "true")][..], "detective:DeleteMembers", ""),
        (&[("ReinviteUnverified", "true")], "detective:DeleteMembers", ""),
        (&[("RemoveMembers", "true")], "s3:PutObject", "/removals/"),
        (&[("CreateMissingGraphs", "true")], "detective:CreateGraph", ""),
        (&[("CreateMissingGraphs", "true"), ("GraphTags", "team=security")], "detective:TagResource", ""),
        (&[("CorrectDrift", "true")], "detective:UpdateOrganizationConfiguration", ""),
        (&[("DatasourcePackages", "EKS_AUDIT")], "detective:UpdateDatasourcePackages", ""),
        (&[("CoveragePolicyParameter", "/security/policy")], "ssm:GetParameter", ""),
        (&[("DetectiveRegions", "all")], "account:ListRegions", ""),
        (&[("DailyDigest", "true")], "s3:GetObject", "/failures/*"),
        (
            &[("MemberRoleName", "detective-member"), ("MemberRoleExternalId", "agreed-upon-with-them")],
            "sts:AssumeRole",
            "",
        ),
        (
            &[("KmsKeyArn", "arn:aws:kms:us-east-1:222222222222:key/00000000-0000-4000-8000-000000000000")],
            "kms:Decrypt",
            "",
        ),
    ] {
        let has = |granted: Vec<(String, String)>| {
            granted.iter().any(|(granted, resource)| granted == action && resource.contains(on))
        };
        assert!(!has(granted(ADMINISTRATOR, &never)), "{action} {on} is granted although nobody asked for it");
        assert!(
            has(granted(ADMINISTRATOR, &[&never[..], parameters].concat())),
            "{action} {on} is not granted with {parameters:?}"
        );
    }
}

#[tokio::test]
async fn no_role_may_delete_a_graph_take_away_an_administrator_or_leave_a_graph() {
    const NEVER: [&str; 6] = [
        "detective:DeleteGraph",
        "detective:DisableOrganizationAdminAccount",
        "detective:DisassociateMembership",
        "organizations:DeregisterDelegatedAdministrator",
        "organizations:DisableAWSServiceAccess",
        "organizations:LeaveOrganization",
    ];
    let environment = FullOrganization::new().await.deploy().await;
    let roles = environment.cloud.roles();
    assert!(roles.len() > 10, "{}", roles.len());
    for (arn, role) in roles {
        for statement in role.permissions.statements().iter().filter(|statement| statement["Effect"] == "Allow") {
            // Actions are no patterns, as another test has it.
            let found = NEVER.iter().find(|action| statement["Action"].to_string().contains(*action));
            assert_eq!(found, None, "{arn}: {statement}");
        }
    }
}

#[test]
fn the_keeper_may_change_nothing_with_report_and_has_no_role_with_off() {
    let granted = |check: &str| {
        let place = [("Place", "ManagementAccount"), ("AdministratorAccountId", ADMINISTRATOR)];
        granted(MANAGEMENT, &[&place[..], &[("AdministratorCheck", check)]].concat())
    };
    // What reads begins so in both services.
    let is_change = |action: &str| {
        let of_organization = ["detective:", "organizations:"].iter().any(|service| action.starts_with(service));
        let (_, name) = action.split_once(':').unwrap_or_default();
        of_organization && !["Describe", "List", "Get"].iter().any(|verb| name.starts_with(verb))
    };
    let changes = |check: &str| granted(check).iter().filter(|(action, _)| is_change(action)).count();
    let reads = |check: &str| granted(check).iter().any(|(action, _)| action.starts_with("organizations:"));
    assert!(changes("correct") > 0 && reads("correct"));
    assert!(changes("report") == 0 && reads("report"), "{:?}", granted("report"));
    assert!(!reads("off"), "{:?}", granted("off"));
}
