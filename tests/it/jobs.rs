//! Jobs against a forum on loopback that works, and one that does not.

mod bad_input;
mod messages;
mod monitor;
mod outbox;
mod quotes;
