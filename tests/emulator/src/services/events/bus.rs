//! Which event bus a call is about.

use crate::protocol::auth::Caller;
use crate::resources::event_bus::{BusKey, DEFAULT_BUS};

/// The bus with a name or an ARN; without either, the default one.
pub(crate) fn named(caller: &Caller, wanted: Option<&str>) -> BusKey {
    let own = |name: &str| (caller.account.clone(), caller.region.clone(), name.to_owned());
    let Some(wanted) = wanted else { return own(DEFAULT_BUS) };
    match wanted.split(':').collect::<Vec<_>>()[..] {
        ["arn", _, "events", region, account, resource] => {
            let name = resource.trim_start_matches("event-bus/");
            (account.to_owned(), region.to_owned(), name.to_owned())
        }
        _ => own(wanted),
    }
}
