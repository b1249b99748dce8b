//! What the command line takes.

use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::region::Region;

use crate::values::{account, region};

/// What is to be deployed.
pub(crate) struct Intended {
    pub(crate) administrator: AccountId,
    pub(crate) stack_region: Region,
    pub(crate) regions: Vec<Region>,
    /// ReserveConcurrency.
    pub(crate) reserve_concurrency: bool,
}

/// What to check. The defaults are those of template.yaml.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The Detective administrator account; without it, the account of the credentials.
    #[arg(long, value_name = "ID", value_parser = account)]
    pub(super) administrator: Option<AccountId>,
    /// The Regions to cover (DetectiveRegions), separated by commas; without it, the stack's Region.
    #[arg(long, visible_alias = "region", value_delimiter = ',', value_parser = region)]
    pub(super) regions: Vec<Region>,
    /// Those of them with an invitation graph, where no organization administrator is expected.
    #[arg(long, value_delimiter = ',', value_name = "REGIONS", value_parser = region)]
    pub(super) invitation_regions: Vec<Region>,
    /// The Region of the stack in the administrator account; without it, the profile's Region, or else the first of --regions.
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub(super) stack_region: Option<Region>,
    /// The coverage policy: JSON, or a file with it; without it, every account is covered.
    #[arg(long, default_value = "", hide_default_value = true, value_name = "JSON OR FILE")]
    pub(super) policy: String,
    /// The role in member accounts (MemberRoleName), if invitations are accepted centrally.
    #[arg(long, value_name = "NAME", requires = "external_id")]
    pub(super) member_role: Option<String>,
    /// The external id that the role asks for (MemberRoleExternalId).
    #[arg(long, value_name = "TEXT", requires = "member_role")]
    pub(super) external_id: Option<String>,
    /// In how many member accounts the role is checked.
    #[arg(long, default_value_t = 3, value_name = "N")]
    pub(super) sample: usize,
    /// The event bus in the administrator account that events are forwarded to.
    #[arg(long, default_value = "default", value_name = "NAME")]
    pub(super) bus: String,
    /// Members are removed (RemoveMembers): check the delivery of departures as well.
    #[arg(long)]
    pub(super) remove_members: bool,
    /// Functions are to have executions of their own (ReserveConcurrency): check that Lambda's quota allows it.
    #[arg(long)]
    pub(super) reserve_concurrency: bool,
    /// Control Tower's home Region, if there is Control Tower: its events arrive there.
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub(super) control_tower_region: Option<Region>,
    /// The stacks are not deployed yet: leave out their rules and the bus's policy.
    #[arg(long)]
    pub(super) before_deploying: bool,
}

impl Options {
    /// Those for what is to be deployed, before anything is.
    pub(super) fn before_deploying(intended: Intended) -> Self {
        let Intended { administrator, stack_region, regions, reserve_concurrency } = intended;
        Self {
            administrator: Some(administrator),
            regions,
            reserve_concurrency,
            invitation_regions: Vec::new(),
            stack_region: Some(stack_region),
            policy: String::new(),
            member_role: None,
            external_id: None,
            sample: 0,
            bus: "default".to_owned(),
            remove_members: false,
            control_tower_region: None,
            before_deploying: true,
        }
    }
}
