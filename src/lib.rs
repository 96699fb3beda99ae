//! netreach: fetches an NGO's own forum threads over Tor, notices questions, queues them for workers with verified
//! answers, sends the replies a person approved, and logs how the threads engage people.
//!
//! The order below is the order of dependence; `tests/layers.rs` holds it. ARCHITECTURE.md tells the way of one post.

pub mod clock;
pub mod config;
pub mod domain;
pub mod net;
pub mod sensitive;
pub mod store;
