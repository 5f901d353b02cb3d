//! A Weaviate that keeps what it is sent, looks at no filter, and does as it is told.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use actix_web::HttpResponse;
use futures_util::stream;
use serde_json::{Value, json};

use super::scripted::{Call, Gate, Scripted};

/// What becomes of batches.
#[derive(Clone, Debug)]
pub enum Act {
    Well,
    /// Nothing is kept, and this is the answer.
    Answer(u16, &'static str),
    /// Objects with this text in them are refused with these words.
    Refuse(&'static str, &'static str),
    /// A batch with an object that has this text in it is refused whole.
    Spoil(&'static str),
    /// A batch with an object that has this text in it is answered with a 500.
    Fail(&'static str),
    /// It is kept, and the connection breaks off.
    Cut,
    /// It is kept once the gate is open.
    Hold(Gate),
}

struct Shelf {
    act: Act,
    /// What queries are answered, instead of what there is.
    query: Option<(u16, &'static str)>,
    key: Option<&'static str>,
    class: Option<Value>,
    /// A class that another gateway makes just before us.
    twin: Option<Value>,
    objects: BTreeMap<String, Value>,
}

/// Runs until it is dropped.
pub struct Weaviate {
    scripted: Scripted,
    shelf: Arc<Mutex<Shelf>>,
}

impl Weaviate {
    /// An empty one.
    pub fn start() -> Self {
        let shelf = Arc::new(Mutex::new(Shelf {
            act: Act::Well,
            query: None,
            key: None,
            class: None,
            twin: None,
            objects: BTreeMap::new(),
        }));
        let kept = shelf.clone();
        let scripted = Scripted::start(move |call| {
            let shelf = kept.clone();
            async move { answer(&shelf, &call).await }
        });
        Self { scripted, shelf }
    }

    pub fn url(&self) -> &str {
        self.scripted.url()
    }

    /// The variables of a gateway that keeps its memory here.
    pub fn vars(&self) -> [(&str, &str); 2] {
        [("MEM_BACKEND", "weaviate"), ("WEAVIATE_URL", self.url())]
    }

    pub fn act(&self, act: Act) {
        self.shelf.lock().unwrap().act = act;
    }

    /// What every query is answered from now on.
    pub fn answer_queries(&self, answer: Option<(u16, &'static str)>) {
        self.shelf.lock().unwrap().query = answer;
    }

    /// The one key it takes from now on.
    pub fn lock(&self, key: &'static str) {
        self.shelf.lock().unwrap().key = Some(key);
    }

    /// The class that is there from now on.
    pub fn has_class(&self, class: Value) {
        self.shelf.lock().unwrap().class = Some(class);
    }

    /// Another gateway makes this class just before ours does.
    pub fn has_twin(&self, class: Value) {
        self.shelf.lock().unwrap().twin = Some(class);
    }

    pub fn class(&self) -> Option<Value> {
        self.shelf.lock().unwrap().class.clone()
    }

    /// Puts an object there, as others do.
    pub fn put(&self, id: &str, properties: Value) {
        let object = json!({ "class": "MemoryEvent", "id": id, "properties": properties });
        let mut shelf = self.shelf.lock().unwrap();
        shelf.objects.insert(id.to_owned(), object);
    }

    /// The properties of what is there, by id.
    pub fn objects(&self) -> BTreeMap<String, Value> {
        let objects = self.shelf.lock().unwrap().objects.clone();
        let objects = objects.into_iter();
        objects
            .map(|(id, o)| (id, o["properties"].clone()))
            .collect()
    }

    /// Its texts, in order of their ids.
    pub fn texts(&self) -> Vec<String> {
        let text = |object: Value| object["text"].as_str().unwrap_or_default().to_owned();
        self.objects().into_values().map(text).collect()
    }

    pub fn calls(&self) -> Vec<Call> {
        self.scripted.calls()
    }

    /// How many batches were sent.
    pub fn batches(&self) -> usize {
        let calls = self.calls().into_iter();
        calls
            .filter(|call| call.seen.method == "POST" && call.seen.path == "/v1/batch/objects")
            .count()
    }
}

async fn answer(shelf: &Mutex<Shelf>, call: &Call) -> HttpResponse {
    let key = shelf.lock().unwrap().key;
    if key.is_some_and(|key| call.seen.header("authorization") != Some(&format!("Bearer {key}"))) {
        let refused = json!({ "code": 401, "message": "unauthorized: invalid api key" });
        return HttpResponse::Unauthorized().json(refused);
    }
    match (&*call.seen.method, &*call.seen.path) {
        ("POST", "/v1/batch/objects") => batch(shelf, &call.seen.json()).await,
        ("DELETE", "/v1/batch/objects") => delete_batch(shelf, &call.seen.json()),
        ("POST", "/v1/graphql") => query(shelf, &call.seen.json()),
        ("GET", "/v1/.well-known/ready") => HttpResponse::Ok().finish(),
        ("GET", "/v1/meta") => HttpResponse::Ok().json(json!({ "version": "1.39.0" })),
        (method, path) if path.starts_with("/v1/schema") => {
            let body = serde_json::from_slice(&call.seen.body).unwrap_or_default();
            schema(&mut shelf.lock().unwrap(), method, path, body)
        }
        (method, path) => object(&mut shelf.lock().unwrap(), method, path),
    }
}

fn schema(shelf: &mut Shelf, method: &str, path: &str, body: Value) -> HttpResponse {
    if method == "GET" {
        return match &shelf.class {
            Some(class) => HttpResponse::Ok().json(class),
            None => HttpResponse::NotFound().finish(),
        };
    }
    if let Some(twin) = shelf.twin.take() {
        shelf.class = Some(twin);
    }
    if path.ends_with("/properties") {
        let class = shelf.class.as_mut().unwrap();
        class["properties"]
            .as_array_mut()
            .unwrap()
            .push(body.clone());
        return HttpResponse::Ok().json(body);
    }
    if shelf.class.is_some() {
        let words = "class name MemoryEvent already exists";
        let refused = json!({ "error": [{ "message": words }] });
        return HttpResponse::UnprocessableEntity().json(refused);
    }
    shelf.class = Some(body.clone());
    HttpResponse::Ok().json(body)
}

fn object(shelf: &mut Shelf, method: &str, path: &str) -> HttpResponse {
    let id = path.strip_prefix("/v1/objects/MemoryEvent/").unwrap();
    match method {
        "DELETE" => match shelf.objects.remove(id) {
            Some(_) => HttpResponse::NoContent().finish(),
            None => HttpResponse::NotFound().finish(),
        },
        _ => match shelf.objects.get(id) {
            Some(object) => HttpResponse::Ok().json(object),
            None => HttpResponse::NotFound().finish(),
        },
    }
}

async fn batch(shelf: &Mutex<Shelf>, body: &Value) -> HttpResponse {
    let act = shelf.lock().unwrap().act.clone();
    match act {
        Act::Answer(status, text) => {
            let status = actix_web::http::StatusCode::from_u16(status).unwrap();
            return HttpResponse::build(status).body(text);
        }
        Act::Spoil(text) if body.to_string().contains(text) => {
            let refused = json!({ "code": 422, "message": "something in it is wrong" });
            return HttpResponse::UnprocessableEntity().json(refused);
        }
        Act::Fail(text) if body.to_string().contains(text) => {
            return HttpResponse::InternalServerError().finish();
        }
        Act::Hold(ref gate) => gate.pass().await,
        _ => {}
    }
    let told = keep(&mut shelf.lock().unwrap(), &act, body);
    match act {
        Act::Cut => {
            let broken = stream::once(async { Err(std::io::Error::other("cut")) });
            HttpResponse::Ok().streaming::<_, std::io::Error>(broken)
        }
        _ => HttpResponse::Ok().json(told),
    }
}

fn keep(shelf: &mut Shelf, act: &Act, body: &Value) -> Vec<Value> {
    let objects = body["objects"].as_array().unwrap().iter();
    let each = objects.map(|object| {
        let mut told = object.clone();
        told["result"] = match act {
            Act::Refuse(text, words) if object.to_string().contains(text) => {
                json!({ "status": "FAILED", "errors": { "error": [{ "message": words }] } })
            }
            _ => {
                let id = object["id"].as_str().unwrap().to_owned();
                shelf.objects.insert(id, object.clone());
                json!({ "status": "SUCCESS" })
            }
        };
        told
    });
    each.collect()
}

/// Those with one of the ids or of the owners that the filter names.
fn delete_batch(shelf: &Mutex<Shelf>, body: &Value) -> HttpResponse {
    let filter = body["match"]["where"].to_string();
    let mut shelf = shelf.lock().unwrap();
    let before = shelf.objects.len();
    shelf.objects.retain(|id, object| {
        let owner = &object["properties"]["owner"];
        let is_named = owner.is_string() && filter.contains(&owner.to_string());
        !is_named && !filter.contains(&format!("\"{id}\""))
    });
    let deleted = before - shelf.objects.len();
    HttpResponse::Ok().json(json!({
        "results": { "matches": deleted, "successful": deleted, "failed": 0 },
    }))
}

fn query(shelf: &Mutex<Shelf>, body: &Value) -> HttpResponse {
    let shelf = shelf.lock().unwrap();
    if let Some((status, text)) = shelf.query {
        let status = actix_web::http::StatusCode::from_u16(status).unwrap();
        return HttpResponse::build(status).body(text);
    }
    let query = body["query"].as_str().unwrap();
    if query.contains(r#"valueText:"the""#) {
        let words = "invalid search term, only stopwords provided";
        let refused = json!({ "data": null, "errors": [{ "message": words }] });
        return HttpResponse::Ok().json(refused);
    }
    let number = |name: &str| {
        let (_, rest) = query.rsplit_once(name).unwrap();
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().unwrap()
    };
    let listed = shelf.objects.iter().map(|(id, object)| {
        let mut listed = object["properties"].clone();
        listed["_additional"] = json!({ "id": id, "creationTimeUnix": "1000" });
        listed
    });
    let mut listed: Vec<_> = listed.collect();
    listed.sort_by_key(|one| {
        let moment = one["timestamp"].as_str().unwrap();
        chrono::DateTime::parse_from_rfc3339(moment).unwrap()
    });
    if query.contains("order:desc") {
        listed.reverse();
    }
    let page = listed
        .into_iter()
        .skip(number("offset:"))
        .take(number("limit:"));
    let page: Vec<_> = page.collect();
    HttpResponse::Ok().json(json!({ "data": { "Get": { "MemoryEvent": page } } }))
}
