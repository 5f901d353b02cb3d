//! Agents are talked to over A2A.

mod agents;
mod cards;
mod contexts;
mod envelope;
mod errors;
mod grpc;
mod lists;
mod owners;
mod push;
mod rest;
mod resume;
mod sending;
mod streams;
mod tails;
mod v03;
mod versions;
