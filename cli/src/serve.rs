//! The emulated cloud kept up for other programs.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;

use anstream::println;
use detective_emulator::Emulator;
use local_cloud::{LocalCloud, Options};
use tokio::net::TcpListener;

use crate::environment::{self, ADMINISTRATOR, MANAGEMENT};
use crate::failure::Failure;

pub(crate) async fn run(
    port: u16,
    scenario: Option<PathBuf>,
    speed: f64,
    functions: bool,
) -> Result<ExitCode, Failure> {
    if !(0.0..=1e6).contains(&speed) {
        return Err("--speed should be from 0 to a million".into());
    }
    let cloud = environment::cloud(scenario)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener =
        listener.map_err(|error| format!("port {port} cannot be opened ({error}): choose another with --port"))?;
    let emulator = Emulator::serve(cloud, listener)?;
    let local = LocalCloud::with(emulator, Options::default());
    if functions {
        environment::deploy(&local)?;
    }
    // Only now: building the functions takes minutes, which would be hours in the cloud.
    local.emulator().cloud().flow(speed);
    println!(
        "The emulated cloud is up. Point any AWS SDK or CLI at it:\n\n  \
         export AWS_ENDPOINT_URL={}\n  \
         export AWS_ACCESS_KEY_ID={ADMINISTRATOR}   # twelve digits are the account id; management is {MANAGEMENT}\n  \
         export AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1\n\n  \
         aws detective list-graphs\n\n\
         A page for people is at the same address, and the admin API under /_emulator/. Ctrl-C stops it.",
        local.emulator().endpoint_url()
    );
    // Without functions only time flows, which the emulator does by itself.
    let work = async {
        if functions {
            local.flow().await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = work => {}
        stopped = tokio::signal::ctrl_c() => stopped?,
    }
    Ok(ExitCode::SUCCESS)
}
