//! Cookies: what they are called here, and how they are read.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, CookieBuilder, SameSite, time::Duration},
    http::header,
};

/// How long a browser may take at the provider, in seconds.
pub const LOGIN_SECS: i64 = 600;

/// The names of the two cookies, and how they are set.
#[derive(Clone, Copy, Debug)]
pub struct Jar {
    /// Over https: only this host over https may set or read them. On plain http
    /// a browser would not keep such a cookie.
    pub is_secure: bool,
}

impl Jar {
    /// The secret of a session that `request` brings.
    pub fn session_of(self, request: &HttpRequest) -> Option<String> {
        cookie(request, self.session_name())
    }

    /// The sealed state of a sign-in that `request` brings.
    pub fn login_of(self, request: &HttpRequest) -> Option<String> {
        cookie(request, self.login_name())
    }

    /// Gives a browser its session.
    pub fn session(self, secret: String) -> Cookie<'static> {
        self.build(self.session_name(), secret).finish()
    }

    /// Gives a browser what it must bring back from the provider.
    pub fn login(self, sealed: String) -> Cookie<'static> {
        let cookie = self.build(self.login_name(), sealed);
        cookie.max_age(Duration::seconds(LOGIN_SECS)).finish()
    }

    /// Takes the session away.
    pub fn no_session(self) -> Cookie<'static> {
        gone(self.session(String::new()))
    }

    /// Takes the state of a sign-in away.
    pub fn no_login(self) -> Cookie<'static> {
        gone(self.login(String::new()))
    }

    fn session_name(self) -> &'static str {
        if self.is_secure {
            "__Host-attach_session"
        } else {
            "attach_session"
        }
    }

    fn login_name(self) -> &'static str {
        if self.is_secure {
            "__Host-attach_login"
        } else {
            "attach_login"
        }
    }

    fn build(self, name: &'static str, value: String) -> CookieBuilder<'static> {
        Cookie::build(name, value)
            .path("/")
            .http_only(true)
            .secure(self.is_secure)
            .same_site(SameSite::Lax)
    }
}

fn gone(mut cookie: Cookie<'static>) -> Cookie<'static> {
    cookie.make_removal();
    cookie
}

fn cookie(request: &HttpRequest, name: &str) -> Option<String> {
    let lines = request.headers().get_all(header::COOKIE);
    let lines = lines.filter_map(|line| line.to_str().ok());
    only(lines, name).map(str::to_owned)
}

/// The value of the cookie called `name`. Two that differ are none: one of them
/// was put there by somebody else.
pub fn only<'a>(lines: impl Iterator<Item = &'a str>, name: &str) -> Option<&'a str> {
    let pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim_matches([' ', '\t']).split_once('='));
    let mut values = pairs.filter_map(|(n, value)| (n == name).then_some(value));
    let first = values.next()?;
    values.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found<'a>(lines: &[&'a str]) -> Option<&'a str> {
        only(lines.iter().copied(), "s")
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name_and_two_that_differ_are_none() {
        assert_eq!(found(&["a=b; s=1;c"]), Some("1"));
        assert_eq!(found(&["s=1; s=1", "s=1"]), Some("1"));
        assert_eq!(found(&["s=a=b"]), Some("a=b"));
        for lines in [
            &["s=1; s=2"][..],
            &["s=1", "s=2"],
            &["s=; s=2"],
            &["S=1"],
            &["xs=1"],
            &["s"],
            &["a=s=1"],
            &[],
        ] {
            assert_eq!(found(lines), None, "{lines:?}");
        }
    }

    #[test]
    fn the_names_are_bound_to_the_host_where_the_browser_allows_it() {
        let set = |is_secure| Jar { is_secure }.session("x".to_owned()).to_string();
        let secure = "__Host-attach_session=x; HttpOnly; SameSite=Lax; Secure; Path=/";
        assert_eq!(set(true), secure);
        assert_eq!(
            set(false),
            "attach_session=x; HttpOnly; SameSite=Lax; Path=/"
        );
        let login = Jar { is_secure: true }.login("y".to_owned()).to_string();
        assert!(login.starts_with("__Host-attach_login=y; ") && login.contains("Max-Age=600"));
        let gone = Jar { is_secure: true }.no_login().to_string();
        assert!(gone.contains("Secure; Path=/; Max-Age=0"), "{gone}");
    }

    proptest! {
        #[test]
        fn whatever_is_found_was_sent_and_only_it(lines in prop::collection::vec("([a-c]=[a-c;=]?|s=[ab]?|[;= \\t]|.){0,12}", 0..4)) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            if let Some(value) = found(&lines) {
                let joined = lines.join(";");
                let sent = format!("s={value}");
                prop_assert!(joined.contains(&sent));
                prop_assert!(!value.contains(';'));
            }
        }
    }
}
