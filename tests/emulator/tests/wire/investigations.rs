//! Investigations: started, finished, filtered, sorted, archived.

use aws_sdk_detective::primitives::DateTime;
use aws_sdk_detective::types::{
    EntityType, Field, FilterCriteria, IndicatorType, SortCriteria, SortOrder, State, Status, StringFilter,
};

use crate::setup::{ADMINISTRATOR, SCENARIO, code, detective, graph, minutes, start};

#[tokio::test]
async fn an_investigation_runs_and_then_has_indicators_and_can_be_archived() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    let begin = |entity: &str, from: i64, to: i64| {
        client
            .start_investigation()
            .graph_arn(&arn)
            .entity_arn(entity)
            .scope_start_time(DateTime::from_secs(from))
            .scope_end_time(DateTime::from_secs(to))
            .send()
    };
    assert_eq!(code(begin("arn:aws:s3:::bucket", 0, 1).await), "ValidationException");
    assert_eq!(code(begin("arn:aws:iam::333333333333:role/app", 1, 1).await), "ValidationException");
    let id = begin("arn:aws:iam::333333333333:role/app", 0, 86400).await.unwrap().investigation_id.unwrap();
    let get = || client.get_investigation().graph_arn(&arn).investigation_id(&id).send();
    assert_eq!(get().await.unwrap().status(), Some(&Status::Running));
    let indicators = || client.list_indicators().graph_arn(&arn).investigation_id(&id);
    assert!(indicators().send().await.unwrap().indicators().is_empty());
    minutes(&emulator, 5);
    let done = get().await.unwrap();
    assert_eq!((done.status(), done.entity_type()), (Some(&Status::Successful), Some(&EntityType::IamRole)));
    assert!(done.severity().is_some());
    assert_eq!(indicators().send().await.unwrap().indicators().len(), 8);
    let one = indicators().indicator_type(IndicatorType::NewAso).send().await.unwrap();
    assert_eq!(one.indicators().len(), 1);
    let archive = client.update_investigation_state().graph_arn(&arn).investigation_id(&id).state(State::Archived);
    archive.send().await.unwrap();
    assert_eq!(get().await.unwrap().state(), Some(&State::Archived));
    // The list is of the active ones, unless it is filtered.
    let list = client.list_investigations().graph_arn(&arn);
    assert!(list.clone().send().await.unwrap().investigation_details().is_empty());
    let archived = FilterCriteria::builder().state(StringFilter::builder().value("ARCHIVED").build().unwrap()).build();
    assert_eq!(list.filter_criteria(archived).send().await.unwrap().investigation_details().len(), 1);
    let unknown = client.get_investigation().graph_arn(&arn).investigation_id("0".repeat(21)).send().await;
    assert_eq!(code(unknown), "ResourceNotFoundException");
}

#[tokio::test]
async fn investigations_are_filtered_sorted_and_paged() {
    let emulator = start(SCENARIO).await;
    let client = detective(&emulator, ADMINISTRATOR, "us-east-1");
    let arn = graph(&client).await;
    for number in 0..5 {
        client
            .start_investigation()
            .graph_arn(&arn)
            .entity_arn(format!("arn:aws:iam::333333333333:user/u{number}"))
            .scope_start_time(DateTime::from_secs(0))
            .scope_end_time(DateTime::from_secs(1))
            .send()
            .await
            .unwrap();
        minutes(&emulator, 3);
    }
    let sort = SortCriteria::builder().field(Field::CreatedTime).sort_order(SortOrder::Desc).build();
    let list = || client.list_investigations().graph_arn(&arn).sort_criteria(sort.clone());
    let all = list().send().await.unwrap();
    let names: Vec<_> = all.investigation_details().iter().map(|found| found.entity_arn().unwrap()).collect();
    assert!(names[0].ends_with("u4") && names[4].ends_with("u0"), "{names:?}");
    let first = list().max_results(3).send().await.unwrap();
    let second = list().max_results(3).next_token(first.next_token().unwrap()).send().await.unwrap();
    assert_eq!((first.investigation_details().len(), second.investigation_details().len()), (3, 2));
    assert_eq!(second.next_token(), None);
    let running = FilterCriteria::builder().status(StringFilter::builder().value("RUNNING").build().unwrap()).build();
    assert_eq!(list().filter_criteria(running).send().await.unwrap().investigation_details().len(), 1);
    // A token ends after 24 hours, and is for the arguments that it was returned for.
    let token = first.next_token().unwrap();
    let other = client.list_investigations().graph_arn(&arn).next_token(token).send().await;
    assert_eq!(code(other), "ValidationException");
    minutes(&emulator, 24 * 60 - 1);
    list().max_results(3).next_token(token).send().await.unwrap();
    minutes(&emulator, 1);
    assert_eq!(code(list().max_results(3).next_token(token).send().await), "ValidationException");
}
