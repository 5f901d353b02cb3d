//! Which engine is asked, on which path: kinds, models, fail-over.

use serde_json::{Value, json};

use crate::support::{
    blunt::nobody,
    engine::{Act, Engine},
    file,
    gateway::{Gateway, chat},
    issuer::Issuer,
    key::with,
};

/// A gateway that knows these engines by its file alone: name, URL, the rest of
/// the table.
fn with_tables(engines: &[(&str, &str, &str)]) -> (Gateway, tempfile::NamedTempFile) {
    let tables = engines.iter().map(|(name, url, more)| {
        format!("[[engine]]\nname = \"{name}\"\nurl = \"{url}\"\n{more}\n")
    });
    let file = file(&tables.collect::<String>());
    let config = file.path().to_str().unwrap();
    // An empty value counts as unset.
    let gateway = Gateway::with(&[("ATTACH_CONFIG", config), ("ENGINE_URL", "")]);
    (gateway, file)
}

async fn asked_for(gateway: &Gateway, model: &str) -> u16 {
    let body = with(&chat("hi"), "model", json!(model));
    let token = gateway.token("ada");
    let answer = gateway.post(&token, "/v1/chat/completions", &body).await;
    answer.status().as_u16()
}

#[actix_web::test]
async fn api_chat_of_an_openai_engine_leads_to_its_v1_route() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let answer = gateway.post(&token, "/api/chat?x=y", &chat("hi")).await;
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["choices"][0]["message"]["content"], "hello");
    let seen = gateway.engine.seen().remove(0);
    assert_eq!(seen.path, "/v1/chat/completions?x=y");
    assert_eq!(seen.json(), chat("hi"));
    for path in ["/api/generate", "/api/tags", "/api/nonsense"] {
        let answer = gateway.post(&token, path, &chat("hi")).await;
        assert_eq!(answer.status(), 404, "{path}");
        let body: Value = answer.json().await.unwrap();
        assert!(
            body["error"]
                .as_str()
                .unwrap()
                .contains("ENGINE_KIND=ollama")
        );
    }
    assert_eq!(gateway.engine.seen().len(), 1);
}

#[actix_web::test]
async fn an_ollama_engine_gets_its_native_routes_and_the_v1_ones() {
    let gateway = Gateway::with(&[("ENGINE_KIND", "ollama")]);
    let token = gateway.token("ada");
    for path in [
        "/api/chat",
        "/api/generate",
        "/api/embed",
        "/api/embeddings",
        "/api/show",
        "/v1/chat/completions",
    ] {
        let answer = gateway.post(&token, path, &chat("hi")).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(gateway.engine.seen().pop().unwrap().path, path);
    }
    for path in ["/api/tags", "/api/ps", "/api/version"] {
        assert_eq!(gateway.get(&token, path).await.status(), 200);
        assert_eq!(gateway.engine.seen().pop().unwrap().path, path);
    }
}

#[actix_web::test]
async fn an_engine_of_kind_auto_is_asked_once_what_it_is() {
    let version = Act::Raw(200, "application/json", "{\"version\":\"0.32\"}".into());
    let native = Act::Raw(200, "application/json", "{\"done\":true}".into());
    let ollama = vec![("/api/version", version), ("/api/chat", native)];
    let openai = vec![("/v1/chat/completions", Act::Text("hello"))];
    for (acts, path) in [(ollama, "/api/chat"), (openai, "/v1/chat/completions")] {
        let engine = Engine::start(Act::ByPath(acts));
        let gateway = Gateway::before(engine, &[("ENGINE_KIND", "auto")]);
        let token = gateway.token("ada");
        for _ in 0..3 {
            let answer = gateway.post(&token, "/api/chat", &chat("hi")).await;
            assert_eq!(answer.status(), 200);
        }
        let paths: Vec<_> = gateway.engine.seen().into_iter().map(|s| s.path).collect();
        assert_eq!(paths, ["/api/version", path, path, path]);
    }
}

#[actix_web::test]
async fn the_model_picks_exact_before_prefix_before_the_first() {
    let [first, family, exact] = ["a", "b", "c"].map(|text| Engine::start(Act::Text(text)));
    let (gateway, _file) = with_tables(&[
        ("first", first.url(), ""),
        ("family", family.url(), "models = [\"qwen*\"]"),
        (
            "exact",
            exact.url(),
            "models = [\"qwen3\", \"phi\"]\napi_key = \"sk-exact\"",
        ),
    ]);
    let counts = || [&first, &family, &exact].map(|engine| engine.seen().len());
    for (model, expected) in [
        ("qwen3", [0, 0, 1]),
        ("qwen3-coder", [0, 1, 1]),
        ("qwen", [0, 2, 1]),
        ("phi", [0, 2, 2]),
        ("phi-4", [1, 2, 2]),
        ("QWEN3", [2, 2, 2]),
    ] {
        assert_eq!(asked_for(&gateway, model).await, 200);
        assert_eq!(counts(), expected, "{model}");
    }
    // Each gets its own key and no other's.
    let keys = [&first, &family, &exact].map(|engine| {
        let seen = engine.seen().remove(0);
        seen.header("authorization").map(str::to_owned)
    });
    assert_eq!(keys, [None, None, Some("Bearer sk-exact".to_owned())]);
}

