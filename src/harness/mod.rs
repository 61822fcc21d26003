//! Cases, ports, the adapter protocol, comparison and reports: everything that judges a port.

pub mod doctor;
pub mod go_port;
pub mod port;
pub mod port_spec;
pub mod process;
pub mod protocol;
pub mod serve;
