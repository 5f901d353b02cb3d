//! What can happen to rows. Each step asks the store and holds its answer
//! against the model.

use attach_gateway::{
    adapters::store::{Finish, Retry, StoreError, Submitted, dialogue::Product},
    domain::{
        a2a::artifact::Artifacts,
        id::TaskId,
        task::{Attempt, IdempotencyKey, TaskState},
        time::UnixMillis,
    },
};

use super::{
    model::Row,
    world::{MAX_DEPTH, MAX_WAITING, World, new_task, owner},
};

/// Whether an attempt was heard, which it must be if and only if `expected`.
pub(super) fn agrees(attempt: Attempt, found: Result<(), StoreError>, expected: bool) -> bool {
    match found {
        Ok(()) => assert!(expected, "{attempt:?} was stale"),
        Err(StoreError::Fenced(a)) => {
            assert_eq!(a, attempt);
            assert!(!expected, "{attempt:?} held");
            return false;
        }
        Err(error) => panic!("{error}"),
    }
    true
}

impl World {
    pub(super) async fn submit(&mut self) {
        let mut task = new_task(owner(self.roll(2)));
        let rows = self.model.rows.iter();
        let own: Vec<TaskId> = rows
            .filter(|(_, row)| row.owner == task.owner && row.depth < MAX_DEPTH)
            .map(|(id, _)| *id)
            .collect();
        if self.roll(3) == 0 {
            task.parent = self.pick(&own);
        }
        let parent = task.parent.map(|parent| self.model.rows[&parent].clone());
        task.depth = parent.as_ref().map_or(0, |parent| parent.depth + 1);
        if self.roll(3) == 0 {
            task.key = Some(IdempotencyKey {
                key: self.roll(10).to_string(),
                digest: self.roll(2).to_string(),
            });
        }
        self.tell(format!("submit {task:?}"));
        let found = self.store.submit(&task, MAX_WAITING, self.clock()).await;
        let key = task.key.map(|key| (key.key, key.digest));
        let known = key
            .as_ref()
            .and_then(|(key, digest)| Some((self.model.keyed(&task.owner, key)?, digest)));
        match (found, known) {
            (Ok(Submitted::Existing(id)), Some(((first, old), new))) => {
                assert_eq!((id, old), (first, new.as_str()));
            }
            (Err(StoreError::KeyReused), Some(((_, old), new))) => assert_ne!(old, new),
            (Err(StoreError::Ended(state)), None) => {
                assert_eq!(Some(state), parent.map(|parent| parent.state));
                assert!(state.is_terminal());
            }
            (Err(StoreError::QueueFull), None) => {
                let (waiting, paused) = (
                    self.model.waiting(&task.owner),
                    self.model.paused(&task.owner),
                );
                assert!(waiting.max(paused) >= MAX_WAITING);
            }
            (Ok(Submitted::New(id)), None) => {
                assert_eq!(id, task.id);
                assert!(parent.is_none_or(|parent| !parent.state.is_terminal()));
                let row = Row {
                    owner: task.owner,
                    parent: task.parent,
                    depth: task.depth,
                    key,
                    state: TaskState::Submitted,
                    attempt: 0,
                    tries: 0,
                    is_held: false,
                    due: Some(self.now),
                    updated: self.now,
                    remote: None,
                    artifacts: Artifacts::default(),
                    message: None,
                    metadata: None,
                    answers: Vec::new(),
                };
                self.model.rows.insert(id, row);
            }
            (found, known) => panic!("{found:?}, and the key stood for {known:?}"),
        }
    }

    pub(super) async fn claim(&mut self) {
        let places: Vec<usize> = (0..=MAX_DEPTH).map(|_| self.roll(4) as usize).collect();
        let lease = self.now + 500 + self.roll(1000) as i64;
        let running: Vec<_> = (0..2).filter_map(|_| self.some_attempt()).collect();
        self.tell(format!(
            "claim {places:?} beside {running:?} at {} until {lease}",
            self.now
        ));
        let claimed = self
            .store
            .claim(&places, &running, self.clock(), UnixMillis(lease))
            .await;
        let claimed = claimed.unwrap();
        // A server is asked to claim and to keep at once, a file only if there is work.
        let is_asked = self.is_shared() && places.iter().any(|free| *free > 0);
        if is_asked || self.model.is_wanted(&places, self.now) {
            self.model.keep(&running, self.now, lease);
        }
        for (depth, places) in (0..).zip(&places) {
            let due = self.model.due(depth, self.now);
            let taken: Vec<_> = claimed.iter().filter(|c| c.depth == depth).collect();
            assert_eq!(taken.len(), due.len().min(*places), "of depth {depth}");
            let newest = taken.iter().map(|c| due[&c.attempt.task]).max();
            let left = due
                .iter()
                .filter(|(id, _)| taken.iter().all(|c| c.attempt.task != **id));
            let oldest = left.map(|(_, due)| *due).min();
            if let (Some(newest), Some(oldest)) = (newest, oldest) {
                assert!(newest <= oldest, "the oldest go first");
            }
        }
        for claimed in claimed {
            self.model.claim(claimed.attempt, self.now, lease);
            let row = &self.model.rows[&claimed.attempt.task];
            assert_eq!((claimed.tries, &claimed.owner), (row.tries, &row.owner));
            assert_eq!(claimed.parent, row.parent);
            let remote = claimed.remote.map(|remote| remote.task);
            assert_eq!(remote, row.remote);
        }
    }

