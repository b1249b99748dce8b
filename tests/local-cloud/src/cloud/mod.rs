//! The local cloud: the emulated one, with stacks deployed in it.

mod local_cloud;
mod options;
mod publish;
mod run;
mod watch;

pub use local_cloud::LocalCloud;
pub use options::Options;
