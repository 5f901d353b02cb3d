//! Agents are talked to over A2A.

mod contexts;
mod errors;
mod lists;
mod owners;
mod push;
mod rest;
mod sending;
mod streams;
mod versions;
