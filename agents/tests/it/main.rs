//! The agents, against a gateway that answers by script, called as the gateway
//! calls them and by the official A2A client.

#[cfg(test)]
mod aloud;
#[cfg(test)]
mod call;
#[cfg(test)]
mod card;
#[cfg(test)]
mod client;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod handoff;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod reuse;
#[cfg(test)]
mod stop;
#[cfg(test)]
mod told;
