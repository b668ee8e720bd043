//! vulns
