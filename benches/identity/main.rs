//! What it costs to know who calls: `cargo bench --bench identity`.
//!
//! Nothing is asserted: a busy machine is no fault of the code.
#![allow(clippy::unwrap_used, missing_docs)]

mod signed;

use std::{hint::black_box, sync::Arc, time::Duration};

use attach_gateway::{
    actors::auth::{Auth, Sources},
    adapters::{
        api_keys::ApiKeys,
        database::Database,
        identity::{
            did,
            discovery::Discovery,
            install_crypto,
            jwks::{self, KeySet},
            mint::{Delegated, Minter},
            signing::SigningKey,
            used::UsedTokens,
        },
        secret::sha256,
        usage::prometheus::Prometheus,
    },
    config::{Algorithm, Config},
    domain::{
        api_key::ApiKey,
        did::DidToken,
        id::{Owner, SessionId, TaskId},
        identity::Scopes,
        jwt::Token,
        time::UnixMillis,
    },
};
use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use signed::{Issuer, Wallet};

criterion_group! {
    name = identity;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = parsing, issuers, dids, own, cached
}
criterion_main!(identity);

fn parsing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    let issuer = Issuer::new();
    let token = issuer.token(Algorithm::RS256);
    group.bench_function("token", |b| {
        b.iter(|| Token::parse(black_box(&token)).unwrap())
    });
    let keys = issuer.keys();
    group.bench_function("key set of 3", |b| {
        b.iter(|| KeySet::parse(black_box(&keys)).unwrap())
    });
    let key = format!("ak_abcd1234_{}", "s".repeat(43));
    group.bench_function("API key, and its hash", |b| {
        b.iter(|| {
            (
                ApiKey::parse(black_box(&key)).unwrap().id().len(),
                sha256(key.as_bytes()),
            )
        })
    });
}

/// Parse, find the key, check the signature.
fn issuers(criterion: &mut Criterion) {
    install_crypto();
    let mut group = criterion.benchmark_group("token of an issuer");
    let issuer = Issuer::new();
    let keys = KeySet::parse(&issuer.keys()).unwrap();
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        let raw = issuer.token(algorithm);
        let check = |raw: &str| {
            let token = Token::parse(raw).unwrap();
            let key = keys.find(&token.kid, algorithm).unwrap();
            jwks::is_signed(key, algorithm, token.signing_input, token.signature)
        };
        assert!(check(&raw));
        group.bench_function(algorithm.name(), |b| b.iter(|| check(black_box(&raw))));
    }
}

/// Parse, and check the signature with the key that is the name.
fn dids(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("token of a DID");
    for wallet in Wallet::all() {
        let raw = wallet.token(UnixMillis(1_000_000));
        let check = |raw: &str| did::is_signed(&DidToken::parse_jws(raw).unwrap());
        assert!(check(&raw), "{}", wallet.name);
        group.bench_function(wallet.name, |b| b.iter(|| check(black_box(&raw))));
    }
}

fn own(criterion: &mut Criterion) {
    install_crypto();
    let folder = tempfile::tempdir().unwrap();
    let minter = minter(folder.path());
    let (owner, session) = (
        Owner::new("https://i.example", "ada"),
        SessionId("5e5510".into()),
    );
    let actors = ["coder".to_owned(), "planner".to_owned()];
    let now = UnixMillis::now();
    let delegated = Delegated {
        owner: &owner,
        task: Some(TaskId::fresh()),
        session: &session,
        scopes: Scopes::DEFAULT,
        actors: &actors,
        key: None,
        expires_at: now.plus(60_000),
    };
    let mut group = criterion.benchmark_group("delegation");
    group.bench_function("mint", |b| {
        b.iter(|| minter.mint(black_box(&delegated), now).unwrap())
    });
}

/// Through the door that requests use.
fn cached(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Auth::verify");
    let system = actix::System::new();
    let folder = tempfile::tempdir().unwrap();
    let auth = system.block_on(auth(folder.path()));
    let now = UnixMillis::now();
    let token = Wallet::all().remove(0).token(now);
    system.block_on(auth.verify(&token, None, now)).unwrap();
    // Many to one entry into the runtime, which costs more than a hit.
    group.bench_function("a token seen before", |b| {
        b.iter_custom(|rounds| {
            system.block_on(async {
                let start = std::time::Instant::now();
                for _ in 0..rounds {
                    black_box(auth.verify(black_box(&token), None, now).await.unwrap());
                }
                start.elapsed()
            })
        })
    });
    group.bench_function("of that, its SHA-256", |b| {
        b.iter(|| sha256(black_box(token.as_bytes())))
    });
    fresh(&mut group, &auth, &system, now);
}

/// A token never seen before: no two have the same signature.
fn fresh(
    group: &mut BenchmarkGroup<'_, WallTime>,
    auth: &Auth,
    system: &actix::SystemRunner,
    now: UnixMillis,
) {
    let wallet = Wallet::all().remove(0);
    let mut issued = 0;
    group.bench_function("a token not seen before", |b| {
        b.iter_custom(|rounds| {
            let tokens: Vec<_> = (0..rounds)
                .map(|at| wallet.numbered(now, issued + at))
                .collect();
            issued += rounds;
            system.block_on(async {
                let start = std::time::Instant::now();
                for token in &tokens {
                    black_box(auth.verify(token, None, now).await.unwrap());
                }
                start.elapsed()
            })
        })
    });
}

async fn auth(folder: &std::path::Path) -> Auth {
    let vars = [
        ("DID_METHODS", "key,pkh"),
        ("DID_SCOPES", "*=chat:run"),
        ("DID_AUD", "us"),
    ];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::read(&vars.into_iter().collect()).unwrap();
    let database = Database::open(&folder.join("attach.db").into())
        .await
        .unwrap();
    let sources = Sources {
        discovery: Discovery::new(false).unwrap(),
        exchange: None,
        api_keys: ApiKeys::new(database.clone()),
        used: UsedTokens::new(database),
        minter: Arc::new(minter(folder)),
    };
    Auth::start(&config.auth, sources, &Prometheus::new("", 100))
}

fn minter(folder: &std::path::Path) -> Minter {
    let key = SigningKey::open(&folder.join("key")).unwrap();
    Minter::new(key, "https://gateway.example".to_owned())
}
