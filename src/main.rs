//! `attach-gateway`: see the library for the map.

use std::process::ExitCode;

fn main() -> ExitCode {
    attach_gateway::cli::main()
}
