use std::net::{SocketAddr, TcpListener};

use super::*;
use crate::{
    adapters::{
        database::{Database, sole::Part},
        temporal::Temporal,
    },
    config::TemporalConfig,
    domain::id::TaskId,
};

/// Whoever listens never answers.
fn nobody(address: SocketAddr) -> TemporalConfig {
    TemporalConfig {
        address: address.to_string(),
        namespace: "default".to_owned(),
        api_key: None,
        tls: None,
        queue: "test".to_owned(),
        traces: true,
        ui_url: None,
        timeout: Duration::from_secs(60),
    }
}

#[tokio::test]
async fn a_round_while_temporal_is_away_is_not_followed_by_another_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("attach.db").into()).await;
    let database = database.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let temporal = Temporal::start(&nobody(listener.local_addr().unwrap())).unwrap();
    let work = Work {
        traces: TaskTraces::new(temporal, database.clone(), Duration::from_secs(60)),
        sole: Sole::new(&database, Part::Traces),
        metrics: Prometheus::new("i", 10),
    };
    let mut notes = Notes::default();
    notes.changed.extend((0..BATCH).map(|_| TaskId::fresh()));
    let (notes, has_told) = work.round(notes).await;
    assert!(notes.has_more(), "all of them are still to be told");
    assert!(!has_told);
}
