//! The region of docs/benchmarks.md that the benchmarks write.

use std::path::PathBuf;

use crate::Failure;
use crate::options::Part;

const START: &str = "<!-- benchmarks -->\n";
const END: &str = "<!-- /benchmarks -->";

/// Writes the result of one part, and leaves the others as they are.
pub(crate) fn write(part: Part, text: &str) -> Result<(), Failure> {
    let path = path();
    let page = std::fs::read_to_string(&path)?;
    let changed = replaced(&page, part, text)
        .ok_or("docs/benchmarks.md has no lines <!-- benchmarks --> and <!-- /benchmarks -->")?;
    std::fs::write(&path, changed)?;
    Ok(())
}

fn path() -> PathBuf {
    local_cloud::binaries::workspace().join("docs/benchmarks.md")
}

fn replaced(page: &str, part: Part, text: &str) -> Option<String> {
    let (before, remainder) = page.split_once(START)?;
    let (region, after) = remainder.split_once(END)?;
    let mut changed = format!("{before}{START}\n");
    for other in Part::ALL {
        let content = if other == part { Some(text) } else { section(region, other) };
        if let Some(content) = content {
            changed.push_str(&format!("## {}\n\n{}\n\n", other.title(), content.trim()));
        }
    }
    Some(format!("{changed}{END}{after}"))
}

/// A part's text, without its heading.
fn section(region: &str, part: Part) -> Option<&str> {
    let (_, content) = region.split_once(&format!("## {}\n", part.title()))?;
    Some(content.split_once("\n## ").map_or(content, |(text, _)| text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{coverage, emulator, pacing, scale, startup, storm, table};

    #[test]
    fn the_page_has_a_section_for_every_part_with_the_heading_that_a_run_writes() {
        let page = std::fs::read_to_string(path()).unwrap();
        let (_, region) = page.split_once(START).unwrap();
        let (region, _) = region.split_once(END).unwrap();
        for part in Part::ALL {
            let heading = match part {
                Part::Startup => table::markdown(startup::HEADING, &[]),
                Part::Coverage => table::markdown(coverage::HEADING, &[]),
                Part::Storm => table::markdown(storm::HEADING, &[]),
                Part::Pacing => table::markdown(pacing::HEADING, &[]),
                Part::Scale => table::markdown(scale::HEADING, &[]),
                Part::Emulator => table::markdown(emulator::HEADING, &[]),
            };
            assert!(section(region, part).unwrap().contains(&heading), "{}: {heading}", part.title());
        }
    }

    #[test]
    fn a_part_is_replaced_and_the_others_stay() {
        let empty = "Before\n<!-- benchmarks -->\n<!-- /benchmarks -->\nAfter\n";
        let two = replaced(&replaced(empty, Part::Scale, "old").unwrap(), Part::Startup, "first\n").unwrap();
        let changed = replaced(&two, Part::Scale, "new").unwrap();
        let expected = format!(
            "Before\n<!-- benchmarks -->\n\n## {}\n\nfirst\n\n## {}\n\nnew\n\n<!-- /benchmarks -->\nAfter\n",
            Part::Startup.title(),
            Part::Scale.title()
        );
        assert_eq!(changed, expected);
        assert_eq!(replaced(&changed, Part::Scale, "new").unwrap(), changed);
    }

    #[test]
    fn a_page_without_the_region_is_not_written() {
        assert_eq!(replaced("Before\n", Part::Scale, "new"), None);
    }
}
