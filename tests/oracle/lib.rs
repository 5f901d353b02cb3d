//! The gateway's own reading of DIDs: those of its sources that do it, and none
//! of the rest, which takes minutes to build with what `ssi` turns on.

#[path = "../../src/domain"]
pub mod domain {
    pub mod did;
    pub mod jwt;
    pub mod time;
}

#[path = "../../src/adapters"]
pub mod adapters {
    pub mod secret;

    #[path = "identity"]
    pub mod identity {
        pub mod did;
    }
}
