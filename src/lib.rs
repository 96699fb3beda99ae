//! netreach: fetches an NGO's own forum threads over Tor, notices questions, queues them for workers with verified
//! answers, sends the replies a person approved, and logs how the threads engage people.
//!
//! `tests/layers.rs` holds which module may use which; ARCHITECTURE.md tells the way of one post.

pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod forum;
pub mod jobs;
pub mod net;
pub mod page;
pub mod privacy;
pub mod sample_forum;
pub mod schedule;
pub mod sensitive;
pub mod store;
pub mod triage;
pub mod web;
