//! The desk through its router, against a real encrypted database: what a browser without scripts would send and see.

mod answers;
mod app;
mod approve;
mod case;
mod login;
mod pages;
mod routes;
mod routes_of_replies;
