//! Which limits hold for a call.

use std::sync::Arc;

use super::{Limit, Pattern, Refusal};
use crate::domain::{
    id::Owner,
    identity::{Scope, Scopes},
};

/// The name of `MAX_TOKENS_PER_MIN`, where refusals and metrics say which limit.
pub const DEFAULT: &str = "default";

/// Whose calls a limit is for, by who vouches for the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Callers of this issuer, byte for byte.
    Issuer(Box<str>),
    /// Callers that are a DID.
    Dids,
}

/// One limit, and the calls it is for: those that fit all it names. What it does
/// not name may be anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What refusals and metrics call it.
    pub name: Arc<str>,
    /// How much in how long.
    pub limit: Limit,
    /// Calls of these models, by the name in the request.
    pub model: Option<Pattern>,
    /// Callers whose credential was granted this scope. What a caller may do
    /// without being granted it does not count.
    pub scope: Option<Scope>,
    /// Callers of these.
    pub issuer: Option<Who>,
    /// Callers of this name, whoever vouches for them.
    pub user: Option<Box<str>>,
}

/// Who asks for what.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The caller.
    pub owner: &'a Owner,
    /// What the credential grants.
    pub scopes: Scopes,
    /// The model that the request names, `""` if it names none.
    pub model: &'a str,
}

impl Rule {
    fn holds_for(&self, subject: &Subject<'_>) -> bool {
        self.model.as_ref().is_none_or(|m| m.fits(subject.model))
            && self.is_of(subject.owner, subject.scopes)
    }

    /// Whether it holds for a call of `owner` of some model.
    fn is_of(&self, owner: &Owner, scopes: Scopes) -> bool {
        let is_issuer = |who: &Who| match who {
            Who::Issuer(url) => **url == *owner.issuer,
            Who::Dids => owner.is_did(),
        };
        self.scope.is_none_or(|scope| scopes.has(scope))
            && self.issuer.as_ref().is_none_or(is_issuer)
            && self.user.as_ref().is_none_or(|user| **user == *owner.user)
    }
}

/// A limit's place among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LimitId(u32);

impl LimitId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The limits that hold for one call, one at least. A clone is cheap.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Under(Arc<[LimitId]>);

impl Under {
    /// Each of them, in the order of the configuration.
    pub fn ids(&self) -> &[LimitId] {
        &self.0
    }
}

/// Every limit there is. A clone is cheap.
///
/// Each limit that is for a call holds, with a window of its own for each payer.
/// The first is that of every caller for whom no limit without a model is
/// (`MAX_TOKENS_PER_MIN`): a limit that says *who* takes its place, one that says
/// *which model* comes on top.
#[derive(Clone, Debug)]
pub struct Limits {
    rules: Arc<[Rule]>,
    /// The first of them, alone, where there is such a limit.
    usual: Option<Under>,
}

impl Limits {
    /// The limit of all for whom `rules` say nothing else, and those.
    pub fn new(usual: Option<Limit>, rules: impl IntoIterator<Item = Rule>) -> Self {
        let first = usual.map(|limit| Rule {
            name: DEFAULT.into(),
            limit,
            model: None,
            scope: None,
            issuer: None,
            user: None,
        });
        Self {
            usual: usual.map(|_| Under([LimitId(0)].into())),
            rules: first.into_iter().chain(rules).collect(),
        }
    }

    /// Whether nothing is limited.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether there is a limit for those for whom there is no other.
    pub fn has_usual(&self) -> bool {
        self.usual.is_some()
    }

    /// All of them, each at the index of its [`LimitId`].
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The limit called `id`.
    pub fn rule(&self, id: LimitId) -> &Rule {
        &self.rules[id.index()]
    }

    /// Those that hold for `subject`; `None` where nothing does. Costs a
    /// comparison or two a limit.
    pub fn under(&self, subject: &Subject<'_>) -> Option<Under> {
        self.those(|rule| rule.holds_for(subject))
    }

    /// Those that may hold for `owner`, whichever model is asked for; `None` where
    /// nothing ever does.
    pub fn of(&self, owner: &Owner, scopes: Scopes) -> Option<Under> {
        self.those(|rule| rule.is_of(owner, scopes))
    }

    fn those(&self, holds: impl Fn(&Rule) -> bool) -> Option<Under> {
        let skipped = usize::from(self.has_usual());
        let mut ids = Vec::new();
        let mut says_who = false;
        for (rule, id) in self.rules.iter().zip(0..).skip(skipped) {
            if holds(rule) {
                says_who |= rule.model.is_none();
                ids.push(LimitId(id));
            }
        }
        if ids.is_empty() {
            return self.usual.clone();
        }
        if !says_who && self.has_usual() {
            ids.insert(0, LimitId(0));
        }
        Some(Under(ids.into()))
    }

