//! All windows of one payer.

use super::{Hold, LimitId, Limits, Refusal, Standing, Under, Window};
use crate::domain::time::UnixMillis;

/// What one payer spent and holds: a window a limit. Memory is bounded by the
/// limits that hold for the payer; a limit under which nothing is spent or held has
/// no window.
#[derive(Clone, Debug, Default)]
pub struct Account {
    windows: Vec<(LimitId, Window)>,
}

/// Tokens that are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    /// So many, in each window.
    pub held: u64,
    /// Where the payer stands at the limit with the least room, these included.
    pub standing: Standing,
}

impl Account {
    /// Holds what `hold` asks in every window of `under`, the answer's part cut to
    /// the room there is in all of them.
    ///
    /// # Errors
    ///
    /// [`Refusal`] when the prompt does not fit somewhere; nothing is held then.
    pub fn reserve(
        &mut self,
        hold: Hold,
        (under, limits): (&Under, &Limits),
        now: UnixMillis,
    ) -> Result<Granted, Refusal> {
        if let Some(never) = limits.never(under, hold.prompt) {
            return Err(never);
        }
        if let Some(refusal) = self.refusal(hold, (under, limits), now) {
            return Err(refusal);
        }
        let room = self.standing((under, limits), now).remaining;
        let held = hold.all().min(room);
        for id in under.ids() {
            self.window(*id).hold(held);
        }
        let standing = self.standing((under, limits), now);
        Ok(Granted { held, standing })
    }

    /// Gives back what was held and charges what was really spent, in every window
    /// of `under`.
    pub fn settle(
        &mut self,
        (held, spent): (u64, u64),
        (under, limits): (&Under, &Limits),
        now: UnixMillis,
    ) {
        for id in under.ids() {
            let limit = limits.rule(*id).limit;
            self.window(*id).settle(held, spent, limit, now);
        }
    }

    /// Where the payer stands at the limit with the least room.
    pub fn standing(&mut self, (under, limits): (&Under, &Limits), now: UnixMillis) -> Standing {
        let standings = under.ids().iter().map(|id| {
            let limit = limits.rule(*id).limit;
            self.window(*id).standing(limit, now)
        });
        let least = standings.min_by_key(|standing| standing.remaining);
        least.unwrap_or(Standing {
            limit: u64::MAX,
            remaining: u64::MAX,
            reset_ms: 0,
        })
    }

    /// Where the payer stands at each limit of `under`.
    pub fn standings(
        &mut self,
        (under, limits): (&Under, &Limits),
        now: UnixMillis,
    ) -> Vec<Standing> {
        let each = under.ids().iter().map(|id| {
            let limit = limits.rule(*id).limit;
            let known = self.windows.iter_mut().find(|(known, _)| known == id);
            match known {
                Some((_, window)) => window.standing(limit, now),
                None => Standing::untouched(limit),
            }
        });
        each.collect()
    }

    /// Forgets windows in which nothing is spent or held; whether none is left.
    pub fn is_idle(&mut self, limits: &Limits, now: UnixMillis) -> bool {
        self.windows
            .retain_mut(|(id, window)| !window.is_idle(limits.rule(*id).limit, now));
        self.windows.is_empty()
    }

    /// The refusal of the limit that takes longest, if one refuses.
    fn refusal(
        &mut self,
        hold: Hold,
        (under, limits): (&Under, &Limits),
        now: UnixMillis,
    ) -> Option<Refusal> {
        let waits = under.ids().iter().filter_map(|id| {
            let limit = limits.rule(*id).limit;
            Some((
                self.window(*id).wait_for(hold.prompt.max(1), limit, now)?,
                *id,
            ))
        });
        let (retry_ms, id) = waits.max_by_key(|(wait, _)| *wait)?;
        Some(Refusal::Exceeded {
            limit: limits.rule(id).name.clone(),
            retry_ms,
            standing: self.standing((under, limits), now),
        })
    }

    fn window(&mut self, id: LimitId) -> &mut Window {
        let found = self.windows.iter().position(|(known, _)| *known == id);
        let at = found.unwrap_or_else(|| {
            self.windows.push((id, Window::default()));
            self.windows.len() - 1
        });
        &mut self.windows[at].1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::limits::tests::rule, *};
    use crate::domain::{
        id::Owner,
        identity::Scopes,
        quota::{Limit, Pattern, Rule, Subject},
    };