    /// An attempt that may be old, half of the time one that holds.
    pub(super) fn some_attempt(&mut self) -> Option<Attempt> {
        let mut all = self.model.attempts.clone();
        if self.roll(2) == 0 {
            all.retain(|attempt| self.model.speaks(*attempt));
        }
        self.pick(&all)
    }

    pub(super) async fn finish(&mut self) {
        let Some(attempt) = self.some_attempt() else {
            return;
        };
        let states = [
            TaskState::Completed,
            TaskState::Failed,
            TaskState::Rejected,
            TaskState::Canceled,
        ];
        let state = self.pick(&states).unwrap();
        self.tell(format!("finish {attempt:?} {state}"));
        let mut end = Finish::new(state, "{}".to_owned(), None);
        let row = self.model.rows.get(&attempt.task);
        let known = row.map(|row| row.artifacts.to_json());
        let said = row.and_then(|row| row.message.clone());
        end.artifacts = match (self.roll(3), known) {
            (0, Some(known)) => Product::Artifacts(known),
            (1, _) if state == TaskState::Completed => Product::Output,
            _ => Product::Told,
        };
        // Also what it said already.
        end.message = match self.roll(3) {
            0 => said,
            1 => Some(self.words()),
            _ => None,
        };
        end.metadata = self.metadata();
        end.detail = (self.roll(2) == 0).then(|| "why".to_owned());
        let found = self.store.finish(attempt, &end, self.clock()).await;
        let below = found.as_ref().cloned().unwrap_or_default();
        if self.hears(attempt, found.map(drop)) {
            self.model.end(attempt.task, state, self.now);
            self.end_below(attempt.task, state, below);
            let row = self.model.rows.get_mut(&attempt.task).unwrap();
            row.message = end.message;
            row.metadata = end.metadata.or(row.metadata.take());
            if end.artifacts == Product::Output {
                row.artifacts = Artifacts::default();
            }
        }
    }

    /// What was handed on ends with a task that its agent canceled, and with no
    /// other.
    fn end_below(&mut self, id: TaskId, state: TaskState, mut ended: Vec<TaskId>) {
        ended.sort();
        let expected = match state {
            TaskState::Canceled => self.model.unfinished(id),
            _ => Vec::new(),
        };
        assert_eq!(ended, expected);
        for id in ended {
            self.model.end(id, TaskState::Canceled, self.now);
        }
    }

    pub(super) async fn retry(&mut self) {
        let Some(attempt) = self.some_attempt() else {
            return;
        };
        let (due, counted) = (self.now + self.roll(2000) as i64, self.roll(2) == 0);
        self.tell(format!("retry {attempt:?} due {due} counted {counted}"));
        let retry = Retry {
            due: UnixMillis(due),
            detail: None,
            counted,
        };
        let found = self.store.retry(attempt, &retry, self.clock()).await;
        if self.fences(attempt, found) {
            let now = self.now;
            let row = self.model.rows.get_mut(&attempt.task).unwrap();
            row.tries -= u32::from(!counted);
            (row.is_held, row.due, row.updated) = (false, Some(due), now);
        }
    }

    /// Whether `found` says, as it should, that `attempt` still held.
    fn fences(&self, attempt: Attempt, found: Result<(), StoreError>) -> bool {
        agrees(attempt, found, self.model.holds(attempt))
    }

    /// Whether `found` says, as it should, that `attempt` was still heard.
    pub(super) fn hears(&self, attempt: Attempt, found: Result<(), StoreError>) -> bool {
        agrees(attempt, found, self.model.speaks(attempt))
    }

    pub(super) async fn renew(&mut self) {
        let attempts: Vec<_> = (0..5).filter_map(|_| self.some_attempt()).collect();
        let lease = self.now + self.roll(1500) as i64;
        self.tell(format!("renew {attempts:?} until {lease}"));
        let lost = self.store.renew(attempts.clone(), UnixMillis(lease)).await;
        let expected = attempts.iter().filter(|a| self.model.is_lost(**a));
        assert_eq!(lost.unwrap(), expected.copied().collect::<Vec<_>>());
        for attempt in attempts
            .into_iter()
            .filter(|a| self.model.holds(*a))
            .collect::<Vec<_>>()
        {
            self.model.rows.get_mut(&attempt.task).unwrap().due = Some(lease);
        }
    }

    pub(super) async fn cancel(&mut self) {
        let tasks: Vec<_> = self.model.rows.keys().copied().collect();
        let Some(id) = self.pick(&tasks) else { return };
        let row = self.model.rows[&id].clone();
        let who = [None, Some(owner(0)), Some(owner(1))][self.roll(3) as usize].clone();
        self.tell(format!("cancel {id} by {who:?}"));
        let found = self.store.cancel(id, who.clone(), self.clock()).await;
        match found {
            Err(StoreError::NotFound) => assert!(who.is_some_and(|who| who != row.owner)),
            Err(StoreError::Ended(state)) => {
                assert_eq!(state, row.state);
                assert!(state.is_terminal());
            }
            Ok(mut ended) => {
                assert!(who.is_none_or(|who| who == row.owner));
                ended.sort();
                assert_eq!(ended, self.model.unfinished(id));
                assert!(ended.contains(&id));
                for id in ended {
                    self.model.end(id, TaskState::Canceled, self.now);
                }
            }
            Err(error) => panic!("{error}"),
        }
    }

    pub(super) async fn purge(&mut self) {
        let before = self.now - self.roll(4000) as i64;
        self.tell(format!("purge before {before}"));
        let purged = self.store.purge(UnixMillis(before)).await.unwrap();
        assert_eq!(purged, self.model.purge(before));
    }
}
