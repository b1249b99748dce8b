//! Who may call what, and how callers are authenticated.

use aws_sdk_detective::config::Credentials;
use detective_emulator::{Cloud, Scenario};

use crate::setup::{
    ADMINISTRATOR, APP, MANAGEMENT, OUTSIDER, SCENARIO, code, config, detective, graph, invitee, organizations, start,
    sts,
};

#[tokio::test]
async fn twelve_digits_are_the_account_id() {
    let emulator = start(SCENARIO).await;
    let identity = sts(&emulator, APP).get_caller_identity().send().await.unwrap();
    assert_eq!(identity.account(), Some(APP));
}

#[tokio::test]
async fn only_the_administrator_manages_members() {
    let emulator = start(SCENARIO).await;
    let arn = graph(&detective(&emulator, ADMINISTRATOR, "us-east-1")).await;
    for id in [APP, MANAGEMENT, OUTSIDER] {
        let client = detective(&emulator, id, "us-east-1");
        assert_eq!(code(client.list_members().graph_arn(&arn).send().await), "AccessDeniedException", "{id}");
        assert_eq!(code(client.delete_graph().graph_arn(&arn).send().await), "AccessDeniedException", "{id}");
        let create = client.create_members().graph_arn(&arn).accounts(invitee(APP, "app@example.com"));
        assert_eq!(code(create.send().await), "AccessDeniedException", "{id}");
        let delete = client.delete_members().graph_arn(&arn).account_ids(APP);
        assert_eq!(code(delete.send().await), "AccessDeniedException", "{id}");
    }
    let elsewhere = detective(&emulator, ADMINISTRATOR, "eu-west-1");
    assert_eq!(code(elsewhere.list_members().graph_arn(&arn).send().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn only_the_management_account_designates() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let enable = client.enable_organization_admin_account().account_id(APP);
    assert_eq!(code(enable.send().await), "AccessDeniedException");
    assert_eq!(code(client.disable_organization_admin_account().send().await), "AccessDeniedException");
    assert_eq!(code(client.list_organization_admin_accounts().send().await), "AccessDeniedException");
}

#[tokio::test]
async fn the_organization_is_read_by_the_management_account_and_delegated_administrators_only() {
    let emulator = start(SCENARIO).await;
    organizations(&emulator, MANAGEMENT).list_accounts().send().await.unwrap();
    organizations(&emulator, ADMINISTRATOR).list_accounts().send().await.unwrap();
    let app = organizations(&emulator, APP);
    assert_eq!(code(app.list_accounts().send().await), "AccessDeniedException");
    app.describe_organization().send().await.unwrap();
    let outsider = organizations(&emulator, OUTSIDER);
    assert_eq!(code(outsider.describe_organization().send().await), "AWSOrganizationsNotInUseException");
    let administrator = organizations(&emulator, ADMINISTRATOR);
    assert_eq!(code(administrator.close_account().account_id(APP).send().await), "AccessDeniedException");
}

const ROLE: &str = r#"
roles:
  - name: DetectiveMember
    trust:
      Version: "2012-10-17"
      Statement:
        - {Effect: Allow, Principal: {AWS: "arn:aws:iam::222222222222:root"}, Action: "sts:AssumeRole", Condition: {StringEquals: {"sts:ExternalId": "agreed"}}}
accessKeys: [{id: AKIAEXAMPLE, secret: wJalrXUtnFEMI, account: "333333333333"}]
"#;

#[tokio::test]
async fn a_role_is_assumed_only_as_its_trust_policy_allows_and_its_keys_act_in_its_account() {
    let emulator = start(&format!("{SCENARIO}{ROLE}")).await;
    let role = format!("arn:aws:iam::{OUTSIDER}:role/DetectiveMember");
    let assume = |id: &str, external: Option<&str>| {
        let request = sts(&emulator, id).assume_role().role_arn(&role).role_session_name("session");
        request.set_external_id(external.map(str::to_owned)).send()
    };
    assert_eq!(code(assume(ADMINISTRATOR, None).await), "AccessDenied");
    assert_eq!(code(assume(ADMINISTRATOR, Some("guessed")).await), "AccessDenied");
    assert_eq!(code(assume(APP, Some("agreed")).await), "AccessDenied");
    let keys = assume(ADMINISTRATOR, Some("agreed")).await.unwrap().credentials.unwrap();
    let credentials = |secret: &str| {
        let token = Some(keys.session_token().to_owned());
        Credentials::new(keys.access_key_id(), secret, token, None, "test")
    };
    let session = aws_sdk_sts::Client::new(&config(&emulator, credentials(keys.secret_access_key()), "us-east-1"));
    let identity = session.get_caller_identity().send().await.unwrap();
    assert_eq!(identity.account(), Some(OUTSIDER));
    assert_eq!(identity.arn(), Some(format!("arn:aws:sts::{OUTSIDER}:assumed-role/DetectiveMember/session").as_str()));
    let forged = aws_sdk_detective::Client::new(&config(&emulator, credentials("wrong"), "us-east-1"));
    assert_eq!(code(forged.list_graphs().send().await), "InvalidSignatureException");
    crate::setup::minutes(&emulator, 61);
    assert_eq!(code(session.get_caller_identity().send().await), "ExpiredToken");
}

#[tokio::test]
async fn an_explicit_deny_in_a_trust_policy_denies_assume_role() {
    let roles = r#"
roles:
  - name: DetectiveMember
    trust:
      Statement:
        - {Effect: Allow, Principal: {AWS: "*"}, Action: "sts:AssumeRole"}
        - {Effect: Deny, Principal: {AWS: "222222222222"}, Action: "sts:*"}
        - Effect: Deny
          Principal: "*"
          Action: "sts:AssumeRole"
          Condition: {StringNotEquals: {"aws:PrincipalOrgID": o-exampleorg01}}
"#;
    let emulator = start(&format!("{SCENARIO}{roles}")).await;
    let assume = async |id: &str| {
        let role = format!("arn:aws:iam::{OUTSIDER}:role/DetectiveMember");
        sts(&emulator, id).assume_role().role_arn(role).role_session_name("session").send().await
    };
    assume(APP).await.unwrap();
    assert_eq!(code(assume(ADMINISTRATOR).await), "AccessDenied", "its account is denied");
    assert_eq!(code(assume(OUTSIDER).await), "AccessDenied", "whoever is outside the organization is denied");
}

#[test]
fn a_trust_policy_with_an_unknown_condition_operator_is_refused() {
    let scenario = r#"
roles:
  - name: DetectiveMember
    trust:
      Statement:
        - Effect: Allow
          Principal: "*"
          Action: "sts:AssumeRole"
          Condition: {DateLessThan: {"aws:CurrentTime": "2030-01-01"}}
"#;
    let error = Cloud::new(&Scenario::from_yaml(scenario).unwrap()).unwrap_err().to_string();
    assert!(error.contains("role DetectiveMember: the condition operator DateLessThan is not understood"), "{error}");
}

#[tokio::test]
async fn a_key_whose_secret_is_known_must_sign_with_it() {
    let emulator = start(&format!("{SCENARIO}{ROLE}")).await;
    let client = |key: &str, secret: &str| {
        aws_sdk_detective::Client::new(&config(
            &emulator,
            Credentials::new(key, secret, None, None, "test"),
            "us-east-1",
        ))
    };
    client("AKIAEXAMPLE", "wJalrXUtnFEMI").list_graphs().send().await.unwrap();
    assert_eq!(code(client("AKIAEXAMPLE", "other").list_graphs().send().await), "InvalidSignatureException");
    assert_eq!(code(client("AKIAUNKNOWN", "other").list_graphs().send().await), "UnrecognizedClientException");
    // Path and query string are part of the signature too.
    let arn = client("AKIAEXAMPLE", "wJalrXUtnFEMI").create_graph().send().await.unwrap().graph_arn.unwrap();
    let signed = client("AKIAEXAMPLE", "wJalrXUtnFEMI");
    signed.tag_resource().resource_arn(&arn).tags("a b".replace(' ', "."), "x").send().await.unwrap();
    signed.untag_resource().resource_arn(&arn).tag_keys("a.b").tag_keys("c").send().await.unwrap();
}

#[tokio::test]
async fn sts_names_the_errors_of_signatures_and_of_input_in_its_own_way() {
    let emulator = start(&format!("{SCENARIO}{ROLE}")).await;
    let client = |key: &str| {
        let credentials = Credentials::new(key, "wrong", None, None, "test");
        aws_sdk_sts::Client::new(&config(&emulator, credentials, "us-east-1"))
    };
    assert_eq!(code(client("AKIAEXAMPLE").get_caller_identity().send().await), "SignatureDoesNotMatch");
    assert_eq!(code(client("AKIAUNKNOWN").get_caller_identity().send().await), "InvalidClientTokenId");
    let assume = |session: &str, seconds: i32| {
        let request =
            sts(&emulator, ADMINISTRATOR).assume_role().role_arn("arn:aws:iam::999999999999:role/DetectiveMember");
        request.external_id("agreed").role_session_name(session).duration_seconds(seconds).send()
    };
    assert_eq!(code(assume("not <a> name", 900).await), "ValidationError");
    assert_eq!(code(assume("session", 899).await), "ValidationError");
    assume("session", 900).await.unwrap();
}

#[tokio::test]
async fn a_session_that_is_named_by_an_email_address_is_not_named_in_the_journal() {
    let emulator = start(&format!("{SCENARIO}{ROLE}")).await;
    let request =
        sts(&emulator, ADMINISTRATOR).assume_role().role_arn("arn:aws:iam::999999999999:role/DetectiveMember");
    let keys = request.external_id("agreed").role_session_name("a.person@example.com").send().await.unwrap();
    let keys = keys.credentials.unwrap();
    let token = Some(keys.session_token().to_owned());
    let credentials = Credentials::new(keys.access_key_id(), keys.secret_access_key(), token, None, "test");
    let client = aws_sdk_sts::Client::new(&config(&emulator, credentials, "us-east-1"));
    assert!(client.get_caller_identity().send().await.unwrap().arn().unwrap().ends_with("/a.person@example.com"));
    let principals: Vec<String> = emulator.cloud().journal().into_iter().map(|call| call.principal).collect();
    assert_eq!(principals[1], "arn:aws:sts::999999999999:assumed-role/DetectiveMember/(redacted)");
}

#[tokio::test]
async fn the_management_account_reaches_the_accounts_that_the_organization_created() {
    let emulator = start(SCENARIO).await;
    let client = organizations(&emulator, MANAGEMENT);
    let request = client.create_account().account_name("new").email("new@example.com").role_name("Landing");
    request.send().await.unwrap();
    crate::setup::minutes(&emulator, 1);
    let statuses = client.list_create_account_status().send().await.unwrap();
    let new = statuses.create_account_statuses()[0].account_id().unwrap();
    let assume = async |id: &str, account: &str, role: &str| {
        let role = format!("arn:aws:iam::{account}:role/{role}");
        sts(&emulator, id).assume_role().role_arn(role).role_session_name("session").send().await.is_ok()
    };
    for (id, account, role, wanted) in [
        (MANAGEMENT, APP, "OrganizationAccountAccessRole", true),
        (ADMINISTRATOR, APP, "OrganizationAccountAccessRole", false),
        (MANAGEMENT, OUTSIDER, "OrganizationAccountAccessRole", false),
        (MANAGEMENT, new, "Landing", true),
        (MANAGEMENT, new, "OrganizationAccountAccessRole", false),
    ] {
        assert_eq!(assume(id, account, role).await, wanted, "{id} {account} {role}");
    }
}

#[tokio::test]
async fn the_journal_has_calls_that_were_refused() {
    let emulator = start(SCENARIO).await;
    let credentials = Credentials::new("AKIAUNKNOWN", "any", None, None, "test");
    let client = aws_sdk_detective::Client::new(&config(&emulator, credentials, "eu-west-1"));
    client.list_graphs().send().await.unwrap_err();
    let journal = emulator.cloud().journal();
    let [call] = &journal[..] else { panic!("{journal:?}") };
    assert_eq!((&*call.account, &*call.operation, &*call.region, call.status), ("", "ListGraphs", "eu-west-1", 403));
    assert_eq!(call.error_code.as_deref(), Some("UnrecognizedClientException"));
}
