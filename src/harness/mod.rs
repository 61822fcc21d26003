//! Cases, ports, the adapter protocol, comparison and reports: everything that judges a port.

pub mod port;
pub mod process;
pub mod protocol;
