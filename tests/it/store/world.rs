//! A store, its model, a clock that jumps, and dice.

use attach_gateway::{
    adapters::{
        database::Database,
        store::{Store, Submitted},
    },
    domain::{
        id::{Owner, SessionId, TaskId},
        task::NewTask,
        time::UnixMillis,
    },
};

use super::model::Model;
use crate::support::{database::Home, dice::Dice};

pub(super) const MAX_WAITING: u32 = 8;
pub(super) const MAX_DEPTH: u32 = 3;

pub struct World {
    pub store: Store,
    pub(super) model: Model,
    database: Database,
    home: Home,
    pub(super) now: i64,
    dice: Dice,
    seed: u64,
    story: Vec<String>,
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let steps = self.story.len();
            let last = self.story[steps.saturating_sub(10)..].join("\n  ");
            eprintln!(
                "SIM_SEED={} failed at step {steps}, after\n  {last}",
                self.seed
            );
        }
    }
}

impl World {
    /// A world in the empty database of `home`.
    pub async fn new(home: Home, seed: u64) -> Self {
        let database = home.open().await;
        Self {
            store: Store::open(database.clone()).await.unwrap(),
            database,
            home,
            model: Model::default(),
            now: 1_000_000,
            dice: Dice::new(seed),
            seed,
            story: Vec::new(),
        }
    }

    /// A number below `sides` (splitmix64).
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.dice.roll(sides)
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        self.dice.pick(from).copied()
    }

    pub(super) fn clock(&self) -> UnixMillis {
        UnixMillis(self.now)
    }

    pub async fn step(&mut self) {
        match self.roll(100) {
            0..20 => self.submit().await,
            20..36 => self.claim().await,
            36..44 => self.finish().await,
            44..50 => self.retry().await,
            50..55 => self.renew().await,
            55..60 => self.cancel().await,
            60..66 => self.pause().await,
            66..69 => self.resume().await,
            69..75 => self.follow_up().await,
            75..80 => self.say().await,
            80..86 => self.artifact().await,
            86..88 => self.attach().await,
            88..90 => self.reopen().await,
            90..92 => self.purge().await,
            // On, by less or more than a lease; sometimes back.
            92..98 => self.now += self.roll(3000) as i64,
            _ => self.now -= self.roll(2000) as i64,
        }
        self.now += 1;
        let owners = [owner(0), owner(1)];
        for owner in &owners {
            assert!(self.model.waiting(owner) <= MAX_WAITING);
        }
        let tasks: Vec<_> = self.model.rows.keys().copied().collect();
        if let Some(task) = self.pick(&tasks) {
            self.check(task).await;
        }
        if self.story.len().is_multiple_of(50) {
            self.check_all().await;
        }
    }

    pub async fn submit_one(&mut self) {
        let task = new_task(owner(0));
        let submitted = self.store.submit(&task, 1000, self.clock()).await;
        assert_eq!(submitted.unwrap(), Submitted::New(task.id));
    }

    /// What the last probe wrote.
    pub async fn probed(&self) -> i64 {
        let written = self.database.query("select at from probe");
        written.scalar().await.unwrap()
    }

    /// Whether the row of a task has all of its artifacts, without its history.
    pub(super) async fn is_settled(&self, id: TaskId) -> bool {
        let sql = "select not exists (select 1 from task_event e
                                       where e.task_id = t.task_id and e.kind = 'artifact'
                                         and e.data is not null and e.seq > t.artifacts_seq)
                     from task t where task_id = $1";
        let settled = self.database.query(sql).bind(id.to_string());
        settled.scalar().await.unwrap()
    }

    pub async fn close(&self) {
        self.database.close().await;
    }

    /// The process dies, and another takes over: at once in a file, where there can
    /// be no third.
    pub async fn reopen(&mut self) {
        self.tell("crash".to_owned());
        self.database.close().await;
        self.database = self.home.open().await;
        self.store = Store::open(self.database.clone()).await.unwrap();
        let taken = self.store.take_back(self.clock()).await.unwrap();
        let expected = match self.is_shared() {
            true => 0,
            false => self.model.take_back(self.now),
        };
        assert_eq!(taken, expected);
    }

    pub(super) fn is_shared(&self) -> bool {
        self.home.is_shared()
    }

    pub(super) fn tell(&mut self, what: String) {
        self.story.push(what);
    }
}

pub(super) fn owner(nth: u64) -> Owner {
    Owner::new("https://issuer.example", format!("user {nth}"))
}

pub(super) fn new_task(owner: Owner) -> NewTask {
    let session = SessionId("session".into());
    NewTask::new(owner, session, "coder".to_owned(), "{}".to_owned())
}
