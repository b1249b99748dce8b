//! Lambda's quota, beside what the functions reserve.

use serde_json::Value;

use crate::environment::{ADMINISTRATOR, Environment, MANAGEMENT, Report, administrator_stack, with};

#[tokio::test]
async fn the_quota_of_lambda_is_compared_with_what_reserve_concurrency_reserves() {
    let reserve = ["--reserve-concurrency"];
    let everything = || {
        let stack = administrator_stack().with("ReserveConcurrency", "true").with("RemoveMembers", "true");
        stack.with("MemberRoleName", "DetectiveMember").with("MemberRoleExternalId", "agreed-upon-with-them")
    };
    let start = |scenario: String| async move { Environment::start(&scenario).await };
    let with_quota = |quota: u64| {
        with("organization:\n", &format!("lambdaConcurrency: {{\"222222222222\": {quota}}}\norganization:\n"))
    };
    let text = |finding: &Value, member: &str| finding[member].as_str().unwrap().to_owned();
    let quota = |report: &Report| {
        let found = report.findings().iter().find(|finding| finding["id"] == "lambda-quota").unwrap();
        found.clone()
    };

    // The smallest with which the stack can reserve, and the next.
    for (size, is_enough) in [(111, true), (110, false), (10, false)] {
        let environment = start(with_quota(size)).await;
        let deployed = environment.local.deploy(everything());
        assert_eq!(deployed.is_ok(), is_enough, "{size}: {deployed:?}");
        let before = [&reserve[..], &["--before-deploying"]].concat();
        let environment = start(with_quota(size)).await;
        let without = environment.check(ADMINISTRATOR, &["--before-deploying"]).await;
        assert_eq!((without.code, quota(&without)["status"].as_str()), (Some(0), Some("ok")), "{:#}", without.document);
        let what = text(&quota(&without), "what");
        assert_eq!(what.contains("leave ReserveConcurrency=false"), !is_enough, "{what}");
        assert!(what.contains(&format!("runs {size} executions at once here")), "{what}");
        let report = environment.check(ADMINISTRATOR, &before).await;
        if is_enough {
            assert_eq!(report.code, Some(0), "{:#}", report.document);
        } else {
            let problem = report.only("problem", "lambda-quota us-east-1");
            assert!(text(problem, "fix").contains("--desired-value 111 --region us-east-1"), "{problem:#}");
        }
    }

    // Once it is deployed, its own executions are those that are reserved.
    let environment = start(with_quota(111)).await;
    environment.local.deploy(everything()).unwrap();
    assert_eq!(environment.check(ADMINISTRATOR, &reserve).await.code, Some(0));
    let seen = environment.check(MANAGEMENT, &reserve).await;
    assert_eq!(seen.code, Some(0));
    assert!(seen.with_status("unknown").contains(&"lambda-quota us-east-1".to_owned()), "{:#}", seen.document);
}
