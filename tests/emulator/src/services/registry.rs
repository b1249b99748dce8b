//! All services.

use crate::protocol::service::Service;
use crate::services::account::service::Account;
use crate::services::cloudformation::service::CloudFormation;
use crate::services::cloudtrail::service::CloudTrail;
use crate::services::detective::service::Detective;
use crate::services::events::service::Events;
use crate::services::iam::service::Iam;
use crate::services::lambda::service::Lambda;
use crate::services::logs::service::Logs;
use crate::services::organizations::service::Organizations;
use crate::services::s3::service::S3;
use crate::services::scheduler::service::Scheduler;
use crate::services::sns::service::Sns;
use crate::services::sqs::service::Sqs;
use crate::services::ssm::service::SystemsManager;
use crate::services::sts::service::Sts;
use crate::world::state::State;

static SERVICES: [&dyn Service; 15] = [
    &Account,
    &CloudFormation,
    &CloudTrail,
    &Detective,
    &Events,
    &Iam,
    &Lambda,
    &Logs,
    &Organizations,
    &S3,
    &Scheduler,
    &Sns,
    &Sqs,
    &SystemsManager,
    &Sts,
];

/// Checks what the world holds against the models of all services.
///
/// # Errors
/// A sentence that names what does not fit.
pub(crate) fn check_world(state: &State) -> Result<(), String> {
    SERVICES.into_iter().try_for_each(|service| service.check_world(state))
}

/// The service whose requests are signed for a name.
pub(crate) fn find(name: &str) -> Option<&'static dyn Service> {
    SERVICES.into_iter().find(|service| service.name() == name)
}

/// The service that has an operation whose requests are not signed.
pub(crate) fn of_unsigned(operation: &str) -> Option<&'static dyn Service> {
    let unsigned = |service: &&dyn Service| {
        service.model().not_emulated.get(operation).is_some_and(|operation| operation.unsigned)
    };
    SERVICES.into_iter().find(unsigned)
}
