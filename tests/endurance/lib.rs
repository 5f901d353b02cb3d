//! Nothing: the crate is its fuzz targets.

// cargo-bolero links this too, and needs the engine for that.
#[cfg(test)]
use bolero as _;
