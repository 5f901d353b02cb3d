//! Agents are talked to over A2A.

mod contexts;
mod errors;
mod lists;
mod owners;
mod rest;
mod sending;
mod streams;
mod v03;
mod versions;