#[actix_web::test]
async fn another_engine_of_the_model_answers_when_one_cannot_be_reached_or_cannot_now() {
    let good = Engine::start(Act::Text("hello"));
    let poor = Engine::start(Act::Silence);
    for status in [0, 429, 502, 503] {
        let url = match status {
            0 => nobody(),
            _ => {
                poor.act(Act::Raw(status, "text/plain", "not now".into()));
                poor.url().to_owned()
            }
        };
        let models = "models = [\"m\"]";
        let (gateway, _file) = with_tables(&[("poor", &url, models), ("good", good.url(), models)]);
        assert_eq!(asked_for(&gateway, "m").await, 200, "{status}");
        assert_eq!(gateway.one_usage().await.engine, "good");
    }
    assert_eq!((poor.seen().len(), good.seen().len()), (3, 4));
}

#[actix_web::test]
async fn an_answer_of_any_other_kind_is_final() {
    let good = Engine::start(Act::Text("hello"));
    let poor = Engine::start(Act::Silence);
    let models = "models = [\"m\"]";
    let (gateway, _file) =
        with_tables(&[("poor", poor.url(), models), ("good", good.url(), models)]);
    for (status, expected) in [(400, 400), (404, 404), (500, 500), (504, 504), (401, 502)] {
        poor.act(Act::Raw(status, "text/plain", "no".into()));
        assert_eq!(asked_for(&gateway, "m").await, expected);
    }
    assert!(good.seen().is_empty());
}

#[actix_web::test]
async fn an_engine_that_is_slow_to_begin_is_not_asked_again_elsewhere() {
    let good = Engine::start(Act::Text("hello"));
    let slow = Engine::start(Act::Silence);
    let models = "models = [\"m\"]";
    let table = |name: &str, url: &str| {
        format!("[[engine]]\nname = \"{name}\"\nurl = \"{url}\"\n{models}\n")
    };
    let file = file(&[table("slow", slow.url()), table("good", good.url())].concat());
    let gateway = Gateway::with(&[
        ("ATTACH_CONFIG", file.path().to_str().unwrap()),
        ("ENGINE_URL", ""),
        ("ENGINE_FIRST_BYTE_TIMEOUT", "1"),
    ]);
    // It may be at work on it: two engines would do the same work twice.
    assert_eq!(asked_for(&gateway, "m").await, 504);
    assert!(good.seen().is_empty());
}

#[actix_web::test]
async fn when_no_engine_of_the_model_answers_the_last_word_is_passed_on() {
    let busy = Engine::start(Act::Raw(503, "text/plain", "loading".into()));
    let gone = nobody();
    let models = "models = [\"m\"]";
    let (gateway, _file) = with_tables(&[("gone", &gone, models), ("busy", busy.url(), models)]);
    assert_eq!(asked_for(&gateway, "m").await, 503);
    let (gateway, _file) = with_tables(&[("busy", busy.url(), models), ("gone", &gone, models)]);
    assert_eq!(asked_for(&gateway, "m").await, 502);
}

#[actix_web::test]
async fn the_list_of_models_is_the_engines_own_or_the_lists_of_all_that_answer() {
    let list = |model: &str| {
        let list = json!({ "object": "list", "data": [{ "id": model, "x": 1.5 }] });
        Act::Raw(200, "application/json", format!(" {list}\n"))
    };
    let (one, two) = (Engine::start(list("a")), Engine::start(list("b")));
    let (gateway, _file) = with_tables(&[("one", one.url(), "")]);
    let own = gateway.get(&gateway.token("ada"), "/v1/models").await;
    let own = own.text().await.unwrap();
    assert!(own.starts_with(' ') && own.ends_with('\n'), "{own}");
    let (gateway, _file) = with_tables(&[
        ("one", one.url(), ""),
        ("gone", &nobody(), "models = [\"c\"]"),
        ("two", two.url(), "models = [\"b\"]"),
    ]);
    let all = gateway.get(&gateway.token("ada"), "/v1/models").await;
    assert_eq!(all.status(), 200);
    let all: Value = all.json().await.unwrap();
    let data = json!([{ "id": "a", "x": 1.5 }, { "id": "b", "x": 1.5 }]);
    assert_eq!(all, json!({ "object": "list", "data": data }));
    let (gone, gone_too) = (nobody(), nobody());
    let (gateway, _file) = with_tables(&[("one", &gone, ""), ("two", &gone_too, "")]);
    let none = gateway.get(&gateway.token("ada"), "/v1/models").await;
    assert_eq!(none.status(), 502);
}

#[actix_web::test]
async fn engine_url_comes_before_the_tables() {
    let other = Engine::start(Act::Text("other"));
    let file = file(&format!(
        "[[engine]]\nname = \"other\"\nurl = \"{}\"\nmodels = [\"m\"]\n",
        other.url()
    ));
    let vars = [("ATTACH_CONFIG", file.path().to_str().unwrap())];
    let gateway = Gateway::trusting(Issuer::start(), &vars);
    assert_eq!(asked_for(&gateway, "m").await, 200);
    assert_eq!(asked_for(&gateway, "x").await, 200);
    let seen = (other.seen().len(), gateway.engine.seen().len());
    assert_eq!(seen, (1, 1));
}

#[actix_web::test]
async fn an_engine_may_live_below_a_path() {
    let engine = Engine::start(Act::Text("hello"));
    for end in ["", "/"] {
        let url = format!("{}/base/llm{end}", engine.url());
        let gateway = Gateway::with(&[("ENGINE_URL", &url)]);
        assert_eq!(asked_for(&gateway, "m").await, 200);
        let seen = engine.seen().pop().unwrap();
        assert_eq!(seen.path, "/base/llm/v1/chat/completions");
    }
}
