//! The two agents, against a gateway that answers by script.

#[cfg(test)]
mod call;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod handoff;
#[cfg(test)]
mod refusals;