    /// A short window and a long one that hold together.
    fn both() -> (Limits, Under) {
        let usual = Limit {
            tokens: 100,
            window_ms: 10_000,
        };
        let model = Rule {
            model: Pattern::parse("*"),
            ..rule("long", 150, 60_000)
        };
        let limits = Limits::new(Some(usual), [model]);
        let owner = Owner::new("i", "ada");
        let subject = Subject {
            owner: &owner,
            scopes: Scopes::default(),
            model: "",
        };
        let under = limits.under(&subject).unwrap();
        (limits, under)
    }

    fn hold(prompt: u64, output: u64) -> Hold {
        Hold { prompt, output }
    }

    #[test]
    fn a_call_is_held_everywhere_or_nowhere_and_the_longest_wait_is_told() {
        let (limits, under) = both();
        let (mut account, on) = (Account::default(), (&under, &limits));
        account.settle((0, 95), on, UnixMillis(0));
        let refused = account.reserve(hold(10, 0), on, UnixMillis(1_000));
        let Err(Refusal::Exceeded {
            limit, retry_ms, ..
        }) = refused
        else {
            panic!("{refused:?}")
        };
        assert_eq!((&*limit, retry_ms), (super::super::DEFAULT, 9_100));
        account.settle((0, 50), on, UnixMillis(1_000));
        let refused = account.reserve(hold(10, 0), on, UnixMillis(11_200));
        let Err(Refusal::Exceeded {
            limit,
            retry_ms,
            standing,
        }) = refused
        else {
            panic!("{refused:?}")
        };
        assert_eq!((&*limit, retry_ms), ("long", 48_900));
        assert_eq!((standing.limit, standing.remaining), (150, 5));
        // Nothing was held in the window that had room.
        let sums = account.window(under.ids()[0]).sums();
        assert_eq!((sums.held, sums.spent), (0, 0));
    }

    #[test]
    fn what_is_held_is_cut_to_the_room_there_is_everywhere() {
        let (limits, under) = both();
        let (mut account, on) = (Account::default(), (&under, &limits));
        account.settle((0, 90), on, UnixMillis(0));
        let granted = account.reserve(hold(1, 1000), on, UnixMillis(20_000));
        let granted = granted.unwrap();
        assert_eq!((granted.held, granted.standing.remaining), (60, 0));
        assert_eq!(granted.standing.limit, 150);
    }

    /// One step of a history: what is done, and how far the clock goes first.
    #[derive(Clone, Debug)]
    enum Step {
        Reserve(u64, u64),
        More(u64),
        Settle(u64),
    }

    fn steps() -> impl Strategy<Value = Vec<(Step, i64)>> {
        let step = prop_oneof![
            (0u64..60, 0u64..60).prop_map(|(prompt, output)| Step::Reserve(prompt, output)),
            (1u64..40).prop_map(Step::More),
            (0u64..200).prop_map(Step::Settle),
        ];
        // Now and then the clock is set back.
        let wait = prop_oneof![8 => 0i64..8_000, 1 => -100_000i64..0];
        prop::collection::vec((step, wait), 1..120)
    }

    proptest! {
        #[test]
        fn no_history_breaks_the_books(steps in steps()) {
            let (limits, under) = both();
            let (mut account, on) = (Account::default(), (&under, &limits));
            let (mut now, mut open) = (0, Vec::<u64>::new());
            for (step, wait) in steps {
                now += wait;
                let at = UnixMillis(now);
                let room = account.standing(on, at).remaining;
                match step {
                    Step::Reserve(prompt, output) => {
                        let granted = account.reserve(hold(prompt, output), on, at);
                        prop_assert_eq!(granted.is_ok(), room > 0 && prompt <= room);
                        if let Ok(granted) = granted {
                            prop_assert_eq!(granted.held, (prompt + output).min(room));
                            prop_assert_eq!(granted.standing.remaining, room - granted.held);
                            open.push(granted.held);
                        }
                    }
                    Step::More(tokens) => {
                        let granted = account.reserve(hold(0, tokens), on, at);
                        prop_assert_eq!(granted.is_ok(), room > 0);
                        open.extend(granted.ok().map(|granted| granted.held));
                    }
                    Step::Settle(spent) => {
                        if let Some(held) = open.pop() {
                            account.settle((held, spent), on, at);
                        }
                    }
                }
                for id in under.ids() {
                    let sums = account.window(*id).sums();
                    prop_assert_eq!(sums.held, open.iter().sum::<u64>());
                    prop_assert_eq!(sums.spent, sums.in_buckets);
                    prop_assert!(sums.buckets <= 601);
                }
            }
            for held in open {
                account.settle((held, 0), on, UnixMillis(now));
            }
            prop_assert!(account.is_idle(&limits, UnixMillis(now + 60_100)));
        }
    }
}
