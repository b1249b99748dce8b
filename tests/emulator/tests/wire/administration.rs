//! The organization's Detective administrator, and AutoEnable.

use aws_sdk_detective::types::MemberStatus;

use crate::setup::{
    ADMINISTRATOR, APP, MANAGEMENT, OUTSIDER, SCENARIO, code, detective, graph, member, minutes, organizations, start,
};

#[tokio::test]
async fn the_management_account_designates_an_administrator_which_gets_a_graph() {
    let emulator = start(SCENARIO).await;
    let management = detective(&emulator, MANAGEMENT, "ap-south-1");
    let enable = async |id: &str| management.enable_organization_admin_account().account_id(id).send().await;
    assert_eq!(code(enable(OUTSIDER).await), "ValidationException", "it is not in the organization");
    assert_eq!(code(enable(APP).await), "ValidationException", "another one is the delegated administrator");
    enable(ADMINISTRATOR).await.unwrap();
    enable(ADMINISTRATOR).await.unwrap();
    let listed = management.list_organization_admin_accounts().send().await.unwrap();
    assert_eq!(listed.administrators()[0].account_id(), Some(ADMINISTRATOR));
    let administrator = detective(&emulator, ADMINISTRATOR, "ap-south-1");
    assert_eq!(Some(graph(&administrator).await.as_str()), listed.administrators()[0].graph_arn());

    management.disable_organization_admin_account().send().await.unwrap();
    assert!(management.list_organization_admin_accounts().send().await.unwrap().administrators().is_empty());
    assert!(administrator.list_graphs().send().await.unwrap().graph_list().is_empty(), "its graph is deleted with it");
}

#[tokio::test]
async fn deregistering_the_delegated_administrator_deletes_its_graphs_in_all_regions() {
    let emulator = start(SCENARIO).await;
    let deregister =
        organizations(&emulator, MANAGEMENT).deregister_delegated_administrator().account_id(ADMINISTRATOR);
    deregister.service_principal("detective.amazonaws.com").send().await.unwrap();
    let management = detective(&emulator, MANAGEMENT, "us-east-1");
    assert!(management.list_organization_admin_accounts().send().await.unwrap().administrators().is_empty());
}

#[tokio::test]
async fn auto_enable_adds_accounts_that_join_later_and_no_others() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    let configuration = client.describe_organization_configuration().graph_arn(&arn).send().await.unwrap();
    assert!(!configuration.auto_enable());
    client.update_organization_configuration().graph_arn(&arn).auto_enable(true).send().await.unwrap();
    assert!(client.describe_organization_configuration().graph_arn(&arn).send().await.unwrap().auto_enable());
    organizations(&emulator, MANAGEMENT)
        .create_account()
        .account_name("new")
        .email("new@example.com")
        .send()
        .await
        .unwrap();
    minutes(&emulator, 5);
    let members = client.list_members().graph_arn(&arn).send().await.unwrap();
    assert_eq!(members.member_details().len(), 1, "the new account, and not those that were there before");
    assert_eq!(members.member_details()[0].status(), Some(&MemberStatus::Enabled));
    assert!(member(&client, &arn, APP).await.is_none());
}

#[tokio::test]
async fn an_invitation_graph_has_no_organization_configuration() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "eu-west-1");
    let arn = graph(&client).await;
    assert_eq!(code(client.describe_organization_configuration().graph_arn(&arn).send().await), "ValidationException");
}

#[tokio::test]
async fn the_designation_ends_with_the_organizations_graph() {
    let emulator = start(SCENARIO).await;
    let administrator = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&administrator).await;
    administrator.delete_graph().graph_arn(&arn).send().await.unwrap();
    let configuration = administrator.describe_organization_configuration().graph_arn(&arn);
    assert_eq!(code(configuration.send().await), "AccessDeniedException");
    let management = detective(&emulator, MANAGEMENT, "us-east-1");
    assert!(management.list_organization_admin_accounts().send().await.unwrap().administrators().is_empty());
    management.enable_organization_admin_account().account_id(ADMINISTRATOR).send().await.unwrap();
    let configuration = administrator.describe_organization_configuration().graph_arn(graph(&administrator).await);
    configuration.send().await.unwrap();
}
