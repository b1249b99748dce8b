//! The demo: accounts join the example environment and become members. It prints what happens as it happens, and a table of
//! how it ended.

mod expected;
mod organizations;
pub(crate) mod render;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::TimeDelta;
use detective_emulator::Emulator;
use local_cloud::LocalCloud;
use local_cloud::binaries::workspace;
use serde_json::{Value, json};

use crate::environment::{self, ADMINISTRATOR, MANAGEMENT, PARTNER};
use crate::failure::Failure;

use render::Renderer;
use table::Table;

/// Accounts that the demo creates.
const CREATED: [&str; 4] = ["web", "batch", "ml", "etl"];

/// What the demo leaves.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Options {
    /// Write the coverage page that organization-reconciler leaves in its bucket: a file for a browser.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs the demo. In `quiet`, the result alone is printed.
pub(crate) async fn run(options: Options, json: bool, quiet: bool) -> Result<ExitCode, Failure> {
    let emulator = Emulator::start(environment::cloud(None)?).await?;
    let cloud = LocalCloud::with(emulator, local_cloud::Options { watch: true, ..local_cloud::Options::default() });
    let mut progress = Progress { renderer: Renderer::new(json), quiet, printed: 0 };
    run_steps(&cloud, &mut progress).await?;
    let table = Table::of(&cloud);
    if let Some(path) = &options.out {
        let page = page(&cloud, &mut progress).await?;
        std::fs::write(path, page).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    }
    progress.renderer.table(&table);
    let differences = expected::differences(&table);
    progress.renderer.end(&table, &differences);
    if !json && !quiet {
        let next = options.out.as_ref().map_or_else(
            || "The same accounts as a page for a browser: cargo run -- demo --out coverage.html".to_owned(),
            |path| format!("The same accounts as a page: open {} in a browser.", path.display()),
        );
        anstream::println!("{next}");
    }
    Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints the demo as it proceeds.
struct Progress {
    renderer: Renderer,
    /// Whether the result alone is printed.
    quiet: bool,
    /// How many entries of the timeline are printed.
    printed: usize,
}

impl Progress {
    /// Announces the next step.
    fn step(&self, cloud: &LocalCloud, text: &str) {
        if !self.quiet {
            self.renderer.step(cloud.emulator().cloud().now(), text);
        }
    }

    /// Prints what has happened since the last time.
    fn print(&mut self, cloud: &LocalCloud) {
        let entries = cloud.timeline_since(self.printed);
        self.printed += entries.len();
        for entry in entries.iter().filter(|_| !self.quiet) {
            self.renderer.entry(entry);
        }
    }
}

async fn run_steps(cloud: &LocalCloud, progress: &mut Progress) -> Result<(), Failure> {
    let url = cloud.emulator().endpoint_url();
    let call = async |account: &str, operation: &str, input: Value| {
        organizations::call(&url, account, operation, &input).await
    };

    progress.step(cloud, "template.yaml is deployed in the management, the administrator and a partner's account");
    environment::deploy(cloud)?;

    progress.step(cloud, "Four accounts are created in the organization");
    for name in CREATED {
        let email = format!("{name}@example.com");
        call(MANAGEMENT, "CreateAccount", json!({"AccountName": name, "Email": email})).await?;
    }
    cloud.settle().await;
    progress.print(cloud);

    progress.step(cloud, "A busy minute: twenty accounts are created at once");
    for name in expected::busy() {
        let email = format!("{name}@example.com");
        call(MANAGEMENT, "CreateAccount", json!({"AccountName": name, "Email": email})).await?;
    }
    cloud.settle().await;
    progress.print(cloud);

    progress.step(cloud, "An acquired account is invited to the organization and joins it; its verification will fail");
    let target = json!({"Target": {"Type": "ACCOUNT", "Id": "666666666666"}});
    let invited = call(MANAGEMENT, "InviteAccountToOrganization", target).await?;
    call("666666666666", "AcceptHandshake", json!({"HandshakeId": invited["Handshake"]["Id"]})).await?;
    cloud.settle().await;
    progress.print(cloud);

    progress.step(cloud, "An account is closed; Control Tower's event of its creation arrives late");
    call(MANAGEMENT, "CloseAccount", json!({"AccountId": "555555555555"})).await?;
    // Long enough for the closure, which ends the account for good only after 90 days.
    cloud.run_for(TimeDelta::minutes(2)).await;
    let path = workspace().join("events/control-tower-create-managed-account-succeeded.json");
    let mut late: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    late["detail"]["serviceEventDetails"]["createManagedAccountStatus"]["account"]["accountId"] = json!("555555555555");
    cloud.put_event(MANAGEMENT, "us-east-1", late);
    cloud.run_for(TimeDelta::minutes(1)).await;
    progress.print(cloud);

    progress.step(cloud, "member-monitor starts members that Detective accepted and does not monitor");
    cloud.tick(ADMINISTRATOR, "MemberMonitor").await;
    progress.print(cloud);

    progress.step(cloud, "organization-reconciler finds the accounts that no event reported");
    cloud.tick(ADMINISTRATOR, "OrganizationReconciler").await;
    cloud.run_for(TimeDelta::minutes(3)).await;
    progress.print(cloud);

    progress.step(cloud, "invitation-acceptor runs in the member accounts, and in one that a stranger invited, too");
    let members = created_ids(cloud).into_iter().chain(["333333333333".to_owned(), "444444444444".to_owned()]);
    for id in members.collect::<Vec<_>>() {
        cloud.deploy(environment::member_stack(&id)?)?;
        cloud.tick(&id, "InvitationAcceptor").await;
    }
    cloud.tick(PARTNER, "InvitationAcceptor").await;
    progress.print(cloud);

    progress
        .step(cloud, "An hour passes: schedules fire, and Detective has learned a data volume that it did not know");
    cloud.run_for(TimeDelta::minutes(70)).await;
    progress.print(cloud);
    Ok(())
}

/// The coverage page of a last run: what happened since the one before it is on it as well.
async fn page(cloud: &LocalCloud, progress: &mut Progress) -> Result<Vec<u8>, Failure> {
    progress.step(cloud, "organization-reconciler writes the coverage page");
    cloud.tick(ADMINISTRATOR, "OrganizationReconciler").await;
    progress.print(cloud);
    let aws = cloud.emulator().cloud();
    let page = aws.buckets().into_iter().find_map(|bucket| aws.objects(&bucket).remove("coverage/index.html"));
    page.ok_or_else(|| "organization-reconciler wrote no page".into())
}

/// The ids of the accounts that the demo created.
fn created_ids(cloud: &LocalCloud) -> Vec<String> {
    let snapshot = cloud.emulator().cloud().snapshot();
    let accounts = snapshot.organization.into_iter().flat_map(|organization| organization.accounts);
    let names: Vec<String> = CREATED.map(str::to_owned).into_iter().chain(expected::busy()).collect();
    accounts.filter(|account| names.contains(&account.name)).map(|account| account.id).collect()
}
