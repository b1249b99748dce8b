//! Graphs, their tags and their data source packages.

use aws_sdk_detective::types::{DatasourcePackage, DatasourcePackageIngestState};
use detective_emulator::Emulator;

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
async fn a_graph_that_is_made_again_is_another_one_and_empty() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "eu-west-1");
    let first = graph(&client).await;
    client.create_members().graph_arn(&first).accounts(invitee(APP, "app@example.com")).send().await.unwrap();
    let mut arns = vec![first];
    for _ in 0..2 {
        client.delete_graph().graph_arn(arns.last().unwrap()).send().await.unwrap();
        arns.push(client.create_graph().send().await.unwrap().graph_arn.unwrap());
        assert_eq!(client.create_graph().send().await.unwrap().graph_arn.as_ref(), arns.last());
        assert_eq!(graph(&client).await, *arns.last().unwrap());
        for gone in &arns[..arns.len() - 1] {
            assert_eq!(code(client.list_members().graph_arn(gone).send().await), "ResourceNotFoundException");
            assert_ne!(gone, arns.last().unwrap());
        }
    }
    let members = client.list_members().graph_arn(arns.pop().unwrap()).send().await.unwrap();
    assert!(members.member_details().is_empty());
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
    let packages = "organization: true, packages: {EKS_AUDIT: DISABLED}}";
    let emulator = start(&SCENARIO.replace("organization: true}", packages)).await;
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

/// The states of the optional packages: EKS audit logs, Security Hub findings.
async fn packages(emulator: &Emulator, region: &str) -> [&'static str; 2] {
    let client = detective(emulator, ADMINISTRATOR, region);
    let list = client.list_datasource_packages().graph_arn(graph(&client).await).send().await.unwrap();
    let packages = list.datasource_packages().unwrap();
    assert_eq!(
        packages[&DatasourcePackage::DetectiveCore].datasource_package_ingest_state(),
        Some(&DatasourcePackageIngestState::Started)
    );
    [DatasourcePackage::EksAudit, DatasourcePackage::AsffSecurityhubFinding].map(|package| {
        match packages[&package].datasource_package_ingest_state() {
            Some(DatasourcePackageIngestState::Started) => "started",
            Some(DatasourcePackageIngestState::Stopped) => "stopped",
            Some(DatasourcePackageIngestState::Disabled) => "disabled",
            other => panic!("{other:?}"),
        }
    })
}

#[tokio::test]
async fn new_graphs_have_the_packages_on_that_aws_turned_on_by_then() {
    for (day, states) in [
        ("2022-07-25T23:59:59Z", ["disabled", "disabled"]),
        ("2022-07-26T00:00:00Z", ["started", "disabled"]),
        ("2023-05-15T23:59:59Z", ["started", "disabled"]),
        ("2023-05-16T00:00:00Z", ["started", "started"]),
    ] {
        let emulator = start(&SCENARIO.replace("2026-01-05T09:00:00Z", day)).await;
        assert_eq!(packages(&emulator, "us-east-1").await, states, "{day}");
        detective(&emulator, ADMINISTRATOR, "eu-west-3").create_graph().send().await.unwrap();
        assert_eq!(packages(&emulator, "eu-west-3").await, states, "{day}");
    }
}

#[tokio::test]
async fn a_scenario_sets_the_state_of_a_package_and_one_that_was_stopped_starts_again() {
    let set = "organization: true, packages: {EKS_AUDIT: STOPPED, ASFF_SECURITYHUB_FINDING: DISABLED}}";
    let emulator = start(&SCENARIO.replace("organization: true}", set)).await;
    assert_eq!(packages(&emulator, "us-east-1").await, ["stopped", "disabled"]);
    assert_eq!(packages(&emulator, "eu-west-1").await, ["started", "started"]);
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let update = client.update_datasource_packages().graph_arn(graph(&client).await);
    update.datasource_packages(DatasourcePackage::EksAudit).send().await.unwrap();
    assert_eq!(packages(&emulator, "us-east-1").await, ["started", "disabled"]);
}
