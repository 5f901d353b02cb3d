use a2a::AuthenticationInfo;
use proptest::prelude::*;

use super::*;

fn rules(allow: &[&str]) -> WebhookRules {
    let allow = allow.iter().map(|e| AllowedPrefix::parse(e).unwrap());
    WebhookRules {
        allow: allow.collect(),
    }
}

fn config(url: &str) -> TaskPushNotificationConfig {
    TaskPushNotificationConfig {
        url: url.to_owned(),
        id: None,
        task_id: String::new(),
        token: None,
        authentication: None,
        tenant: None,
    }
}

#[test]
fn https_on_the_open_internet_needs_no_entry() {
    for url in [
        "https://example.com",
        "https://1.1.1.1:8443/a?b=c",
        "https://hooks.example/x",
    ] {
        assert!(
            rules(&[]).destination(url).is_ok_and(|to| !to.internal),
            "{url}"
        );
    }
}

#[test]
fn anything_else_is_refused_with_the_entry_that_would_allow_it() {
    for (url, what, entry) in [
        (
            "http://example.com/a?b#c",
            "not https",
            "http://example.com/a",
        ),
        ("https://localhost:9/x", "private", "https://localhost:9/x"),
        ("http://a.localhost/", "private", "http://a.localhost/"),
        ("https://10.0.0.1/", "private", "https://10.0.0.1/"),
        ("https://[::1]/", "private", "https://[::1]/"),
        ("https://2130706433/", "private", "https://127.0.0.1/"),
        (
            "https://[::ffff:10.0.0.1]/",
            "private",
            "https://[::ffff:a00:1]/",
        ),
        (
            "http://169.254.169.254/latest",
            "private",
            "http://169.254.169.254/latest",
        ),
    ] {
        let refused = rules(&[]).destination(url).unwrap_err();
        assert_eq!(refused.field, "url");
        assert!(refused.why.contains(what), "{refused}");
        let remedy = format!("add {entry} to PUSH_ALLOW");
        assert!(refused.why.ends_with(&remedy), "{refused}");
        assert!(rules(&[entry]).destination(url).unwrap().internal, "{url}");
    }
}

#[test]
fn no_entry_allows_what_lies_beside_it() {
    let rules = rules(&["http://127.0.0.1:9/hooks"]);
    for url in [
        "http://127.0.0.1:9/hooksmith",
        "http://127.0.0.1:9/hooks/../x",
        "http://127.0.0.1:99/hooks",
        "https://127.0.0.1:9/hooks",
        "http://me@127.0.0.1:9/hooks",
        "ftp://127.0.0.1:9/hooks",
        "hooks",
        "",
    ] {
        assert!(rules.destination(url).is_err(), "{url}");
    }
    let long = format!("http://127.0.0.1:9/hooks/{}", "x".repeat(LONGEST_URL));
    assert!(rules.destination(&long).is_err());
}

#[test]
fn what_cannot_stand_in_a_header_is_refused_by_its_field() {
    let check = |change: &dyn Fn(&mut TaskPushNotificationConfig)| {
        let mut config = config("https://example.com/");
        change(&mut config);
        rules(&[]).check(&config).map_err(|bad| bad.field)
    };
    let authentication = |scheme: &str, credentials: &str| {
        Some(AuthenticationInfo {
            scheme: scheme.to_owned(),
            credentials: Some(credentials.to_owned()),
        })
    };
    assert!(check(&|c| c.authentication = authentication("Bearer", "a b")).is_ok());
    let bad = check(&|c| c.token = Some("a\r\nb: c".to_owned()));
    assert_eq!(bad, Err("token"));
    let bad = check(&|c| c.token = Some("a".repeat(LONGEST_SECRET + 1)));
    assert_eq!(bad, Err("token"));
    let bad = check(&|c| c.authentication = authentication("Bearer", "a\n"));
    assert_eq!(bad, Err("authentication.credentials"));
    for scheme in ["", "Bearer x", "Be\nrer"] {
        let bad = check(&|c| c.authentication = authentication(scheme, "x"));
        assert_eq!(bad, Err("authentication.scheme"), "{scheme:?}");
    }
    assert_eq!(check(&|c| c.id = Some("a\n".to_owned())), Err("id"));
    assert_eq!(check(&|c| c.url = "x".to_owned()), Err("url"));
}

#[test]
fn the_wait_doubles_up_to_five_minutes_and_there_is_none_after_a_day() {
    let patience = Patience::default();
    let now = UnixMillis(1_000_000);
    let wait = |failures| {
        let next = patience.next(now, (failures, now), None, 0.0);
        next.map(|next| next.0 - now.0)
    };
    let waits: Vec<_> = (1..=11).map(|n| wait(n).unwrap() / 1000).collect();
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    let shortest = (1..400).map(|failures| {
        let next = patience.next(now, (failures, now), None, 1.0);
        next.unwrap().0 - now.0
    });
    assert!(
        shortest.sum::<i64>() > patience.give_up_ms,
        "the day counts"
    );
    assert!(wait(399).is_some() && wait(400).is_none());
    let since = UnixMillis(now.0 - 86_400_000);
    assert_eq!(patience.next(now, (2, since), None, 0.0), None);
}

proptest! {
    #[test]
    fn no_text_panics_or_slips_to_a_private_place(text in "(https?://)?.*") {
        if let Ok(to) = rules(&[]).destination(&text) {
            prop_assert!(to.url.scheme() == "https" && !to.internal);
        }
    }

    #[test]
    fn a_retry_is_never_in_the_past_nor_later_than_was_asked_for(
        failures in 0u32..1000, asked in any::<Option<i64>>(), chance in any::<f64>(),
    ) {
        let now = UnixMillis(1_000_000);
        let next = Patience::default().next(now, (failures, now), asked, chance);
        if let Some(next) = next {
            let least = asked.unwrap_or(0).clamp(0, LONGEST_ASKED_MS);
            prop_assert!(next.0 - now.0 >= least.max(750));
            prop_assert!(next.0 - now.0 <= LONGEST_ASKED_MS);
        }
    }
}
