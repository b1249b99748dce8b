//! A plan for people: totals first, then each Region, by OU.

use std::collections::BTreeMap;
use std::io::{self, Write};

use detective_onboarding::model::account::AccountId;
use detective_onboarding::plan::needs::Needs;
use detective_onboarding::report::region::{GraphState, RegionReport};
use owo_colors::OwoColorize;

use super::collected::{Change, Ending};
use super::planned::Plan;
use super::totals::{Totals, grouped};

/// So many accounts of an OU that would be changed in one way are named; of more, the first three.
const NAMED: usize = 6;
const NAMED_OF_MORE: usize = 3;

/// Writes a plan. In `full`, every account is named that would be changed, is held or failed.
///
/// # Errors
/// `out` takes no more.
pub(super) fn write(out: &mut impl Write, plan: &Plan, full: bool) -> io::Result<()> {
    let (organization, administrator) = (&plan.organization, plan.administrator);
    let accounts = grouped(plan.collected.accounts.len());
    let regions = plan.report.regions.len();
    writeln!(
        out,
        "Organization {organization}: {accounts} accounts, administrator {administrator}, {regions} Regions"
    )?;
    let totals = plan.totals();
    writeln!(out, "{}", totals.text().bold())?;
    if let Some(error) = &plan.report.error {
        writeln!(out, "{} {error}", "!".red())?;
    }
    if let Some(problem) = &plan.units_problem {
        writeln!(out, "{} the OUs could not be read: {problem}", "!".red())?;
    }
    let (missing, regions): (Vec<_>, Vec<_>) =
        plan.report.regions.iter().partition(|region| region.graph == GraphState::Missing);
    for region in regions {
        write_region(out, plan, region, full)?;
    }
    if !missing.is_empty() {
        let names: Vec<String> = missing.iter().map(|region| region.region.to_string()).collect();
        writeln!(out, "\n{} {}", "No behavior graph of this account:".dimmed(), names.join(", "))?;
    }
    if !full && totals != Totals::default() {
        writeln!(
            out,
            "\n{}",
            "--full names every account; --out FILE writes all of it: as a page if its name ends in .html.".dimmed()
        )?;
    }
    Ok(())
}

fn write_region(out: &mut impl Write, plan: &Plan, report: &RegionReport, full: bool) -> io::Result<()> {
    let endings: Vec<(AccountId, &Ending)> = plan.collected.region(&report.region).collect();
    let totals = plan.totals_of(&report.region);
    let text = if endings.is_empty() { String::new() } else { format!(": {}", totals.text()) };
    writeln!(out, "\n{}{text}", report.region.bold())?;
    if let Some(error) = &report.error {
        writeln!(out, "  {} {error}", "!".red())?;
    }
    if report.graph == GraphState::WouldBeCreated {
        writeln!(out, "  {} a behavior graph is created", "+".green())?;
    }
    for drift in &report.drift {
        writeln!(out, "  {} {}", "~".yellow(), drift.message)?;
    }
    for warning in &report.warnings {
        writeln!(out, "  {} {warning}", "!".yellow())?;
    }
    let mut units = BTreeMap::<&str, Vec<(AccountId, &Ending)>>::new();
    let is_shown =
        |ending: &Ending| ending.change.is_some() || ending.outcome == "failed" || (full && ending.is_held());
    for (id, ending) in endings.iter().filter(|(_, ending)| is_shown(ending)) {
        units.entry(plan.unit(*id)).or_default().push((*id, *ending));
    }
    for (unit, accounts) in units {
        writeln!(out, "  {}", unit.bold())?;
        for kind in [Kind::Change(Change::Add), Kind::Change(Change::Start), Kind::Change(Change::Reinvite)]
            .into_iter()
            .chain([Kind::Change(Change::Remove), Kind::Failed])
            .chain(HELD.map(Kind::Held))
        {
            let of_kind = accounts.iter().filter(|(_, ending)| Kind::of(ending) == kind);
            write_accounts(out, plan, kind, &of_kind.copied().collect::<Vec<_>>(), full)?;
        }
    }
    write_held(out, &endings)?;
    // Only a part of the organization was read, or nothing of it.
    let Some(coverage) = &report.coverage else { return Ok(()) };
    writeln!(
        out,
        "  {} {} in scope, {} enabled, {} out of scope, {} of at most {} members afterwards",
        "=".dimmed(),
        grouped(coverage.in_scope),
        grouped(coverage.enabled),
        grouped(coverage.out_of_scope),
        grouped(coverage.members),
        grouped(coverage.member_limit),
    )
}

