//! The demo: a story in the small landscape, told as it happens, and a table of how it ended.

mod expected;
mod organizations;
mod render;
mod table;

use std::process::ExitCode;

use chrono::TimeDelta;
use detective_emulator::Emulator;
use local_cloud::binaries::workspace;
use local_cloud::{LocalCloud, Options};
use serde_json::{Value, json};

use crate::environment::{self, ADMINISTRATOR, MANAGEMENT, PARTNER};
use crate::failure::Failure;

use render::Renderer;
use table::Table;

/// Accounts that are created in the story.
const CREATED: [&str; 4] = ["web", "batch", "ml", "etl"];

pub(crate) async fn run(json: bool) -> Result<ExitCode, Failure> {
    let emulator = Emulator::start(environment::cloud(None)?).await?;
    let cloud = LocalCloud::with(emulator, Options { watch: true, ..Options::default() });
    let mut teller = Teller { renderer: Renderer::new(json), seen: 0 };
    play(&cloud, &mut teller).await?;
    let table = Table::of(&cloud);
    teller.renderer.table(&table);
    let differences = expected::differences(&table);
    teller.renderer.end(&table, &differences);
    Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Teller {
    renderer: Renderer,
    seen: usize,
}

impl Teller {
    /// Says what comes next.
    fn chapter(&self, cloud: &LocalCloud, text: &str) {
        self.renderer.chapter(cloud.emulator().cloud().now(), text);
    }

    /// Says what has happened since the last time.
    fn tell(&mut self, cloud: &LocalCloud) {
        let entries = cloud.timeline_since(self.seen);
        self.seen += entries.len();
        for entry in &entries {
            self.renderer.entry(entry);
        }
    }
}

async fn play(cloud: &LocalCloud, teller: &mut Teller) -> Result<(), Failure> {
    let url = cloud.emulator().endpoint_url();
    let call = async |account: &str, operation: &str, input: Value| {
        organizations::call(&url, account, operation, &input).await
    };

    teller.chapter(cloud, "template.yaml is deployed in the management, the administrator and a partner's account");
    environment::deploy(cloud)?;

    teller.chapter(cloud, "Four accounts are created in the organization");
    for name in CREATED {
        let email = format!("{name}@example.com");
        call(MANAGEMENT, "CreateAccount", json!({"AccountName": name, "Email": email})).await?;
    }
    cloud.settle().await;
    teller.tell(cloud);

    teller
        .chapter(cloud, "An acquired account is invited to the organization and joins it; its verification will fail");
    let target = json!({"Target": {"Type": "ACCOUNT", "Id": "666666666666"}});
    let invited = call(MANAGEMENT, "InviteAccountToOrganization", target).await?;
    call("666666666666", "AcceptHandshake", json!({"HandshakeId": invited["Handshake"]["Id"]})).await?;
    cloud.settle().await;
    teller.tell(cloud);

    teller.chapter(cloud, "An account is closed; Control Tower's event that it was created comes late");
    call(MANAGEMENT, "CloseAccount", json!({"AccountId": "555555555555"})).await?;
    // Only what the closing brings is awaited: what ends the account for good comes after 90 days.
    cloud.run_for(TimeDelta::minutes(2)).await;
    let path = workspace().join("events/control-tower-create-managed-account-succeeded.json");
    let mut late: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    late["detail"]["serviceEventDetails"]["createManagedAccountStatus"]["account"]["accountId"] = json!("555555555555");
    cloud.put_event(MANAGEMENT, "us-east-1", late);
    cloud.run_for(TimeDelta::minutes(1)).await;
    teller.tell(cloud);

    teller.chapter(cloud, "member-monitor looks for members that Detective accepted and does not monitor");
    cloud.tick(ADMINISTRATOR, "MemberMonitor").await;
    teller.tell(cloud);

    teller.chapter(cloud, "organization-reconciler finds the accounts that no event told of");
    cloud.tick(ADMINISTRATOR, "OrganizationReconciler").await;
    cloud.run_for(TimeDelta::minutes(3)).await;
    teller.tell(cloud);

    teller.chapter(cloud, "invitation-acceptor runs in the member accounts, and in one that a stranger invited, too");
    let members = created_ids(cloud).into_iter().chain(["333333333333".to_owned(), "444444444444".to_owned()]);
    for id in members.collect::<Vec<_>>() {
        cloud.deploy(environment::member_stack(&id)?)?;
        cloud.tick(&id, "InvitationAcceptor").await;
    }
    cloud.tick(PARTNER, "InvitationAcceptor").await;
    teller.tell(cloud);

    teller
        .chapter(cloud, "An hour passes: schedules fire, and Detective has learned a data volume that it did not know");
    cloud.run_for(TimeDelta::minutes(70)).await;
    teller.tell(cloud);
    Ok(())
}

/// The ids of the accounts that the story created.
fn created_ids(cloud: &LocalCloud) -> Vec<String> {
    let snapshot = cloud.emulator().cloud().snapshot();
    let accounts = snapshot.organization.into_iter().flat_map(|organization| organization.accounts);
    accounts.filter(|account| CREATED.contains(&account.name.as_str())).map(|account| account.id).collect()
}
