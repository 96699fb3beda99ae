//! The desk through its router, against a real encrypted database: what a browser without scripts would send and see.

mod answers;
pub(crate) mod app;
mod approve;
mod case;
mod learning;
mod login;
mod pages;
mod passage;
mod privacy;
mod routes;
mod routes_of_replies;
