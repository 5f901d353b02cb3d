//! How a file goes about lists.

use super::*;
use crate::{
    adapters::database::Database,
    domain::id::{Owner, SessionId, TaskId},
};

async fn store(folder: &tempfile::TempDir) -> Store {
    let url = format!("sqlite:{}", folder.path().join("a.db").display());
    let db = Database::open(&url.parse().unwrap()).await.unwrap();
    Store::open(db).await.unwrap()
}

fn mine() -> TaskFilter {
    TaskFilter {
        owner: Some(Owner::new("i", "u")),
        before: Some(TaskId::fresh()),
        agent: Some("coder".to_owned()),
        session: Some(SessionId("s".into())),
        is_root: true,
        limit: 100,
        ..TaskFilter::default()
    }
}

/// What there is to ask for, and the index that leads to it.
fn asked() -> [(TaskFilter, Index); 5] {
    let (failed, open) = (vec![TaskState::Failed], vec![TaskState::Working]);
    let with = |states| TaskFilter { states, ..mine() };
    let children = TaskFilter {
        parent: Some(TaskId::fresh()),
        ..with(failed.clone())
    };
    [
        (mine(), Index::Mine),
        (with(vec![TaskState::Completed]), Index::Mine),
        (with(failed), Index::Failed),
        (with(open), Index::Open),
        (children, Index::Children),
    ]
}

async fn plan(store: &Store, index: Index, filter: &TaskFilter) -> String {
    let mut query = store.db.query("");
    index.select(&mut query, filter, "task_id");
    query.push(" order by task_id desc limit 1000");
    query.plan().await.join("\n")
}

#[actix::test]
async fn a_step_reads_an_index_in_order_and_no_row() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    for (filter, expected) in asked() {
        let index = store.index(&filter).await.unwrap();
        assert_eq!(index, expected);
        let plan = plan(&store, index, &index.led(&filter)).await;
        let is_covered = plan.contains("SEARCH task USING COVERING INDEX");
        match index {
            Index::Open | Index::Children => {}
            _ => assert!(is_covered, "{index:?}: {plan}"),
        }
        assert!(!plan.contains("SCAN task"), "{index:?}: {plan}");
        // Few are sorted.
        let is_sorted = plan.contains("TEMP B-TREE");
        assert_eq!(is_sorted, index == Index::Open, "{index:?}: {plan}");
    }
}

#[actix::test]
async fn where_a_task_stands_is_read_from_indexes_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    for (filter, index) in asked() {
        let plan = plan(&store, index, &filter).await;
        assert!(!plan.contains("SCAN"), "{index:?}: {plan}");
        for other in ["bad", "live"] {
            let read = format!("SEARCH {other} USING");
            let covered = format!("{read} COVERING INDEX");
            assert_eq!(plan.contains(&read), plan.contains(&covered), "{plan}");
        }
    }
    let done = plan(&store, Index::Mine, &asked()[1].0).await;
    assert!(done.contains("SEARCH live USING COVERING INDEX task_open"));
    assert!(done.contains("SEARCH bad USING COVERING INDEX task_failed"));
}
