//! Which version of the protocol a request speaks.

use a2a::A2AError;

/// A version that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// 0.3, which is also meant when nothing is said.
    V03,
    /// 1.0.
    V10,
}

impl Version {
    /// Reads `A2A-Version`: major and minor count, the patch does not.
    ///
    /// # Errors
    ///
    /// VersionNotSupported, for any other and for what is none.
    pub fn read(said: Option<&str>) -> Result<Self, A2AError> {
        let said = said.map(str::trim).unwrap_or_default();
        let mut numbers = said.split('.');
        let major_minor = (numbers.next(), numbers.next());
        let patch = numbers.next();
        let is_patch = patch.is_none_or(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
        match major_minor {
            (Some(""), None) => Ok(Self::V03),
            (Some("0"), Some("3")) if is_patch && numbers.next().is_none() => Ok(Self::V03),
            (Some("1"), Some("0")) if is_patch && numbers.next().is_none() => Ok(Self::V10),
            _ => Err(unsupported(said)),
        }
    }

    /// For what only 1.0 has.
    ///
    /// # Errors
    ///
    /// VersionNotSupported, with what to send.
    pub fn wants_v10(self) -> Result<(), A2AError> {
        match self {
            Self::V10 => Ok(()),
            Self::V03 => Err(A2AError::new(
                a2a::error_code::VERSION_NOT_SUPPORTED,
                UNSAID,
            )),
        }
    }
}

/// What is not said counts as 0.3.
const UNSAID: &str = "this is asked for in 1.0: send the header A2A-Version: 1.0; \
    without it a request counts as 0.3, which has other words";

fn unsupported(said: &str) -> A2AError {
    let said: String = said.chars().take(16).collect();
    let code = a2a::error_code::VERSION_NOT_SUPPORTED;
    let text = format!("version {said:?} is not supported here; write 1.0 or 0.3 in A2A-Version");
    A2AError::new(code, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patch_does_not_count_and_nothing_is_0_3() {
        for (said, version) in [
            (None, Some(Version::V03)),
            (Some(""), Some(Version::V03)),
            (Some("0.3"), Some(Version::V03)),
            (Some("0.3.0"), Some(Version::V03)),
            (Some("1.0"), Some(Version::V10)),
            (Some(" 1.0.7 "), Some(Version::V10)),
            (Some("1"), None),
            (Some("1.1"), None),
            (Some("1.0.x"), None),
            (Some("1.0."), None),
            (Some("1.0.0.0"), None),
            (Some("99.0"), None),
            (Some("latest"), None),
        ] {
            assert_eq!(Version::read(said).ok(), version, "{said:?}");
        }
    }
}
