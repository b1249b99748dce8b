//! Whoever gets every account of a Region, in the place of reports and metrics.

use detective_onboarding::model::organization::Organization;
use detective_onboarding::model::region::Region;

use super::rows::Row;

/// Gets a Region when it is planned: the organization, and a row for every account of it and for every other member.
pub type Observer = Box<dyn Fn(&Region, &Organization, &mut dyn Iterator<Item = Row>)>;
