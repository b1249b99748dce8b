//! Pages of lists.

/// How many entries a page may have (ListGraphs, ListMembers, ListInvitations): the most that AWS allows.
pub(super) const PAGE: i32 = 200;
