//! What the functions do, seen from outside: the real binaries, deployed from template.yaml, on the emulated cloud.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accepting;
mod alarms;
mod aws_calls;
mod batches;
mod continuing;
mod cooling_off;
mod crashes;
mod dry_run;
mod errors;
mod example_events;
mod fault_matrix;
mod full_graphs;
mod gaps;
mod grants;
mod hostile_events;
mod least_privilege;
mod monitoring;
mod odd_accounts;
mod offboarding;
mod onboarding;
mod overlaps;
mod publishing;
mod random_histories;
mod reconciling;
mod refused_access;
mod regions;
mod removing;
mod scale;
mod structure;
mod template;
mod waiting;
