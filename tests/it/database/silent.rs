//! A server that vanishes without a word.

use attach_gateway::{adapters::database::Database, config::Place};
use futures_util::{TryStreamExt, future::join_all};
use sqlx::Error;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::support::{database::Home, eventually};

/// A line to the server of `home` that carries nothing while it is cut, and says
/// nothing of that; and where it begins.
async fn line(home: &Home, is_cut: watch::Receiver<bool>) -> Place {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut url = url::Url::parse(&home.url).unwrap();
    let far = (url.host_str().unwrap().to_owned(), url.port().unwrap());
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(listener.local_addr().unwrap().port()))
        .unwrap();
    tokio::spawn(async move {
        loop {
            let (near, _) = listener.accept().await.unwrap();
            tokio::spawn(carry(near, far.clone(), is_cut.clone()));
        }
    });
    url.as_str().parse().unwrap()
}

async fn carry(mut near: TcpStream, far: (String, u16), mut is_cut: watch::Receiver<bool>) {
    let mut far = TcpStream::connect(far).await.unwrap();
    let mut later = is_cut.clone();
    tokio::select! {
        biased;
        _ = is_cut.wait_for(|cut| *cut) => {}
        _ = copy_bidirectional(&mut near, &mut far) => return,
    }
    // Nobody is told that it ended before it is mended.
    let _ = later.wait_for(|cut| !*cut).await;
}

async fn ask(db: &Database) -> sqlx::Result<i64> {
    let asked = db.query("select 1::bigint from pg_sleep(0.05)");
    asked.scalar().await
}

async fn write(db: &Database) -> sqlx::Result<i64> {
    let wrote = db.write(|mut conn| {
        Box::pin(async move { conn.query("select 1::bigint").scalar::<i64>().await })
    });
    wrote
        .await
        .map_err(|_| Error::Io(std::io::ErrorKind::TimedOut.into()))
}

async fn read(db: &Database) -> sqlx::Result<i64> {
    let read = db.read(|mut conn| {
        Box::pin(async move { conn.query("select 1::bigint").scalar::<i64>().await })
    });
    read.await
}

async fn stream(db: &Database) -> sqlx::Result<i64> {
    let rows = db.query("select 1::bigint").stream::<(i64,)>();
    let rows: Vec<(i64,)> = rows.try_collect().await?;
    Ok(rows[0].0)
}

#[tokio::test]
async fn whoever_waits_for_it_is_let_go_and_so_is_the_connection() {
    let Some(home) = Home::server().await else {
        return;
    };
    let (cut, is_cut) = watch::channel(false);
    let db = Database::open(&line(&home, is_cut).await).await.unwrap();
    // A connection for each of those that are asked below.
    for asked in join_all([ask(&db), ask(&db), ask(&db), ask(&db)]).await {
        asked.unwrap();
    }
    let Database::Postgres(server) = &db else {
        panic!("a server was opened");
    };
    eventually("all of them rest", async || {
        let all = usize::try_from(server.pool.size()).unwrap();
        (server.pool.num_idle() == all).then_some(())
    })
    .await;
    cut.send_replace(true);
    // With nobody at the other end, time passes as fast as it can.
    tokio::time::pause();
    let (asked, wrote, was_read, came) = tokio::join!(ask(&db), write(&db), read(&db), stream(&db));
    for done in [asked, wrote, was_read, came] {
        // Also by a pool whose connections are all waiting.
        let is_let_go = matches!(done, Err(Error::Io(_) | Error::PoolTimedOut));
        assert!(is_let_go, "{done:?}");
    }
    tokio::time::resume();
    cut.send_replace(false);
    // One that rested for less than a second is not tried before it is used.
    eventually("all connections are good again", async || {
        let all = join_all((0..16).map(|_| ask(&db))).await;
        all.iter().all(Result::is_ok).then_some(())
    })
    .await;
    db.close().await;
}
