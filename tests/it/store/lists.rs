//! Lists of many tasks: whatever is asked for, page by page, is what a look at all of
//! them finds.

use std::time::{Duration, Instant};

use attach_gateway::{
    adapters::{
        database::{Database, Sql},
        store::{Store, TaskFilter},
    },
    domain::{
        id::{SessionId, TaskId},
        sought::Sought,
        task::TaskState,
    },
};
use serde_json::{Value, json};

use super::world::owner;
use crate::support::{
    database::{Home, any},
    dice::Dice,
};

/// More than one step looks at.
const TASKS: u64 = 2500;

const INSERT: Sql = Sql::each(
    "
    insert into task (task_id, issuer, user_id, session_id, context_id, parent_task_id, scopes,
                      target, input, state, detail, due_at, created_at, updated_at)
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3, 'c', value ->> 4, '', value ->> 5,
           value ->> 6, value ->> 7, value ->> 8, value ->> 9, 1, 1
      from json_each($1)",
    "
    insert into task (task_id, issuer, user_id, session_id, context_id, parent_task_id, scopes,
                      target, input, state, detail, due_at, created_at, updated_at)
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3, 'c', value ->> 4, '', value ->> 5,
           value ->> 6, value ->> 7, value ->> 8, (value ->> 9)::bigint, 1, 1
      from json_array_elements($1::json)",
);

/// A row, as a look at all of them sees it.
struct Row {
    id: TaskId,
    parent: Option<TaskId>,
    session: String,
    target: &'static str,
    state: TaskState,
    input: String,
    detail: Option<&'static str>,
}

/// The task that was accepted as the `nth`.
fn id(nth: u64) -> TaskId {
    TaskId(uuid::Uuid::from_u64_pair(nth << 16 | 0x7000, 1 << 63))
}

fn row(nth: u64, dice: &mut Dice) -> Row {
    let rare = nth % 611 == 5;
    let state = match dice.roll(40) {
        0 => TaskState::Submitted,
        1 => TaskState::Rejected,
        2 => TaskState::Working,
        3 => TaskState::InputRequired,
        4..14 => TaskState::Failed,
        _ => TaskState::Completed,
    };
    let said = match nth % 500 {
        7 => "a Needle in it",
        8 => "ÄRGER mit Öl",
        _ => "sort a list",
    };
    let input = json!({ "messages": [{ "role": "user", "content": said }] }).to_string();
    Row {
        id: id(nth),
        parent: (nth % 3 == 2).then(|| id(nth - 1)),
        session: format!("s{}", nth / 30),
        target: if rare { "poet" } else { "coder" },
        state,
        // As those write it who write ASCII alone.
        input: match nth % 1000 {
            8 => input.replace('Ä', r"\u00c4").replace('Ö', r"\u00d6"),
            _ => input,
        },
        detail: rare.then_some("out of Ink"),
    }
}

impl Row {
    fn values(&self, user: &str) -> Value {
        let is_due = matches!(self.state, TaskState::Submitted | TaskState::Working);
        let due = is_due.then_some(1);
        json!([
            self.id,
            "https://issuer.example",
            user,
            self.session,
            self.parent,
            self.target,
            self.input,
            self.state.name(),
            self.detail,
            due
        ])
    }

    fn meets(&self, filter: &TaskFilter, words: &[&str]) -> bool {
        let input = self.input.replace(r"\u00c4", "Ä").replace(r"\u00d6", "Ö");
        let texts = [self.target, self.detail.unwrap_or_default(), &*input];
        let texts = texts.map(str::to_lowercase);
        filter.states.is_empty() | filter.states.contains(&self.state)
            && filter.parent.is_none_or(|it| Some(it) == self.parent)
            && filter.agent.as_deref().is_none_or(|it| it == self.target)
            && filter
                .session
                .as_ref()
                .is_none_or(|it| *it.0 == *self.session)
            && (!filter.is_root || self.parent.is_none())
            && words
                .iter()
                .all(|word| texts.iter().any(|text| text.contains(word)))
    }
}

