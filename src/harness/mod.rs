//! Cases, ports, the adapter protocol, comparison and reports: everything that judges a port.
