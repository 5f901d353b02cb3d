//! Several gateways on one database: what one of them writes holds at the others.

mod key;
mod moving;

use std::collections::HashMap;

use attach_gateway::{
    adapters::{
        api_keys::{ApiKeys, NewKey, Revoked},
        browsers::{BrowserTable, Ended},
        identity::used::UsedTokens,
        sessions::{SessionTable, Visit},
    },
    domain::{
        browser::BrowserSession,
        id::{Owner, SessionId},
        identity::Scopes,
        time::UnixMillis,
    },
};

use crate::support::database::any;

const NOW: UnixMillis = UnixMillis(1_000_000);

fn ada() -> Owner {
    Owner::new("i", "ada")
}

fn visits(numbers: impl Iterator<Item = u32>, at: UnixMillis) -> HashMap<SessionId, Visit> {
    let visit = |n: u32| (SessionId(format!("s{n}").into()), Visit::first(ada(), at));
    numbers.map(visit).collect()
}

#[actix_web::test]
async fn what_two_gateways_counted_of_a_session_adds_up() {
    any(async |home| {
        let (here, there) = (home.open().await, home.open().await);
        let (here, there) = (SessionTable::new(here), SessionTable::new(there));
        // In both orders, at the same moment: neither may wait for the other for ever.
        for round in 0..5 {
            let at = NOW.plus(round);
            let (one, other) = tokio::join!(
                here.write(visits(0..200, at)),
                there.write(visits((0..200).rev(), at.plus(100))),
            );
            one.unwrap();
            other.unwrap();
        }
        let seen = here.list(1000).await.unwrap();
        assert_eq!(seen.len(), 200);
        for session in seen {
            assert_eq!(session.requests, 10);
            assert_eq!(session.last_seen_at, NOW.plus(104));
        }
        assert_eq!(there.expire(NOW.plus(105)).await.unwrap(), 200);
    })
    .await;
}

#[actix_web::test]
async fn a_key_that_one_gateway_revoked_is_none_at_the_other() {
    any(async |home| {
        let (here, there) = (home.open().await, home.open().await);
        let (here, there) = (ApiKeys::new(here), ApiKeys::new(there));
        assert!(!there.has_any(NOW).await.unwrap());
        let new = NewKey {
            owner: ada(),
            name: "ci".to_owned(),
            scopes: Scopes::DEFAULT,
            expires_at: Some(NOW.plus(9)),
        };
        let made = here.create(new, NOW).await.unwrap();
        assert!(there.has_any(NOW).await.unwrap());
        assert!(!there.has_any(NOW.plus(9)).await.unwrap());
        let known = there.find(&made.id).await.unwrap().unwrap();
        assert_eq!(known.owner, ada());
        let revoked = here.revoke(&made.id, NOW.plus(1)).await.unwrap();
        assert_eq!(revoked, Revoked::Now);
        assert!(there.find(&made.id).await.unwrap().is_none());
        let again = there.revoke(&made.id, NOW.plus(2)).await.unwrap();
        assert_eq!(again, Revoked::Before(NOW.plus(1)));
        let listed = there.list().await.unwrap();
        assert_eq!(listed[0].revoked_at, Some(NOW.plus(1)));
    })
    .await;
}

#[actix_web::test]
async fn a_token_that_is_good_once_is_good_at_one_gateway_only() {
    any(async |home| {
        let (here, there) = (home.open().await, home.open().await);
        let (here, there) = (UsedTokens::new(here), UsedTokens::new(there));
        for n in 0..50 {
            let jti = n.to_string();
            let (one, other) = tokio::join!(
                here.claim("did:key:z6Mk", &jti, NOW),
                there.claim("did:key:z6Mk", &jti, NOW),
            );
            assert_ne!(one.unwrap(), other.unwrap(), "{n}");
        }
        let (one, other) = tokio::join!(here.expire(NOW.plus(1)), there.expire(NOW.plus(1)));
        assert_eq!(one.unwrap() + other.unwrap(), 50);
    })
    .await;
}

#[actix_web::test]
async fn a_browser_that_signs_out_at_one_gateway_is_out_at_the_other() {
    any(async |home| {
        let (here, there) = (home.open().await, home.open().await);
        let (sessions, there) = (SessionTable::new(there.clone()), BrowserTable::new(there));
        let here = BrowserTable::new(here);
        for n in [1, 2] {
            let id = SessionId(format!("session {n}").into());
            let handle = format!("h{n}").into();
            let session = BrowserSession::begin(ada(), Scopes::DEFAULT, handle, id, NOW);
            here.open(&[n; 32], &session).await.unwrap();
            assert_eq!(there.find(&[n; 32]).await.unwrap(), Some(session));
        }
        let both = [([2; 32], NOW.plus(7)), ([1; 32], NOW.plus(5))];
        there.touch(both).await.unwrap();
        here.touch([([1; 32], NOW.plus(3))]).await.unwrap();
        let listed = sessions.list(5).await.unwrap();
        let seen: Vec<_> = listed.iter().map(|one| one.last_seen_at).collect();
        assert_eq!(seen, [NOW.plus(7), NOW.plus(5)]);

        here.end(&[1; 32], NOW.plus(9)).await.unwrap();
        assert_eq!(there.find(&[1; 32]).await.unwrap(), None);
        assert_eq!(there.ended(NOW).await.unwrap(), [[1; 32]]);
        for (name, became) in [
            ("h2", Ended::Now),
            ("session 2", Ended::Before),
            ("h3", Ended::Unknown),
        ] {
            let ended = there.end_named(name, NOW.plus(10)).await.unwrap();
            assert_eq!(ended, became, "{name}");
        }
    })
    .await;
}
