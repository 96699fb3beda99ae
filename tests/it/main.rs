//! Integration tests in one binary; the folders mirror the modules. The database is a real encrypted one, the forum is
//! the sample forum on loopback behind a layer that can misbehave. Real Tor, real forum software and a real browser are
//! in `tests/e2e`.

mod cli;
mod jobs;
mod pages;
mod util;
mod web;
