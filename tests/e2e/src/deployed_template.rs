//! A template as it is deployed in one account, without running anything.

use std::collections::BTreeMap;
use std::sync::Arc;

use local_cloud::stack::Deployment;
use local_cloud::template::{Resolved, Target, resolve};

use crate::scenario::{ADMINISTRATOR, MANAGEMENT};

/// A member account.
pub const MEMBER: &str = "333333333333";
/// The parameters for a member role.
pub const ROLE: [(&str, &str); 3] = [
    ("AdministratorAccountId", ADMINISTRATOR),
    ("MemberRoleName", "detective-acceptor"),
    ("MemberRoleExternalId", "agreed-upon-with-them"),
];

/// Actions that have no resource types in AWS's Service Authorization Reference: they can be granted on `*` alone.
pub const WITHOUT_RESOURCES: [&str; 11] = [
    "detective:CreateGraph",
    "detective:EnableOrganizationAdminAccount",
    "detective:ListGraphs",
    "detective:ListInvitations",
    "detective:ListOrganizationAdminAccount",
    "organizations:DescribeOrganization",
    "organizations:EnableAWSServiceAccess",
    "organizations:ListAccounts",
    "organizations:ListDelegatedAdministrators",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
];

/// The template as it is deployed in one account.
pub struct DeployedTemplate {
    /// Its resources.
    pub resolved: Resolved,
    /// What delivery depends on.
    pub deployment: Deployment,
}

impl DeployedTemplate {
    /// The template in an account, with parameters.
    pub fn new(template: &str, account: &str, parameters: &[(&str, &str)]) -> Self {
        Self::in_region(template, account, "us-east-1", parameters).unwrap()
    }

    /// The template in an account and Region, with parameters.
    ///
    /// # Errors
    /// It cannot be deployed so.
    pub fn in_region(template: &str, account: &str, region: &str, parameters: &[(&str, &str)]) -> Result<Self, String> {
        Self::of(Self::resolved_in(template, account, region, parameters)?)
    }

    /// The same, or what is known already if it is no other.
    ///
    /// # Errors
    /// It cannot be deployed so.
    pub fn in_region_or_known(
        template: &str,
        (account, region): (&str, &str),
        parameters: &[(&str, &str)],
        known: Option<&Arc<Self>>,
    ) -> Result<Arc<Self>, String> {
        let resolved = Self::resolved_in(template, account, region, parameters)?;
        match known.filter(|known| known.resolved == resolved) {
            Some(known) => Ok(Arc::clone(known)),
            None => Self::of(resolved).map(Arc::new),
        }
    }

    fn resolved_in(
        template: &str,
        account: &str,
        region: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Resolved, String> {
        let parameters: BTreeMap<String, String> =
            parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let stack_name = "detective-onboarding".to_owned();
        let target = Target { stack_name, account: account.to_owned(), region: region.to_owned() };
        resolve(template, &target, &parameters).map_err(|error| error.to_string())
    }

    fn of(resolved: Resolved) -> Result<Self, String> {
        let deployment = Deployment::of(&resolved).map_err(|error| error.to_string())?;
        Ok(Self { resolved, deployment })
    }

    /// Everything that the template can deploy, in the three accounts, with reserved concurrency.
    pub fn all(template: &str) -> [Self; 3] {
        let administrator = [
            ("Place", "AdministratorAccount"),
            ("OrganizationId", "o-exampleorg01"),
            ("ManagementAccountId", MANAGEMENT),
            ("RemoveMembers", "true"),
            ("ReserveConcurrency", "true"),
        ];
        let management = [
            ("Place", "ManagementAccount"),
            ("AdministratorCheck", "correct"),
            ("ReserveConcurrency", "true"),
            ("MemberRoleOrganizationalUnitIds", "r-ab12"),
        ];
        let member =
            [("Place", "MemberAccount"), ("TrustedAdministratorIds", ADMINISTRATOR), ("ReserveConcurrency", "true")];
        [
            Self::new(template, ADMINISTRATOR, &[&administrator[..], &ROLE].concat()),
            Self::new(template, MANAGEMENT, &[&management[..], &ROLE].concat()),
            Self::new(template, MEMBER, &member),
        ]
    }
}
