//! Jobs against a forum on loopback that works, and one that does not.

mod bad_input;
mod challenge;
mod drift;
mod messages;
mod mirrors;
mod monitor;
mod moves;
mod outbox;
mod quotes;
mod unchanged;
