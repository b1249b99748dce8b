//! Graphs, their tags and their data source packages.

use aws_sdk_detective::types::{DatasourcePackage, DatasourcePackageIngestState};

use crate::setup::{ADMINISTRATOR, APP, OUTSIDER, SCENARIO, code, detective, graph, invitee, start};

#[tokio::test]
async fn an_account_gets_the_same_graph_again_and_another_one_in_another_region() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, OUTSIDER, "us-east-1");
    let first = client.create_graph().tags("team", "security").send().await.unwrap().graph_arn.unwrap();
    let second = client.create_graph().send().await.unwrap().graph_arn.unwrap();
    assert_eq!(first, second);
    let tags = client.list_tags_for_resource().resource_arn(&first).send().await.unwrap();
    assert_eq!(tags.tags().unwrap()["team"], "security");
    let elsewhere = detective(&emulator, OUTSIDER, "eu-west-1").create_graph().send().await.unwrap().graph_arn.unwrap();
    assert_ne!(first, elsewhere);
    assert_eq!(graph(&client).await, first);
}

#[tokio::test]
async fn a_deleted_graph_does_not_exist() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "eu-west-1");
    let arn = graph(&client).await;
    client.delete_graph().graph_arn(&arn).send().await.unwrap();
    assert!(client.list_graphs().send().await.unwrap().graph_list().is_empty());
    assert_eq!(code(client.list_members().graph_arn(&arn).send().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn tags_are_added_removed_and_limited() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "eu-west-1");
    let arn = graph(&client).await;
    client.tag_resource().resource_arn(&arn).tags("a", "1").tags("b", "2").send().await.unwrap();
    client.untag_resource().resource_arn(&arn).tag_keys("a").send().await.unwrap();
    let tags = client.list_tags_for_resource().resource_arn(&arn).send().await.unwrap();
    assert_eq!(tags.tags().unwrap().keys().collect::<Vec<_>>(), ["b"]);
    let mut request = client.tag_resource().resource_arn(&arn);
    for letter in 'c'..='z' {
        request = request.tags(letter, "x").tags(format!("{letter}{letter}"), "x");
    }
    assert_eq!(code(request.tags("A", "x").tags("B", "x").send().await), "ValidationException");
}

#[tokio::test]
async fn a_package_is_started_and_its_history_kept() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    client.create_members().graph_arn(&arn).accounts(invitee(APP, "app@example.com")).send().await.unwrap();
    crate::setup::minutes(&emulator, 10);
    let update = client.update_datasource_packages().graph_arn(&arn).datasource_packages(DatasourcePackage::EksAudit);
    update.send().await.unwrap();
    let list = client.list_datasource_packages().graph_arn(&arn).send().await.unwrap();
    let eks = &list.datasource_packages().unwrap()[&DatasourcePackage::EksAudit];
    assert_eq!(eks.datasource_package_ingest_state(), Some(&DatasourcePackageIngestState::Started));
    assert_eq!(eks.last_ingest_state_change().unwrap().len(), 2, "when it was disabled, and when started");

    let members = client.batch_get_graph_member_datasources().graph_arn(&arn).account_ids(APP).account_ids(OUTSIDER);
    let members = members.send().await.unwrap();
    assert_eq!((members.member_datasources().len(), members.unprocessed_accounts().len()), (1, 1));
    let app = detective(&emulator, APP, "us-east-1");
    let unknown = arn.replace("graph:", "graph:0").chars().take(arn.len()).collect::<String>();
    let memberships = app.batch_get_membership_datasources().graph_arns(&arn).graph_arns(unknown).send().await.unwrap();
    assert_eq!((memberships.membership_datasources().len(), memberships.unprocessed_graphs().len()), (1, 1));
}
