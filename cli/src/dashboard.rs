//! The dashboard's definition, as the administrator account's stack in the example environment has it.

use std::process::ExitCode;

use anstream::println;
use local_cloud::Stack;
use local_cloud::template::{self, Target};
use serde_json::Value;

use crate::environment;
use crate::failure::Failure;

pub(crate) fn run(region: &str) -> Result<ExitCode, Failure> {
    let Stack { name: stack_name, account, template, parameters, .. } = environment::administrator_stack()?;
    let target = Target { stack_name, account, region: region.to_owned() };
    let resolved = template::resolve(&template, &target, &parameters)?;
    let dashboard = resolved.resources.values().find(|resource| resource.kind == "AWS::CloudWatch::Dashboard");
    let dashboard = dashboard.ok_or("template.yaml has no dashboard")?;
    let body = dashboard.properties["DashboardBody"].as_str().ok_or("the dashboard has no body")?;
    let body: Value = serde_json::from_str(body).map_err(|error| format!("DashboardBody is not JSON: {error}"))?;
    println!("{body:#}");
    Ok(ExitCode::SUCCESS)
}
