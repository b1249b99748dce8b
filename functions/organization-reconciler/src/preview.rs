//! What a run would do, for whoever asks before anything is deployed: the function's own dry run, without Lambda.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use detective_onboarding::environment::{ConfigError, Environment};
use detective_onboarding::lambda::invocation::Invocation;
use detective_onboarding::model::account::AccountId;
use detective_onboarding::report::Report;

use crate::publish::observer::Observer;
use crate::reconcile::Reconciler;

/// Plans a run from `account`, which `config` has credentials of, and changes nothing. `variables` are the function's, as
/// template.yaml sets them: whatever they are, this is a dry run, and nothing is sent or written. It has as much time as it
/// needs.
///
/// The report shortens long lists; `observer` gets every account of each Region that could be planned.
///
/// # Errors
/// A variable does not hold what it should.
pub async fn preview(
    variables: &BTreeMap<String, String>,
    config: SdkConfig,
    account: AccountId,
    observer: Observer,
) -> Result<Report, ConfigError> {
    let lookup = |name: &str| match name {
        "DRY_RUN" => Some("true".to_owned()),
        // There is nobody who would continue, accept or be alerted.
        "CONTINUATION_QUEUE_URL" | "ACCEPTANCE_QUEUE_URL" | "EVENT_BUS_NAME" => None,
        name => variables.get(name).cloned(),
    };
    let reconciler = Reconciler::with(&Environment::new(&lookup), config, Some(observer))?;
    let invocation = Invocation::by_hand(account);
    // Its future is large, and whoever asks is not to hold it.
    let report = Box::pin(reconciler.handle(&invocation)).await;
    Ok(Report { dry_run: true, ..report })
}
