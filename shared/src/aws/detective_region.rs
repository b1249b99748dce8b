//! Detective in one Region.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_detective::config::Credentials;

use crate::aws::detective;
use crate::deadline::Deadline;
use crate::error::{AwsCode, Failure};
use crate::model::account::AccountId;
use crate::model::graph::GraphArn;
use crate::model::member::Member;
use crate::model::region::Region;

/// Detective in one Region, with credentials of another account.
pub fn detective_as(config: &SdkConfig, region: &Region, credentials: Credentials) -> aws_sdk_detective::Client {
    let settings = detective_settings(config, region).credentials_provider(credentials);
    aws_sdk_detective::Client::from_conf(settings.build())
}

fn detective_settings(config: &SdkConfig, region: &Region) -> aws_sdk_detective::config::Builder {
    let code = aws_sdk_detective::config::Region::new(region.as_str().to_owned());
    aws_sdk_detective::config::Builder::from(config).region(code)
}

/// Detective in one Region. A graph is reached only in its own Region.
#[derive(Debug)]
pub struct DetectiveRegion {
    /// The Region.
    pub region: Region,
    /// A client in that Region.
    pub client: aws_sdk_detective::Client,
    /// Whether it may be without a graph.
    pub is_optional: bool,
    configured: Option<GraphArn>,
}

impl DetectiveRegion {
    /// The Region's behavior graph: the configured one, or else the one that the caller administers.
    ///
    /// # Errors
    /// ListGraphs failed, or there is no graph.
    pub async fn graph(&self) -> Result<GraphArn, Failure> {
        match &self.configured {
            Some(arn) => Ok(arn.clone()),
            None => {
                let found = detective::find_graph(&self.client).await?;
                found.ok_or_else(|| Failure::NoBehaviorGraph(self.region.clone()))
            }
        }
    }

    /// Why work in the Region failed: that the configured graph does not exist, where that is what Detective answered.
    pub fn explain(&self, failure: Failure) -> Failure {
        match (failure, &self.configured) {
            (Failure::Call(error), Some(graph)) if error.is(&AwsCode::ResourceNotFoundException) => {
                Failure::UnknownConfiguredGraph(graph.clone())
            }
            (failure, _) => failure,
        }
    }

    /// The Region's behavior graph and its members; `None` if there was no time to read them.
    ///
    /// # Errors
    /// ListGraphs or ListMembers failed, or there is no graph.
    pub async fn members(
        &self,
        deadline: Deadline,
    ) -> Result<Option<(GraphArn, BTreeMap<AccountId, Member>)>, Failure> {
        let read = async {
            let graph = self.graph().await?;
            let members = detective::list_members(&self.client, &graph).await?;
            Ok((graph, members))
        };
        deadline.call(read).await.transpose()
    }
}

/// Detective in a Region. Where it is `optional`, the Region need not have a graph.
pub fn detective_region(
    config: &SdkConfig,
    configured: Option<GraphArn>,
    region: Region,
    is_optional: bool,
) -> DetectiveRegion {
    let client = aws_sdk_detective::Client::from_conf(detective_settings(config, &region).build());
    DetectiveRegion { region, client, is_optional, configured }
}
