//! Strangers who invite the organization's accounts to graphs of their own: they neither get an account nor delay the trusted
//! administrator.

use std::collections::BTreeMap;
use std::time::Duration;

use detective_emulator::{Effect, Fault, HELD};
use end_to_end::environment::Environment;
use end_to_end::report::{held, report};
use end_to_end::scenario::{ADMINISTRATOR, ScenarioBuilder, account, invitation_graph, member};
use end_to_end::template::template;
use local_cloud::Options;
use local_cloud::policy::{Principal, Request};

use crate::accepting::{MEMBER, REJECTING, invited};

/// So many strangers' graphs that invite [`MEMBER`], before the trusted administrator's.
fn many_strangers(count: u64) -> ScenarioBuilder {
    (0..count).fold(invited(), |scenario, index| {
        let stranger = (100_000_000_000 + index).to_string();
        let graph = invitation_graph("eu-west-1").administrator(&stranger);
        scenario.standalone(account(&stranger)).graph(graph.members([member(MEMBER).status("INVITED")]))
    })
}

#[tokio::test]
async fn three_hundred_strangers_do_not_delay_the_trusted_administrators_invitation() {
    let options = Options { limit: Some(Duration::from_secs(5)), ..Options::default() };
    let environment = Environment::bare_with(many_strangers(300), options).await;
    environment.deploy(&template(), "MemberAccount", MEMBER, &REJECTING);
    // After some rejections Detective does not answer any more.
    environment
        .aws()
        .set_faults(vec![Fault { from_call: Some(10), ..Fault::on("RejectInvitation", Effect::DelayMs(HELD)) }]);
    let first = report(environment.accept(MEMBER).await);
    let journal = environment.aws().journal();
    let answers = journal.iter().map(|call| call.operation.as_str()).filter(|name| name.ends_with("tInvitation"));
    assert_eq!(answers.take(2).collect::<Vec<_>>(), ["AcceptInvitation", "RejectInvitation"]);
    assert_eq!(first["totals"]["failed"], 0, "{}", first["totals"]);
    let left = held;
    assert!(left(&first) >= 290, "{}", first["totals"]);
    // However many there are, the report has the first of them, and counts the others.
    let of_region = &first["regions"][0];
    let listed = of_region["accounts"].as_array().unwrap();
    assert!(listed.iter().any(|line| line["action"] == "accepted"), "{first:#}");
    assert_eq!(listed.iter().filter(|line| line["outcome"] == "excluded").count(), 200, "{first:#}");
    assert!(first.to_string().len() < 80_000, "{}", first.to_string().len());
    // Later runs reject the others.
    environment.aws().set_faults(Vec::new());
    let mut runs = 0;
    loop {
        let next = report(environment.accept(MEMBER).await);
        assert!(next.to_string().len() < 190_000, "{}", next.to_string().len());
        if left(&next) == 0 {
            break;
        }
        runs += 1;
        assert!(runs < 300, "a run rejects at least one");
    }
    let snapshot = environment.aws().snapshot();
    let inviting: Vec<_> = snapshot.graphs.iter().filter(|graph| !graph.members.is_empty()).collect();
    assert_eq!(inviting.len(), 1);
    assert_eq!(inviting[0].administrator, ADMINISTRATOR);
}

#[tokio::test]
async fn with_trusted_graphs_the_acceptors_role_may_accept_for_no_other_graph_of_the_administrator() {
    let environment = Environment::bare(invited()).await;
    let graph = |id: &str| format!("arn:aws:detective:eu-west-1:{ADMINISTRATOR}:graph:{id:0>32}");
    let (trusted, other) = (graph("1"), graph("2"));
    let parameters = [("TrustedAdministratorIds", ADMINISTRATOR), ("TrustedGraphArns", &trusted)];
    environment.deploy(&template(), "MemberAccount", MEMBER, &parameters);
    let roles = environment.cloud.roles();
    let (_, role) = roles.iter().find(|(arn, _)| arn.contains("-InvitationAcceptorRole-")).expect("it is deployed");
    let may_accept = |graph: &str| {
        let action = "detective:AcceptInvitation";
        role.permissions.allows(&Request {
            principal: Principal::Own,
            action,
            resource: graph,
            context: BTreeMap::new(),
        })
    };
    assert!(may_accept(&trusted));
    assert!(!may_accept(&other));
}
