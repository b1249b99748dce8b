//! What the functions do, seen from outside: the real binaries, deployed from template.yaml, on the emulated cloud.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accepting;
mod aws_calls;
mod continuing;
mod cooling_off;
mod crashes;
mod dry_run;
mod effects;
mod errors;
mod example_events;
mod fault_matrix;
mod full_graphs;
mod grants;
mod histories;
mod history;
mod hostile;
mod landscape;
mod least_privilege;
mod monitoring;
mod offboarding;
mod onboarding;
mod overlaps;
mod publishing;
mod reconciling;
mod regions;
mod removing;
mod scale;
mod signals;
mod stage;
mod steps;
mod structure;
mod template;
mod tour;
mod waiting;
mod widening;
