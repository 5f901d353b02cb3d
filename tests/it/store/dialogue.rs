//! What agents and callers say while a task is under way, as steps of the
//! simulation.

use a2a::{Artifact, Part};
use attach_gateway::{
    adapters::store::{
        StoreError, Submitted,
        dialogue::{FollowUp, Pause, Remote},
    },
    domain::{
        a2a::artifact::ArtifactUpdate,
        task::{Attempt, IdempotencyKey, TaskState},
        time::UnixMillis,
    },
};
use serde_json::json;

use super::{steps::agrees, world::World};

impl World {
    pub(super) fn words(&mut self) -> String {
        let id = format!("m{}", self.roll(1 << 32));
        json!({ "messageId": id, "role": "ROLE_AGENT", "parts": [{ "text": "?" }] }).to_string()
    }

    pub(super) fn metadata(&mut self) -> Option<String> {
        (self.roll(2) == 0).then(|| json!({ "n": self.roll(3) }).to_string())
    }

    pub(super) async fn pause(&mut self) {
        let Some(attempt) = self.some_attempt() else {
            return;
        };
        let asks = [TaskState::InputRequired, TaskState::AuthRequired];
        let (state, mut message) = (self.pick(&asks).unwrap(), self.words());
        let metadata = self.metadata();
        let repeats = self.roll(3) == 0;
        let said = self.model.rows.get(&attempt.task);
        // Also what it said already.
        if let Some(said) = said.and_then(|row| row.message.clone()).filter(|_| repeats) {
            message = said;
        }
        self.tell(format!("pause {attempt:?} {state}"));
        let row = self.model.rows.get(&attempt.task);
        let known = row.map(|row| row.artifacts.to_json());
        let pause = Pause {
            state,
            message: Some(message.clone()),
            artifacts: known.unwrap_or_else(|| "[]".to_owned()),
            metadata: metadata.clone(),
        };
        let is_another = row.is_some_and(|row| row.state != state);
        let expected = self.model.speaks(attempt) && is_another;
        let found = self.store.pause(attempt, &pause, self.clock()).await;
        if agrees(attempt, found, expected) {
            self.model.pause(attempt, state, &message, self.now);
            let row = self.model.rows.get_mut(&attempt.task).unwrap();
            row.metadata = metadata.or(row.metadata.take());
        }
    }

    pub(super) async fn resume(&mut self) {
        let Some(attempt) = self.some_attempt() else {
            return;
        };
        let lease = self.now + self.roll(1500) as i64;
        self.tell(format!("resume {attempt:?} until {lease}"));
        let expected = self.waits(attempt);
        let found = self
            .store
            .resume(attempt, self.clock(), UnixMillis(lease))
            .await;
        if agrees(attempt, found, expected) {
            let now = self.now;
            let row = self.model.rows.get_mut(&attempt.task).unwrap();
            (row.state, row.is_held) = (TaskState::Working, true);
            (row.due, row.updated) = (Some(lease), now);
            row.message = None;
        }
    }

    fn waits(&self, attempt: Attempt) -> bool {
        self.model.speaks(attempt) && self.model.rows[&attempt.task].state.is_interrupted()
    }

    pub(super) async fn say(&mut self) {
        let Some(attempt) = self.some_attempt() else {
            return;
        };
        let (message, metadata) = (self.words(), self.metadata());
        self.tell(format!("say {attempt:?}"));
        let found = self
            .store
            .say(attempt, message.clone(), metadata.clone(), self.clock())
            .await;
        if self.hears(attempt, found) {
            let now = self.now;
            let row = self.model.rows.get_mut(&attempt.task).unwrap();
            (row.message, row.updated) = (Some(message), now);
            row.metadata = metadata.or(row.metadata.take());
        }
    }

    pub(super) async fn artifact(&mut self) {
        let Some(attempt) = self.some_attempt() else {
            return;
        };
        let update = ArtifactUpdate {
            artifact: Artifact {
                artifact_id: format!("a{}", self.roll(3)),
                name: None,
                description: None,
                parts: vec![Part::text(self.roll(1000).to_string())],
                metadata: None,
                extensions: None,
            },
            append: self.roll(3) > 0,
            last_chunk: self.roll(4) == 0,
            metadata: None,
        };
        self.tell(format!("artifact {attempt:?} {update:?}"));
        let json = serde_json::to_string(&update).unwrap();
        let found = self.store.artifact(attempt, json, self.clock()).await;
        if self.hears(attempt, found) {
            self.model.told(attempt, update);
        }
    }

    pub(super) async fn attach(&mut self) {
        let Some(attempt) = self.some_attempt() else {
            return;
        };
        let task = format!("r{}", self.roll(1000));
        self.tell(format!("attach {attempt:?} {task}"));
        let remote = Remote {
            task: task.clone(),
            context: None,
        };
        let row = self.model.rows.get(&attempt.task);
        let expected =
            row.is_some_and(|row| row.attempt == attempt.number && !row.state.is_terminal());
        let found = self.store.attach(attempt, remote).await;
        if agrees(attempt, found, expected) {
            let row = self.model.rows.get_mut(&attempt.task).unwrap();
            row.remote = Some(task);
        }
    }

    pub(super) async fn follow_up(&mut self) {
        let mut tasks: Vec<_> = self.model.rows.keys().copied().collect();
        if self.roll(2) == 0 {
            tasks.retain(|id| self.model.rows[id].state.is_interrupted());
        }
        let Some(id) = self.pick(&tasks) else { return };
        self.tell(format!("follow up {id}"));
        let row = self.model.rows[&id].clone();
        let key = (self.roll(2) == 0).then(|| IdempotencyKey {
            key: self.roll(3).to_string(),
            digest: self.roll(2).to_string(),
        });
        let said = FollowUp {
            id,
            owner: row.owner.clone(),
            request: format!("{{\"message\":{}}}", self.words()),
            webhook: None,
            key: key.clone(),
        };
        let known = key.as_ref().and_then(|key| {
            let mut answers = row.answers.iter();
            answers.find(|(known, _)| *known == key.key)
        });
        match self.store.follow_up(&said, self.clock()).await {
            Ok(Submitted::Existing(same)) => {
                let digest = key.map(|key| key.digest);
                assert_eq!(
                    (same, known.map(|(_, digest)| digest)),
                    (id, digest.as_ref())
                );
            }
            Err(StoreError::KeyReused) => {
                assert_ne!(
                    known.map(|(_, digest)| digest),
                    key.map(|key| key.digest).as_ref()
                );
                assert!(known.is_some());
            }
            _ if known.is_some() => panic!("{key:?} was used for {id}"),
            Ok(taken) => {
                assert_eq!(taken, Submitted::New(id));
                assert!(row.state.is_interrupted(), "{}", row.state);
                let now = self.now;
                let row = self.model.rows.get_mut(&id).unwrap();
                (row.state, row.is_held, row.tries) = (TaskState::Working, false, 0);
                (row.due, row.updated) = (Some(now), now);
                row.message = None;
                row.answers.extend(key.map(|key| (key.key, key.digest)));
            }
            Err(StoreError::Ended(state)) => {
                assert!(state.is_terminal());
                assert_eq!(state, row.state);
            }
            Err(StoreError::NotAsked(state)) => {
                assert!(!state.is_terminal() && !state.is_interrupted());
                assert_eq!(state, row.state);
            }
            Err(error) => panic!("{error}"),
        }
    }
}
