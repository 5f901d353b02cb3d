//! The database of a test: a file, or one on the server that `ATTACH_TEST_POSTGRES` names, on
//! which databases can be made.

use std::{path::Path, str::FromStr};

use attach_gateway::{adapters::database::Database, config::Place};
use sqlx::{AssertSqlSafe, ConnectOptions, postgres::PgConnectOptions};
use tokio::sync::OnceCell;

/// The server, as `postgres://user@host:port/database`.
const SERVER: &str = "ATTACH_TEST_POSTGRES";

static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// A place for one test's database. Dropping it deletes the database.
pub struct Home {
    /// The value of `DATABASE_URL`.
    pub url: String,
    /// A folder beside it, for `ATTACH_DATA`.
    folder: tempfile::TempDir,
    server: Option<Server>,
}

/// A database that was made on the server for a test.
struct Server {
    admin: PgConnectOptions,
    name: String,
}

/// The server, if one is named.
pub fn server() -> Option<String> {
    std::env::var(SERVER).ok().filter(|url| !url.is_empty())
}

/// Runs `test` over an empty database: on the server where one is named, else a file.
pub async fn any(test: impl AsyncFn(Home)) {
    let server = Home::server().await;
    test(server.unwrap_or_else(Home::file)).await;
}

impl Home {
    /// A file.
    pub fn file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            url: format!("sqlite:{}", folder.path().join("attach.db").display()),
            folder,
            server: None,
        }
    }

    /// A new database on the server, if one is named.
    pub async fn server() -> Option<Self> {
        let url = server()?;
        let admin = PgConnectOptions::from_str(&url).unwrap();
        let template = TEMPLATE.get_or_init(|| template(&url, &admin)).await;
        let name = fresh_name();
        run(
            &admin,
            format!("create database {name} template {template}"),
        )
        .await;
        Some(Self {
            url: of(&url, &name),
            folder: tempfile::tempdir().unwrap(),
            server: Some(Server { admin, name }),
        })
    }

    /// Where it is.
    pub fn place(&self) -> Place {
        self.url.parse().unwrap()
    }

    /// A folder of the test's own.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether several may serve from it at once.
    pub fn is_shared(&self) -> bool {
        self.server.is_some()
    }

    /// Opens it as a gateway does; each time is another gateway's.
    pub async fn open(&self) -> Database {
        Database::open(&self.place()).await.unwrap()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(Server { admin, name }) = self.server.take() {
            let gone = format!("drop database if exists {name} with (force)");
            let thread = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread();
                let runtime = { runtime }.enable_all().build().unwrap();
                runtime.block_on(run(&admin, gone));
            });
            thread.join().unwrap();
        }
    }
}

/// Where the database `name` is on the server of `url`.
fn of(url: &str, name: &str) -> String {
    let mut own = url::Url::parse(url).unwrap();
    own.set_path(name);
    own.to_string()
}

fn fresh_name() -> String {
    format!("attach_test_{}", uuid::Uuid::new_v4().simple())
}

/// A database with our tables and nothing in them, of which each test has a copy: to
/// make them takes longer than most tests.
async fn template(url: &str, admin: &PgConnectOptions) -> String {
    let name = fresh_name();
    run(admin, format!("create database {name}")).await;
    let place = of(url, &name).parse().unwrap();
    Database::open(&place).await.unwrap().close().await;
    name
}

async fn run(admin: &PgConnectOptions, sql: String) {
    let mut conn = admin.connect().await.unwrap();
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await;
    done.unwrap();
}
