//! What the command line takes: an answer to each question.

use std::path::PathBuf;

use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::region::Region;

use crate::values::{account, region};

/// The answers. What is not given is read from AWS, or asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The account that administers Detective.
    #[arg(long, value_name = "ID", value_parser = account)]
    pub(super) administrator: Option<AccountId>,
    /// The Regions to cover (DetectiveRegions), separated by commas, or all.
    #[arg(long, visible_alias = "region", value_name = "REGIONS")]
    pub(super) regions: Option<String>,
    /// The Region of the administrator account's stack.
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub(super) stack_region: Option<Region>,
    /// Control Tower's home Region, or none.
    #[arg(long, value_name = "REGION")]
    pub(super) control_tower_region: Option<String>,
    /// The coverage policy (CoveragePolicy): JSON, or a file with it.
    #[arg(long, value_name = "JSON OR FILE")]
    pub(super) policy: Option<String>,
    /// Whether members are removed that left or that the policy leaves out (RemoveMembers).
    #[arg(long, value_name = "true|false")]
    pub(super) remove_members: Option<bool>,
    /// The file that is written.
    #[arg(long, value_name = "FILE", default_value = "samconfig.toml")]
    pub(super) config_file: PathBuf,
    /// Ask nothing: take what is read, or else the default, and write the file.
    #[arg(long, short)]
    pub(super) yes: bool,
}