async fn insert(db: &Database, rows: Value) {
    let rows = rows.to_string();
    let written = db.write(move |mut conn| {
        let rows = rows.clone();
        Box::pin(async move { conn.query(INSERT).bind(rows).run().await })
    });
    written.await.unwrap();
}

/// Everything `filter` leads to, page by page.
async fn all(store: &Store, mut filter: TaskFilter) -> Vec<TaskId> {
    let mut found = Vec::new();
    loop {
        let page = store.tasks(&filter).await.unwrap();
        assert!(page.tasks.len() <= filter.limit as usize);
        found.extend(page.tasks.iter().map(|task| task.id));
        let Some(next) = page.next else {
            return found;
        };
        assert!(
            filter.before.is_none_or(|before| next < before),
            "it goes on"
        );
        filter.before = Some(next);
    }
}

/// Conditions, each there or not, and words that are looked for.
fn condition(dice: &mut Dice) -> (TaskFilter, Vec<&'static str>) {
    let words: &[&str] = match dice.roll(6) {
        0 => &["needle"],
        1 => &["ärger", "öl"],
        2 => &["ink"],
        3 => &["list", "sort"],
        _ => &[],
    };
    let states: &[TaskState] = match dice.roll(9) {
        0 => &[TaskState::Failed],
        1 => &[TaskState::Failed, TaskState::Canceled, TaskState::Rejected],
        2 => &[TaskState::Submitted],
        3 => &[TaskState::Working, TaskState::InputRequired],
        4 => &[TaskState::Completed],
        5 => &[TaskState::Completed, TaskState::Submitted],
        _ => &[],
    };
    let filter = TaskFilter {
        owner: Some(owner(0)),
        states: states.to_vec(),
        parent: (dice.roll(6) == 0).then(|| id(dice.roll(TASKS))),
        agent: match dice.roll(4) {
            0 => Some("poet".to_owned()),
            1 => Some("coder".to_owned()),
            _ => None,
        },
        session: (dice.roll(6) == 0).then(|| SessionId(format!("s{}", dice.roll(80)).into())),
        is_root: dice.roll(3) == 0,
        sought: Sought::parse(&words.join(" ").to_uppercase()).ok(),
        limit: [1, 7, 100][dice.roll(3) as usize],
        ..TaskFilter::default()
    };
    (filter, words.to_vec())
}

async fn full(home: &Home) -> (Store, Vec<Row>) {
    let db = home.open().await;
    let mut dice = Dice::new(7);
    let rows: Vec<_> = (0..TASKS).map(|nth| row(nth, &mut dice)).collect();
    insert(&db, rows.iter().map(|row| row.values("user 0")).collect()).await;
    // Somebody else's, in between.
    let others = (0..50).map(|nth| Row {
        id: id(TASKS + nth),
        parent: None,
        ..row(nth, &mut dice)
    });
    insert(&db, others.map(|row| row.values("user 1")).collect()).await;
    (Store::open(db).await.unwrap(), rows)
}

#[actix_web::test]
async fn every_condition_and_any_of_them_together_find_what_a_look_at_all_finds() {
    any(async |home| {
        let (store, rows) = full(&home).await;
        let mut dice = Dice::new(8);
        let mut found = 0;
        for _ in 0..120 {
            let (filter, words) = condition(&mut dice);
            let expected = rows.iter().rev().filter(|row| row.meets(&filter, &words));
            let expected: Vec<_> = expected.map(|row| row.id).take(400).collect();
            let told = format!("{filter:?}");
            let listed = match filter.limit {
                1 if expected.len() > 40 => continue,
                _ => all(&store, filter).await,
            };
            assert_eq!(listed[..listed.len().min(400)], expected, "{told}");
            found += usize::from(!listed.is_empty());
        }
        assert!(found > 40, "most find nothing: {found}");
    })
    .await;
}

