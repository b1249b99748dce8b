//! What the stacks' policies refuse, although something much like it is needed: a wider policy would let it through.

use aws_config::SdkConfig;
use aws_sdk_detective::config::{Credentials, SharedCredentialsProvider};

use crate::landscape::{ADMINISTRATOR, Landscape, MANAGEMENT};
use crate::tour::{landscape, scenario};

/// Long enough for every call.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(60);

/// The ARN of the account's role of that name in the template.
fn role(landscape: &Landscape, account: &str, name: &str) -> String {
    let roles = landscape.cloud.roles();
    let is_it = |arn: &&String| arn.contains(&format!("::{account}:")) && arn.contains(&format!("-{name}-"));
    roles.keys().find(is_it).unwrap_or_else(|| panic!("{account} has no {name}")).clone()
}

/// AWS SDK settings for calls with a role that a service gave to a function.
async fn session(landscape: &Landscape, role: &str) -> SdkConfig {
    let keys = landscape.cloud.emulator().cloud().start_session(role, "test");
    let credentials = Credentials::new(keys.access_key, keys.secret, Some(keys.token), None, "test");
    let sdk = landscape.sdk(ADMINISTRATOR, "us-east-1").await;
    sdk.into_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build()
}

#[tokio::test]
async fn the_keeper_gives_no_other_service_and_no_other_account_anything() {
    let landscape = landscape(&scenario().await, LIMIT).await;
    let sdk = session(&landscape, &role(&landscape, MANAGEMENT, "AdministratorKeeperRole")).await;
    let organizations = aws_sdk_organizations::Client::new(&sdk);
    let trust = async |service: &str| {
        let answer = organizations.enable_aws_service_access().service_principal(service).send().await;
        answer.map_err(|error| error.into_service_error().is_access_denied_exception())
    };
    assert_eq!(trust("detective.amazonaws.com").await.map(drop), Ok(()));
    assert_eq!(trust("guardduty.amazonaws.com").await.map(drop), Err(true));
    let register = async |account: &str, service: &str| {
        let request = organizations.register_delegated_administrator().account_id(account).service_principal(service);
        request.send().await.unwrap_err().into_service_error()
    };
    assert!(register(ADMINISTRATOR, "detective.amazonaws.com").await.is_account_already_registered_exception());
    for (account, service) in [(ADMINISTRATOR, "guardduty.amazonaws.com"), ("333333333333", "detective.amazonaws.com")]
    {
        assert!(register(account, service).await.is_access_denied_exception(), "{account} {service}");
    }
    // The same by way of Detective, where nobody is designated yet.
    let client = aws_sdk_detective::config::Builder::from(&sdk).region(aws_config::Region::new("eu-central-1")).build();
    let detective = aws_sdk_detective::Client::from_conf(client);
    let designate =
        async |account: &str| detective.enable_organization_admin_account().account_id(account).send().await;
    let refused = designate("333333333333").await.unwrap_err().into_service_error();
    assert!(refused.is_access_denied_exception(), "{refused:?}");
    designate(ADMINISTRATOR).await.unwrap();
}
