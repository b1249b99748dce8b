//! How the demo must end.

use super::table::{Standing, Table};

/// The names of the accounts that arrive in the busy minute.
pub(super) fn busy() -> impl Iterator<Item = String> {
    (1..=20).map(|number| format!("team-{number:02}"))
}

/// By account name, and in the order of Regions (eu-west-1, us-east-1): the status, and how it stands.
const EXPECTED: [(&str, [(&str, Standing); 2]); 12] = [
    // StackSets never deploy to the management account, so nobody accepts for it.
    ("management", [("INVITED", Standing::Waiting), ("ENABLED", Standing::Fine)]),
    ("security", [("administrator", Standing::Fine), ("administrator", Standing::Fine)]),
    ("app", [("ENABLED", Standing::Fine), ("ENABLED", Standing::Fine)]),
    ("data", [("ENABLED", Standing::Fine), ("ENABLED", Standing::Fine)]),
    // Suspended before it was a member.
    ("legacy", [("", Standing::Excluded), ("", Standing::Excluded)]),
    ("acquired", [("VERIFICATION_FAILED", Standing::Blocked), ("ENABLED", Standing::Fine)]),
    // Outside the organization.
    ("partner", [("ENABLED", Standing::Fine), ("", Standing::Fine)]),
    ("contractor", [("ACCEPTED_BUT_DISABLED", Standing::Waiting), ("", Standing::Fine)]),
    ("web", [("ENABLED", Standing::Fine), ("ENABLED", Standing::Fine)]),
    ("batch", [("ENABLED", Standing::Fine), ("ENABLED", Standing::Fine)]),
    ("ml", [("ENABLED", Standing::Fine), ("ENABLED", Standing::Fine)]),
    ("etl", [("ENABLED", Standing::Fine), ("ENABLED", Standing::Fine)]),
];

/// What is otherwise than expected, a sentence each.
pub(super) fn differences(table: &Table) -> Vec<String> {
    let mut differences = Vec::new();
    let busy: Vec<String> = busy().collect();
    let of_busy_minute = busy.iter().map(|name| (name.as_str(), [("ENABLED", Standing::Fine); 2]));
    let expected: Vec<(&str, [(&str, Standing); 2])> = EXPECTED.into_iter().chain(of_busy_minute).collect();
    for (name, cells) in &expected {
        let Some(row) = table.rows.iter().find(|row| row.name == *name) else {
            differences.push(format!("{name} is missing"));
            continue;
        };
        for ((region, cell), (status, standing)) in table.regions.iter().zip(&row.cells).zip(cells) {
            if cell.status != *status || cell.standing != *standing {
                differences.push(format!(
                    "{name} in {region} is {:?} and {:?}; expected {status:?} and {standing:?}",
                    cell.status, cell.standing
                ));
            }
        }
    }
    let strangers = table.rows.iter().filter(|row| !expected.iter().any(|(name, _)| *name == row.name));
    differences.extend(strangers.map(|row| format!("{} exists and was not expected", row.name)));
    differences
}
