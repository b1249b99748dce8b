//! What the command line takes.

use std::path::PathBuf;

use crate::samconfig::{self, Parameter};

/// What is planned, and how it is shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Plan for your own organization, with your own AWS credentials, from the account that administers Detective. It only reads.
    #[arg(long, conflicts_with = "scenario")]
    pub(super) live: bool,
    /// A scenario file; without it and without --live, the example environment.
    #[arg(long, value_name = "FILE")]
    pub(super) scenario: Option<PathBuf>,
    /// The coverage policy (CoveragePolicy): JSON, or a file with it; without it, every account is covered.
    #[arg(long, default_value = "", hide_default_value = true, value_name = "JSON OR FILE")]
    pub(super) policy: String,
    /// The Systems Manager parameter that holds the policy (CoveragePolicyParameter).
    #[arg(long, value_name = "NAME", conflicts_with = "policy")]
    pub(super) policy_parameter: Option<String>,
    /// The Regions (DetectiveRegions), separated by commas, or all; without it, all with --live, and otherwise those of the
    /// scenario's graphs.
    #[arg(long, visible_alias = "region", value_name = "REGIONS")]
    pub(super) regions: Option<String>,
    /// Plan removals as well (RemoveMembers), whatever their grace period.
    #[arg(long)]
    pub(super) remove: bool,
    /// Take all parameters from this environment of samconfig.toml, such as administrator.
    #[arg(long, value_name = "NAME")]
    pub(super) config_env: Option<String>,
    /// The file of --config-env.
    #[arg(long, value_name = "FILE", default_value = "samconfig.toml", requires = "config_env")]
    pub(super) config_file: PathBuf,
    /// Another parameter of template.yaml, such as MaxRemovals=20; as often as you like.
    #[arg(long, value_name = "NAME=VALUE", value_parser = samconfig::parameter)]
    pub(super) parameter: Vec<Parameter>,
    /// List every account by name.
    #[arg(long)]
    pub(super) full: bool,
    /// Write the whole plan to a file: as JSON if its name ends in .json, and otherwise as text.
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Exit with 0 if nothing would change, 1 if there was an error, and 2 if something would change.
    #[arg(long)]
    pub(super) detailed_exitcode: bool,
}
