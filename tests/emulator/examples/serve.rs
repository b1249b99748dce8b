//! Serves a scenario on a port: `cargo run --example serve -- [scenario.yaml] [port]`.

use detective_emulator::{Cloud, Emulator, Scenario};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let scenario = match arguments.next() {
        Some(path) => Scenario::from_yaml(&std::fs::read_to_string(path)?)?,
        None => Scenario::default(),
    };
    let port: u16 = arguments.next().map_or(Ok(0), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).await?;
    let emulator = Emulator::serve(Cloud::new(&scenario)?, listener)?;
    println!("{}", emulator.endpoint_url());
    tokio::signal::ctrl_c().await?;
    Ok(())
}
