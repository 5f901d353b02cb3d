//! Many who come back at once do not become as many who ask the provider.

use futures_util::future::{join, join_all};

use crate::support::{
    eventually,
    provider::Provider,
    tab::{Tab, gateway},
};

const AT_ONCE: usize = 8;

#[actix_web::test]
async fn eight_come_back_at_once_and_the_next_keeps_its_place_for_a_reload() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let tabs: Vec<_> = (0..=AT_ONCE).map(|_| Tab::at(&gateway)).collect();
    let mut backs = Vec::new();
    for tab in &tabs {
        backs.push(tab.to_callback("/auth/login").await);
    }
    let held = provider.hold();
    let flood = join_all((0..AT_ONCE).map(|n| tabs[n].open(&backs[n])));
    let (last, back) = (&tabs[AT_ONCE], &backs[AT_ONCE]);
    let late = async {
        eventually("the provider is asked", async || {
            (provider.exchanges() == AT_ONCE).then_some(())
        })
        .await;
        let busy = last.open(back).await;
        drop(held);
        busy
    };
    let (_, busy) = join(flood, late).await;
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("1")));
    assert_eq!(provider.exchanges(), AT_ONCE);
    assert!(last.cookie("attach_login").is_some());
    assert_eq!(last.open(back).await.status, 303);
    assert_eq!(last.session().await["user"], "ada");
}
