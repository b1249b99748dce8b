//! Whose credentials are used, and what is checked.

use aws_config::SdkConfig;
use detective_onboarding::error::CallError;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::model::region::Region;

use super::finding::Finding;
use super::options::Options;
use super::settings;
use crate::failure::Failure;

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
    /// Control Tower's home Region.
    pub(super) control_tower: Option<Region>,
}

/// The organization, as every account in it sees it.
pub(super) struct Organization {
    pub(super) id: String,
    pub(super) management: AccountId,
    pub(super) all_features: bool,
}

impl Context {
    /// Reads the policy and the credentials, and asks AWS which account and organization they belong to.
    ///
    /// # Errors
    /// The policy cannot be read, there is no Region, or the credentials do not work.
    pub(super) async fn new(options: Options) -> Result<Self, Failure> {
        let policy = policy(&options.policy)?;
        let config = settings::sdk_config().await?;
        let of_profile = || config.region()?.as_ref().parse().ok();
        let stack_region: Region =
            options.stack_region.or_else(of_profile).or_else(|| options.regions.first().cloned()).ok_or(
                "no Region is given: name the Region of the administrator account's stack with --stack-region",
            )?;
        // us-gov-west-1 for Organizations' events is an analogy: AWS does not document it.
        let home = if stack_region.as_str().starts_with("us-gov-") { "us-gov-west-1" } else { "us-east-1" };
        let home: Region = home.parse()?;
        let identity = aws_sdk_sts::Client::new(&at(&config, &home)).get_caller_identity().send().await;
        let identity = identity.map_err(CallError::of("GetCallerIdentity")).map_err(|error| {
            format!("{error}. It needs credentials: set AWS_PROFILE, or sign in with \"aws sso login\"")
        })?;
        let caller: AccountId = identity.account().unwrap_or_default().parse()?;
        let partition = identity.arn().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws").to_owned();
        let regions = if options.regions.is_empty() { vec![stack_region.clone()] } else { options.regions };
        Ok(Self {
            caller,
            partition,
            administrator: options.administrator.unwrap_or(caller),
            regions,
            invitation_regions: options.invitation_regions,
            organization: organization(&at(&config, &home)).await,
            policy,
            member_role: options.member_role.zip(options.external_id),
            sample: options.sample,
            bus: options.bus,
            before_deploying: options.before_deploying,
            remove_members: options.remove_members,
            control_tower: options.control_tower_region,
            stack_region,
            home,
            config,
        })
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

fn at(config: &SdkConfig, region: &Region) -> SdkConfig {
    config.to_builder().region(aws_config::Region::new(region.as_str().to_owned())).build()
}

async fn organization(config: &SdkConfig) -> Result<Organization, CallError> {
    const OPERATION: &str = "DescribeOrganization";
    let client = aws_sdk_organizations::Client::new(config);
    let answer = client.describe_organization().send().await.map_err(CallError::of(OPERATION))?;
    let read = || {
        let organization = answer.organization()?;
        Some(Organization {
            id: organization.id()?.to_owned(),
            management: organization.master_account_id()?.parse().ok()?,
            all_features: organization.feature_set()?.as_str() == "ALL",
        })
    };
    read().ok_or_else(|| CallError::incomplete_answer(OPERATION, "the organization came without id or account"))
}

/// The policy's text: as given if it is JSON, or else from the file.
fn policy(given: &str) -> Result<String, String> {
    let text = given.trim();
    if text.is_empty() || text.starts_with('{') {
        return Ok(text.to_owned());
    }
    let read = std::fs::read_to_string(given).map(|text| text.trim().to_owned());
    read.map_err(|error| format!("--policy is neither a JSON object nor a file that can be read: {given}: {error}"))
}