/// The outcomes of accounts that are left alone on purpose: those first that need a person.
const HELD: [&str; 3] = ["blocked", "waiting", "excluded"];

/// What is shown of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Change(Change),
    Failed,
    Held(&'static str),
}

impl Kind {
    fn of(ending: &Ending) -> Self {
        match (ending.change, ending.outcome) {
            (Some(change), _) => Self::Change(change),
            (None, "failed") => Self::Failed,
            (None, held) => Self::Held(held),
        }
    }

    fn mark(self) -> String {
        match self {
            Self::Change(Change::Add) => "+".green().to_string(),
            Self::Change(Change::Start | Change::Reinvite) => "~".yellow().to_string(),
            Self::Change(Change::Remove) => "-".red().to_string(),
            Self::Held("blocked") => "=".yellow().to_string(),
            Self::Held(_) => "=".dimmed().to_string(),
            Self::Failed => "!".red().to_string(),
        }
    }

    /// What happens to one account, and to several.
    fn verbs(self) -> (&'static str, &'static str) {
        match self {
            Self::Change(Change::Add) => ("becomes a member", "become members"),
            Self::Change(Change::Start) => ("is started", "are started"),
            Self::Change(Change::Reinvite) => ("is removed and invited again", "are removed and invited again"),
            Self::Change(Change::Remove) => ("is removed", "are removed"),
            Self::Held("blocked") => ("is blocked", "are blocked"),
            Self::Held("waiting") => ("is waiting", "are waiting"),
            Self::Held(_) => ("is excluded", "are excluded"),
            Self::Failed => ("failed", "failed"),
        }
    }
}

fn write_accounts(
    out: &mut impl Write,
    plan: &Plan,
    kind: Kind,
    accounts: &[(AccountId, &Ending)],
    full: bool,
) -> io::Result<()> {
    let (one, several) = kind.verbs();
    let named = if full || accounts.len() <= NAMED { accounts.len() } else { NAMED_OF_MORE };
    for (id, ending) in &accounts[..named] {
        let name = plan.name(*id);
        let name = if name.is_empty() { String::new() } else { format!(" ({name})") };
        let why = match kind {
            Kind::Change(_) => String::new(),
            Kind::Held(_) | Kind::Failed => format!(": {}: {}", ending.reason, ending.message),
        };
        writeln!(out, "    {} {id} {one}{name}{why}", kind.mark())?;
    }
    match accounts.len() - named {
        0 => Ok(()),
        more => writeln!(out, "    {} {} more {several}", kind.mark(), grouped(more)),
    }
}

/// How many accounts are left alone on purpose, by reason: those first that need a person.
fn write_held(out: &mut impl Write, endings: &[(AccountId, &Ending)]) -> io::Result<()> {
    let mut reasons = BTreeMap::<_, usize>::new();
    // What the policy leaves out is counted below.
    let is_counted = |ending: &Ending| ending.is_held() && ending.reason != "out-of-scope";
    for (_, ending) in endings.iter().filter(|(_, ending)| is_counted(ending)) {
        *reasons.entry((ending.needs, ending.outcome, ending.reason.as_str())).or_default() += 1;
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|((needs, ..), count)| (*needs, std::cmp::Reverse(*count)));
    for ((needs, outcome, reason), count) in reasons {
        let too_long = if outcome == "waiting" && needs == Needs::Person { " for too long" } else { "" };
        writeln!(out, "  {} {} {outcome}{too_long}: {reason}", Kind::Held(outcome).mark(), grouped(count))?;
    }
    Ok(())
}
