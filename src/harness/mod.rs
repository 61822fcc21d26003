//! Cases, ports, the adapter protocol, comparison and reports: everything that judges a port.

pub mod answer;
pub mod bench;
pub mod case;
pub mod compare;
pub mod corpus;
pub mod differ;
pub mod doctor;
pub mod execute;
pub mod go_port;
pub mod golden;
pub mod port;
pub mod port_spec;
pub mod process;
pub mod protocol;
pub mod record;
pub mod reference;
pub mod reference_bench;
pub mod releases;
pub mod report;
pub mod runner;
pub mod serve;
pub mod store_files;
pub mod trace;
pub mod vector;
pub mod verdict;
pub mod workdir;