#[actix_web::test]
async fn a_call_that_has_looked_at_enough_says_where_to_go_on_though_it_found_nothing() {
    any(async |home| {
        let db = home.open().await;
        let mut dice = Dice::new(9);
        for from in (0..24_000).step_by(4000) {
            let rows = (from..from + 4000).map(|nth| row(nth, &mut dice).values("user 0"));
            insert(&db, rows.collect()).await;
        }
        let store = Store::open(db).await.unwrap();
        let filter = looked_for("nowhere");
        let page = store.tasks(&filter).await.unwrap();
        assert!(page.tasks.is_empty());
        let next = page
            .next
            .expect("there are more tasks than one call looks at");
        assert!(next >= id(4000), "it looked at 20,000 at most");
        assert_eq!(all(&store, filter).await, []);
    })
    .await;
}

fn looked_for(words: &str) -> TaskFilter {
    TaskFilter {
        owner: Some(owner(0)),
        sought: Sought::parse(words).ok(),
        limit: 20,
        ..TaskFilter::default()
    }
}

/// A task with an input of 60 kB that ends with `said`.
fn long(nth: u64, said: &str) -> Row {
    let said = format!("{} {said}", "\u{e4}rgerlich ".repeat(5000));
    Row {
        input: json!({ "messages": [{ "role": "user", "content": said }] }).to_string(),
        state: TaskState::Completed,
        parent: None,
        ..row(nth, &mut Dice::new(nth))
    }
}

/// Eight words of which each has many spellings, and is not there.
const WORST: &str = "\u{e4}b1 \u{e4}b2 \u{e4}b3 \u{e4}b4 \u{e4}b5 \u{e4}b6 \u{e4}b7 \u{e4}b8";

#[actix_web::test]
async fn a_search_in_many_long_inputs_stops_in_between_and_finds_all_in_the_end() {
    any(async |home| {
        let db = home.open().await;
        for from in (0..600).step_by(100) {
            let rows = (from..from + 100).map(|nth| {
                let said = if nth == 3 { "Needle" } else { "hay" };
                long(nth, said).values("user 0")
            });
            insert(&db, rows.collect()).await;
        }
        let store = Store::open(db).await.unwrap();
        let began = Instant::now();
        let page = store.tasks(&looked_for(WORST)).await.unwrap();
        // 50 ms and what was under way then; whoever looks at a thousand at once takes
        // half a minute.
        assert!(began.elapsed() < Duration::from_secs(3), "{began:?}");
        assert!(page.tasks.is_empty() && page.next.is_some());
        assert_eq!(
            all(&store, looked_for("needle hay \u{c4}RGERLICH")).await,
            []
        );
        assert_eq!(
            all(&store, looked_for("needle \u{c4}RGERLICH")).await,
            [id(3)]
        );
    })
    .await;
}

#[actix_web::test]
async fn open_tasks_are_found_beside_very_many_of_others() {
    any(async |home| {
        let db = home.open().await;
        for from in (0..6000).step_by(2000) {
            let rows = (from..from + 2000).map(|nth| {
                let user = if nth % 300 == 0 { "user 0" } else { "user 1" };
                let state = TaskState::Submitted;
                let parent = None;
                Row {
                    state,
                    parent,
                    ..row(nth, &mut Dice::new(nth))
                }
                .values(user)
            });
            insert(&db, rows.collect()).await;
        }
        let store = Store::open(db).await.unwrap();
        let filter = TaskFilter {
            owner: Some(owner(0)),
            states: vec![TaskState::Submitted, TaskState::AuthRequired],
            limit: 7,
            ..TaskFilter::default()
        };
        let expected: Vec<_> = (0..20).rev().map(|nth| id(nth * 300)).collect();
        let newest = store.newest(&filter).await.unwrap();
        let newest: Vec<_> = newest.iter().map(|task| task.id).collect();
        assert_eq!(newest, expected[..7]);
        assert_eq!(all(&store, filter).await, expected);
    })
    .await;
}
