//! Calls to Amazon Detective, each with all its pages and within its limits.

mod graphs;
mod invitations;
mod members;
mod page;
mod retries;

pub use self::graphs::{
    auto_enable, create_graph, designate, find_graph, organization_administrator, packages, set_auto_enable,
    start_packages,
};
pub use self::invitations::{accept_invitation, list_invitations, reject_invitation};
pub use self::members::{
    BATCH, Created, Deleted, GraphUsage, InvitationOptions, create_members, delete_members, get_members, graph_usage,
    list_members, read_members, start_monitoring,
};
pub use self::retries::ServerErrors;
