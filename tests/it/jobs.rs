//! Jobs against a forum on loopback that works, and one that does not.

mod bad_input;
mod challenge;
mod monitor;
mod outbox;
