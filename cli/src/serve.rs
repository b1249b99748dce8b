//! The emulated cloud kept up for other programs.

use std::io::Write;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anstream::{eprintln, println};
use detective_emulator::{Emulator, ManagementEvents, Scenario, TrailScenario};
use local_cloud::LocalCloud;
use local_cloud::timeline::What;
use serde_json::json;
use tokio::net::TcpListener;

use crate::demo::render::Renderer;
use crate::environment::{self, ADMINISTRATOR, Accounts, MANAGEMENT};
use crate::failure::Failure;

/// How often it is looked for what happened.
const PAUSE: Duration = Duration::from_millis(100);

/// What is served, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 4566)]
    port: u16,
    /// A scenario file; without it, the example environment.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// How many times faster than real time virtual time flows; at 0 it stands still until it is advanced.
    #[arg(long, default_value_t = 60.0)]
    speed: f64,
    /// Deploy the functions as well, and deliver events to them. What happens is printed as it does, unless it is to be quiet.
    #[arg(long)]
    functions: bool,
}

pub(crate) async fn run(options: Options, json: bool, quiet: bool) -> Result<ExitCode, Failure> {
    let Options { port, scenario, speed, functions } = options;
    if !(0.0..=1e6).contains(&speed) {
        return Err("--speed should be from 0 to a million".into());
    }
    let (cloud, scenario) = environment::read(scenario)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener =
        listener.map_err(|error| format!("port {port} cannot be opened ({error}): choose another with --port"))?;
    let emulator = Emulator::serve(cloud, listener)?;
    let local = LocalCloud::with(emulator, local_cloud::Options::default());
    if functions {
        environment::deploy(&local)?;
        if let Some(warning) = lack(&scenario) {
            eprintln!("warning: {warning}");
        }
    }
    // Only now: building the functions takes minutes, which would be hours in the cloud.
    local.emulator().cloud().flow(speed);
    let url = local.emulator().endpoint_url();
    // A scenario without a graph has no administrator to call as: any account can be, and these are the example's.
    let (administrator, management) = match Accounts::of(local.emulator().cloud()) {
        Ok(accounts) => (accounts.administrator, accounts.management),
        Err(_) => (ADMINISTRATOR.to_owned(), MANAGEMENT.to_owned()),
    };
    match json {
        true => println!(
            "{}",
            json!({"kind": "up", "endpoint": url, "administrator": administrator, "management": management})
        ),
        false => println!(
            "The emulated cloud is up. Point any AWS SDK or CLI at it:\n\n  \
         export AWS_ENDPOINT_URL={url}\n  \
         export AWS_ACCESS_KEY_ID={administrator}   # twelve digits are the account id; management is {management}\n  \
         export AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1\n\n  \
         aws detective list-graphs\n\n\
         A page for people is at the same address, and the admin API under /_emulator/. Ctrl-C stops it."
        ),
    }
    // Without functions only time flows, which the emulator does by itself.
    let work = async {
        match functions {
            true => drop(tokio::join!(local.flow(), print(&local, Renderer::new(json), quiet))),
            false => std::future::pending::<()>().await,
        }
    };
    tokio::select! {
        () = work => {}
        stopped = tokio::signal::ctrl_c() => stopped?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What the scenario lacks for the delivery of Organizations' events: a sentence.
fn lack(scenario: &Scenario) -> Option<String> {
    let management = &scenario.organization.as_ref()?.management_account.id;
    let records = |trail: &TrailScenario| {
        let writes = matches!(trail.management_events, ManagementEvents::All | ManagementEvents::WriteOnly);
        let here = trail.multi_region || trail.region == "us-east-1";
        trail.logging && writes && here && trail.account == *management
    };
    (!scenario.trails.iter().any(records)).then(|| {
        format!(
            "the scenario has no trail of {management} that records in us-east-1, so no event of Organizations is delivered, and only \
             schedules start functions; add: trails: [{{name: organization-events, account: \"{management}\"}}]"
        )
    })
}

/// Prints what happens as it does: events, rules, queues, and what functions log, as they write it. Never returns.
async fn print(local: &LocalCloud, renderer: Renderer, quiet: bool) {
    let (mut entries, mut invocations) = (0, 0);
    loop {
        let happened = local.timeline_since(entries);
        let records = local.invocations_since(invocations);
        (entries, invocations) = (entries + happened.len(), invocations + records.len());
        let mut records = records.into_iter();
        for entry in happened.iter().filter(|_| !quiet) {
            if matches!(entry.what, What::Ran { .. })
                && let Some(record) = records.next()
            {
                let mut out = std::io::stdout();
                // Whoever reads no longer has no use for it.
                let _ = out.write_all(&record.output).and_then(|()| out.flush());
            }
            renderer.entry(entry);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