    /// The smallest of them, in tokens.
    pub fn smallest(&self, under: &Under) -> u64 {
        let tokens = under.ids().iter().map(|id| self.rule(*id).limit.tokens);
        tokens.min().unwrap_or(u64::MAX)
    }

    /// Why a prompt of so many tokens can never pass, if it cannot.
    pub fn never(&self, under: &Under, needed: u64) -> Option<Refusal> {
        let rules = under.ids().iter().map(|id| self.rule(*id));
        let rule = rules.min_by_key(|rule| rule.limit.tokens)?;
        let tokens = rule.limit.tokens;
        (needed > tokens).then(|| Refusal::Never {
            limit: rule.name.clone(),
            needed,
            tokens,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A limit for everyone.
    pub(in crate::domain::quota) fn rule(name: &str, tokens: u64, window_ms: i64) -> Rule {
        Rule {
            name: name.into(),
            limit: Limit { tokens, window_ms },
            model: None,
            scope: None,
            issuer: None,
            user: None,
        }
    }

    fn limits(has_usual: bool) -> Limits {
        let limit = Limit {
            tokens: 1000,
            window_ms: 60_000,
        };
        Limits::new(
            has_usual.then_some(limit),
            [
                Rule {
                    model: Pattern::parse("big*"),
                    ..rule("big", 50, 60_000)
                },
                Rule {
                    scope: Some(Scope::Admin),
                    ..rule("admins", 9000, 60_000)
                },
                Rule {
                    issuer: Some(Who::Issuer("https://partner".into())),
                    ..rule("partner", 200, 60_000)
                },
                Rule {
                    issuer: Some(Who::Dids),
                    model: Pattern::parse("*"),
                    ..rule("dids", 70, 60_000)
                },
                Rule {
                    user: Some("ada".into()),
                    model: Pattern::parse("big-2"),
                    ..rule("ada", 40, 60_000)
                },
            ],
        )
    }

    fn names(limits: &Limits, owner: &Owner, scopes: &str, model: &str) -> Vec<String> {
        let scopes = Scopes::parse(scopes);
        let subject = Subject {
            owner,
            scopes,
            model,
        };
        let under = limits.under(&subject);
        let ids = under.iter().flat_map(Under::ids);
        ids.map(|id| limits.rule(*id).name.to_string()).collect()
    }

    #[test]
    fn a_limit_that_says_who_takes_the_usual_ones_place_and_one_of_a_model_comes_on_top() {
        let all = limits(true);
        let (ada, eve) = (Owner::new("i", "ada"), Owner::new("https://partner", "eve"));
        let did = Owner::new("did:key:z1", "did:key:z1");
        assert_eq!(names(&all, &ada, "", "tiny"), ["default"]);
        assert_eq!(names(&all, &ada, "", "Big-1"), ["default", "big"]);
        assert_eq!(names(&all, &ada, "", "big-2"), ["default", "big", "ada"]);
        assert_eq!(
            names(&all, &ada, "admin chat:run", "big-1"),
            ["big", "admins"]
        );
        assert_eq!(names(&all, &eve, "", ""), ["partner"]);
        assert_eq!(names(&all, &eve, "admin", ""), ["admins", "partner"]);
        assert_eq!(names(&all, &did, "", ""), ["default", "dids"]);
    }

    #[test]
    fn all_that_may_hold_for_somebody_are_those_of_some_model() {
        let all = limits(true);
        let of = |owner: &Owner, scopes: &str| {
            let under = all.of(owner, Scopes::parse(scopes));
            let ids = under.iter().flat_map(Under::ids);
            let names = ids.map(|id| all.rule(*id).name.to_string());
            names.collect::<Vec<_>>()
        };
        let eve = Owner::new("https://partner", "eve");
        assert_eq!(of(&Owner::new("i", "ada"), ""), ["default", "big", "ada"]);
        assert_eq!(of(&eve, "admin"), ["big", "admins", "partner"]);
        let bob = limits(false).of(&Owner::new("i", "bob"), Scopes::default());
        assert_eq!(bob.unwrap().ids().len(), 1, "big, which is for everyone");
    }

    #[test]
    fn without_a_usual_limit_those_no_limit_names_have_none() {
        let all = limits(false);
        let ada = Owner::new("i", "ada");
        assert!(names(&all, &ada, "", "tiny").is_empty());
        assert_eq!(names(&all, &ada, "", "big"), ["big"]);
        assert_eq!(names(&all, &ada, "admin", ""), ["admins"]);
    }

    #[test]
    fn what_never_fits_is_told_of_the_smallest_limit() {
        let all = limits(true);
        let owner = Owner::new("i", "ada");
        let subject = Subject {
            owner: &owner,
            scopes: Scopes::default(),
            model: "big-1",
        };
        let under = all.under(&subject).unwrap();
        assert_eq!(all.smallest(&under), 50);
        assert_eq!(all.never(&under, 50), None);
        let refusal = all.never(&under, 51).unwrap();
        assert_eq!(&**refusal.limit(), "big");
    }
}
