//! What the program is about: threads, posts, cases, answers, replies, and the transitions allowed between their states.
//!
//! Pure: no I/O, no clock; every transition takes `now`.

pub mod account;
pub mod answer;
pub mod case;
pub mod cookies;
pub mod engagement;
pub mod health;
pub mod judgement;
pub mod lesson;
pub mod look;
pub mod passage;
pub mod reply;
pub mod thread;
