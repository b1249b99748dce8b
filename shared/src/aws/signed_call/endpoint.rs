//! The endpoints of AWS's services, as AWS's own clients choose them.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html>

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use super::service::{Service, misconfigured, region};
use crate::error::CallError;

/// Where the settings send calls to a service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// The URL that is set for the service (`AWS_ENDPOINT_URL_SSM`) or for all services (`AWS_ENDPOINT_URL`).
    Custom(String),
    /// The service's own in a Region.
    Regional(Regional),
}

impl Endpoint {
    /// The URL of a service whose hosts are named as most are.
    pub(crate) fn url(self, service: &str) -> String {
        match self {
            Self::Custom(url) => url,
            Self::Regional(regional) => regional.url(service),
        }
    }
}

/// What the host of a service in a Region depends on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Regional {
    /// The Region's code.
    pub(crate) region: String,
    /// Whether its cryptography must be validated by FIPS 140 (`AWS_USE_FIPS_ENDPOINT`).
    pub(crate) fips: bool,
    /// Whether it must answer over IPv6 as well (`AWS_USE_DUALSTACK_ENDPOINT`).
    pub(crate) dual_stack: bool,
}

/// Where the settings send an operation of a service.
///
/// # Errors
/// `InvalidConfiguration` if there is no Region, or for what AWS's own clients refuse as well: a custom endpoint that must be
/// FIPS or dual stack.
pub(crate) fn endpoint(config: &SdkConfig, service: &Service, operation: &'static str) -> Result<Endpoint, CallError> {
    let (fips, dual_stack) = (config.use_fips().unwrap_or_default(), config.use_dual_stack().unwrap_or_default());
    let own = if config.get_origin("endpoint_url").is_client_config() {
        None
    } else {
        let key = ServiceConfigKey::builder().service_id(service.id).env("AWS_ENDPOINT_URL").profile("endpoint_url");
        key.build().ok().and_then(|key| config.service_config()?.load_config(key))
    };
    match own.or_else(|| config.endpoint_url().map(str::to_owned)) {
        None => {
            let region = region(config, operation)?.as_ref().to_owned();
            Ok(Endpoint::Regional(Regional { region, fips, dual_stack }))
        }
        Some(_) if fips || dual_stack => Err(misconfigured(
            operation,
            "a custom endpoint (AWS_ENDPOINT_URL) cannot be a FIPS or dual-stack endpoint: unset AWS_USE_FIPS_ENDPOINT and \
             AWS_USE_DUALSTACK_ENDPOINT, or the endpoint",
        )),
        Some(url) => Ok(Endpoint::Custom(url)),
    }
}

/// A partition of AWS: Regions that share their DNS names and nothing with others.
///
/// <https://docs.aws.amazon.com/general/latest/gr/rande.html>
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    /// Its id in ARNs.
    pub(crate) id: &'static str,
    /// How the codes of its Regions begin.
    regions: &'static str,
    /// What the names of its hosts end with.
    pub(crate) suffix: &'static str,
    /// What the names of most dual-stack hosts end with.
    pub(crate) dual_stack_suffix: &'static str,
}

/// The commercial partition comes last: Regions that are not known yet are in it.
const PARTITIONS: [Partition; 8] = [
    partition("aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    partition("aws-us-gov", "us-gov-", "amazonaws.com", "api.aws"),
    partition("aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    partition("aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    partition("aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    partition("aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    partition("aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    partition("aws", "", "amazonaws.com", "api.aws"),
];

const fn partition(
    id: &'static str,
    regions: &'static str,
    suffix: &'static str,
    dual_stack_suffix: &'static str,
) -> Partition {
    Partition { id, regions, suffix, dual_stack_suffix }
}

impl Regional {
    /// The URL of a service that names its hosts as most do: such as Systems Manager and SNS.
    ///
    /// <https://docs.aws.amazon.com/general/latest/gr/ssm.html>, <https://docs.aws.amazon.com/general/latest/gr/sns.html>
    pub(crate) fn url(&self, service: &str) -> String {
        let partition = self.partition();
        let suffix = if self.dual_stack { partition.dual_stack_suffix } else { partition.suffix };
        let fips = match (self.fips, self.dual_stack, partition.id) {
            // The usual endpoints of GovCloud are FIPS endpoints.
            (false, ..) | (true, false, "aws-us-gov") => "",
            _ => "-fips",
        };
        format!("https://{service}{fips}.{}.{suffix}", self.region)
    }

    /// The Region's partition.
    pub(crate) fn partition(&self) -> &'static Partition {
        let [.., commercial] = &PARTITIONS;
        PARTITIONS.iter().find(|partition| self.region.starts_with(partition.regions)).unwrap_or(commercial)
    }
}
