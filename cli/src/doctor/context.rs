//! Whose credentials are used, and what is checked.

use aws_config::SdkConfig;
use detective_onboarding::error::CallError;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::region::Region;

use super::finding::Finding;
use super::options::Options;
use crate::caller::Caller;
pub(super) use crate::caller::Organization;
use crate::failure::Failure;
use crate::policy_argument::policy;
use crate::settings::{self, Calls, at};

/// What every check needs to know.
pub(super) struct Context {
    config: SdkConfig,
    /// The account of the credentials.
    pub(super) caller: AccountId,
    /// The partition, such as `aws`.
    pub(super) partition: String,
    /// The Region of Organizations' events and of what an account has once.
    pub(super) home: Region,
    pub(super) administrator: AccountId,
    pub(super) stack_region: Region,
    pub(super) regions: Vec<Region>,
    pub(super) invitation_regions: Vec<Region>,
    pub(super) organization: Result<Organization, CallError>,
    pub(super) policy: String,
    pub(super) member_role: Option<(String, String)>,
    pub(super) sample: usize,
    pub(super) bus: String,
    pub(super) before_deploying: bool,
    pub(super) remove_members: bool,
    pub(super) reserve_concurrency: bool,
    /// Control Tower's home Region.
    pub(super) control_tower: Option<Region>,
}

impl Context {
    /// Reads the policy and the credentials, and asks AWS which account and organization they belong to.
    ///
    /// # Errors
    /// The policy cannot be read, there is no Region, or the credentials do not work.
    pub(super) async fn new(options: Options) -> Result<Self, Failure> {
        let policy = policy(&options.policy)?;
        let config = settings::sdk_config(&Calls::default()).await?;
        let of_profile = || config.region()?.as_ref().parse().ok();
        let stack_region: Region =
            options.stack_region.clone().or_else(of_profile).or_else(|| options.regions.first().cloned()).ok_or(
                "no Region is given: name the Region of the administrator account's stack with --stack-region",
            )?;
        let caller = Caller::identify(&config, &stack_region).await?;
        let organization = Organization::read(&at(&config, &caller.home)).await;
        let options = Options { stack_region: Some(stack_region), policy, ..options };
        Ok(Self::of(config, caller, organization, options))
    }

    /// The same for a caller and an organization that are known. Without a Region of the stack, it is the home Region.
    pub(super) fn of(
        config: SdkConfig,
        caller: Caller,
        organization: Result<Organization, CallError>,
        options: Options,
    ) -> Self {
        let Caller { account: caller, partition, home } = caller;
        let stack_region = options.stack_region.unwrap_or_else(|| home.clone());
        let regions = if options.regions.is_empty() { vec![stack_region.clone()] } else { options.regions };
        Self {
            caller,
            partition,
            administrator: options.administrator.unwrap_or(caller),
            regions,
            invitation_regions: options.invitation_regions,
            organization,
            policy: options.policy,
            member_role: options.member_role.zip(options.external_id),
            sample: options.sample,
            bus: options.bus,
            before_deploying: options.before_deploying,
            remove_members: options.remove_members,
            reserve_concurrency: options.reserve_concurrency,
            control_tower: options.control_tower_region,
            stack_region,
            home,
            config,
        }
    }

    /// The settings of clients for a Region.
    pub(super) fn at(&self, region: &Region) -> SdkConfig {
        at(&self.config, region)
    }

    /// The settings of clients for services that have one endpoint.
    pub(super) fn at_home(&self) -> SdkConfig {
        at(&self.config, &self.home)
    }

    /// The management account, if the organization could be read.
    pub(super) fn management(&self) -> Option<AccountId> {
        self.organization.as_ref().ok().map(|organization| organization.management)
    }

    pub(super) fn is_management(&self) -> bool {
        self.management() == Some(self.caller)
    }

    pub(super) fn is_administrator(&self) -> bool {
        self.administrator == self.caller
    }

    /// The ARN of the bus that events are forwarded to.
    pub(super) fn bus_arn(&self) -> String {
        let Self { partition, stack_region, administrator, bus, .. } = self;
        format!("arn:{partition}:events:{stack_region}:{administrator}:event-bus/{bus}")
    }

    /// What only the management account sees.
    pub(super) fn only_management(&self, id: &'static str, what: &str) -> Finding {
        let account = self
            .management()
            .map_or_else(|| "the management account".to_owned(), |id| format!("the management account {id}"));
        self.elsewhere(id, what, &account)
    }

    /// What only the administrator account sees.
    pub(super) fn only_administrator(&self, id: &'static str, what: &str) -> Finding {
        self.elsewhere(id, what, &format!("the administrator account {}", self.administrator))
    }

    fn elsewhere(&self, id: &'static str, what: &str, account: &str) -> Finding {
        let what = format!("{what} cannot be seen from account {}.", self.caller);
        let fix = format!(
            "Run doctor with credentials of {account}: AWS_PROFILE=... cargo run -- doctor --administrator {}",
            self.administrator
        );
        Finding::unknown(id, what, fix)
    }
}
