//! Users of a server who may not do everything.

use attach_gateway::{
    adapters::database::{Database, postgres::Postgres},
    config::{Place, Server},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::support::database::Home;

const PASSWORD: &str = "of_a_test";

/// A user of the server who uses the tables in `home` and makes none.
struct User {
    admin: PgConnection,
    name: String,
    place: Place,
}

impl User {
    async fn of(home: &Home) -> Self {
        let name = format!("attach_user_{}", uuid::Uuid::new_v4().simple());
        let mut url = url::Url::parse(&home.url).unwrap();
        url.set_username(&name).unwrap();
        url.set_password(Some(PASSWORD)).unwrap();
        let mut user = Self {
            admin: PgConnection::connect(&home.url).await.unwrap(),
            place: url.as_str().parse().unwrap(),
            name,
        };
        let name = user.name.clone();
        user.run(format!("create role {name} login password '{PASSWORD}'"))
            .await;
        user.run("revoke create on schema public from public".to_owned())
            .await;
        user.grant("select, insert, update, delete on all tables in schema public")
            .await;
        user
    }

    async fn grant(&mut self, what: &str) {
        self.run(format!("grant {what} to {}", self.name)).await;
    }

    async fn revoke(&mut self, what: &str) {
        self.run(format!("revoke {what} from {}", self.name)).await;
    }

    async fn run(&mut self, sql: String) {
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.admin);
        done.await.unwrap();
    }

    fn server(&self) -> &Server {
        match &self.place {
            Place::Postgres(server) => server,
            Place::Sqlite(path) => panic!("{path:?} is no server"),
        }
    }

    async fn missing(&self) -> Vec<String> {
        let looked = Postgres::look(self.server()).await.unwrap();
        looked.missing
    }

    async fn leave(mut self) {
        let name = self.name.clone();
        self.run(format!("drop owned by {name}; drop role {name}"))
            .await;
    }
}

#[actix_web::test]
async fn who_may_make_no_tables_serves_from_those_there_are() {
    let Some(home) = Home::server().await else {
        return;
    };
    home.open().await.close().await;
    let mut user = User::of(&home).await;
    assert_eq!(user.missing().await, [""; 0]);
    let db = Database::open(&user.place).await.unwrap();
    let tasks: i64 = db
        .query("select count(*) from task")
        .scalar()
        .await
        .unwrap();
    assert_eq!(tasks, 0);
    db.close().await;

    // The steps that made them need not be written.
    user.revoke("insert, update, delete on _sqlx_migrations")
        .await;
    assert_eq!(user.missing().await, [""; 0]);
    Database::open(&user.place).await.unwrap().close().await;
    user.leave().await;
}

#[actix_web::test]
async fn each_right_that_is_missing_on_any_table_is_told() {
    let Some(home) = Home::server().await else {
        return;
    };
    home.open().await.close().await;
    let mut user = User::of(&home).await;
    for (right, table) in [
        ("select", "signing_key"),
        ("insert", "memory_event"),
        ("update", "openmeter"),
        ("delete", "used_token"),
    ] {
        user.revoke(&format!("{right} on {table}")).await;
        let told = format!("{} may not read and write {table}", user.name);
        assert_eq!(user.missing().await, [told], "{right}");
        user.grant(&format!("{right} on {table}")).await;
    }
    user.leave().await;
}
