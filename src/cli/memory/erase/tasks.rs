//! A person's tasks: ended, then erased.

use crate::{
    adapters::store::{Store, StoreError, TaskFilter},
    cli::memory::progress::Progress,
    domain::{id::Owner, task::TaskState, time::UnixMillis},
};

/// How many unfinished tasks are read at once.
const SOME: u32 = 100;

/// Erases every task of `owner`; how many.
pub(super) async fn erase(store: &Store, owner: &Owner) -> Result<u64, StoreError> {
    let mut progress = Progress::new("tasks erased");
    let mut erased = 0;
    loop {
        let was_any = cancel(store, owner).await?;
        loop {
            match store.erase(owner).await? {
                0 => break,
                some => erased += some,
            }
            progress.at(erased);
        }
        // Where tasks were under way, another may have come of one meanwhile.
        if !was_any {
            return Ok(erased);
        }
    }
}

/// Ends what is unfinished, as `tasks cancel` does; whether there was any.
async fn cancel(store: &Store, owner: &Owner) -> Result<bool, StoreError> {
    let states = TaskState::ALL.into_iter();
    let filter = TaskFilter {
        owner: Some(owner.clone()),
        states: states.filter(|state| !state.is_terminal()).collect(),
        limit: SOME,
        ..TaskFilter::default()
    };
    let mut was_any = false;
    loop {
        let open = store.newest(&filter).await?;
        if open.is_empty() {
            return Ok(was_any);
        }
        was_any = true;
        for task in open {
            match store.cancel(task.id, None, UnixMillis::now()).await {
                // It ended with the one above it, or by itself.
                Ok(_) | Err(StoreError::Ended(_) | StoreError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
