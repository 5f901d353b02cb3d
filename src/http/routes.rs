//! The whole surface, on one screen.

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Resource, Route,
    http::Method,
    middleware::Compress,
    web::{ServiceConfig, get, head, resource, route, to},
};

use super::{
    a2a::{self, card},
    agents,
    caller::{Caller, scope_of},
    chat,
    error::ApiError,
    login, me, memory, oauth, ops, tasks, usage, web,
};

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const DELETE: Method = Method::DELETE;

/// Every route there is.
pub fn routes(config: &mut ServiceConfig) {
    let assets = resource("/assets/{path:.*}")
        .wrap(Compress::default())
        .route(get().to(web::asset))
        .route(head().to(web::asset));
    let page = resource("/")
        .wrap(Compress::default())
        .route(get().to(web::index))
        .route(head().to(web::index));
    let models = resource("/v1/models")
        .route(get().to(chat::models))
        .route(route().to(chat::proxy));
    let events = at(
        "/mem/events",
        [
            (POST, to(memory::write)),
            (GET, to(memory::recent)),
            (DELETE, to(memory::erase_all)),
        ],
    );
    let event = at(
        "/mem/events/{id}",
        [(GET, to(memory::read)), (DELETE, to(memory::erase))],
    );
    let below_resource = format!("{}/{{path:.*}}", ops::RESOURCE);
    config
        // The hot routes first: they are compared as text, before any pattern.
        .route("/v1/chat/completions", route().to(chat::proxy))
        .route("/api/chat", route().to(chat::proxy))
        .service(models)
        .route("/v1/logs", route().to(memory::logs))
        .route("/v1/{path:.*}", route().to(chat::proxy))
        .route("/api/{path:.*}", route().to(chat::proxy))
        .service(at("/a2a/tasks/send", [(POST, to(tasks::send))]))
        .service(at("/a2a/tasks/status/{id}", [(GET, to(tasks::status))]))
        .service(at("/a2a/tasks/tree/{id}", [(GET, to(tasks::tree))]))
        .service(at("/a2a/tasks/events/{id}", [(GET, to(tasks::events))]))
        .service(at("/a2a/tasks/cancel/{id}", [(POST, to(tasks::cancel))]))
        .service(at("/a2a/tasks", [(GET, to(tasks::list))]))
        .service(at("/agents", [(GET, to(agents::list))]))
        .configure(card::routes)
        .service(at("/agents/{name}", [(POST, to(a2a::jsonrpc::rpc))]))
        .service(at("/agents/{name}/", [(POST, to(a2a::jsonrpc::rpc))]))
        .route("/agents/{name}/{path:.+}", route().to(a2a::rest::rest))
        .service(events)
        .service(event)
        .service(at("/mem/search", [(GET, to(memory::search))]))
        .service(at("/usage", [(GET, to(usage::usage))]))
        .service(at("/auth/config", [(GET, to(login::config))]))
        .service(at("/auth/dev", [(GET, to(login::enter))]))
        .service(at("/auth/login", [(GET, to(login::start))]))
        .service(at("/auth/callback", [(GET, to(login::callback))]))
        .service(at("/auth/session", [(GET, to(login::session))]))
        .service(at("/auth/logout", [(POST, to(login::logout))]))
        .service(at("/auth/me", [(GET, to(me::me))]))
        .service(at("/auth/sessions", [(GET, to(me::sessions))]))
        .service(at("/auth/sessions/{id}", [(DELETE, to(me::end))]))
        .service(at(
            "/auth/keys",
            [(GET, to(me::keys)), (POST, to(me::create))],
        ))
        .service(at("/auth/keys/{id}", [(DELETE, to(me::revoke))]))
        .service(at("/oauth/token", [(POST, to(oauth::exchange))]))
        .service(at("/.well-known/jwks.json", [(GET, to(ops::jwks))]))
        .service(at(ops::RESOURCE, [(GET, to(ops::resource))]))
        .service(at(&below_resource, [(GET, to(ops::resource))]))
        .service(at("/healthz", [(GET, to(ops::healthz))]))
        .service(at("/readyz", [(GET, to(ops::readyz))]))
        .service(at("/status", [(GET, to(ops::status))]))
        .service(at("/metrics", [(GET, to(ops::metrics))]))
        .service(page)
        .service(assets)
        .default_service(route().to(no_route));
}

/// A path with its methods, which are told to whoever tries another.
fn at<const N: usize>(path: &str, routes: [(Method, Route); N]) -> Resource {
    let allow = routes.iter().map(|(method, _)| method.as_str());
    let allow = allow.collect::<Vec<_>>().join(", ");
    let refused = move |request| not_here(request, ApiError::Method(allow.clone()));
    let resource = resource(path).default_service(to(refused));
    routes
        .into_iter()
        .fold(resource, |resource, (method, route)| {
            resource.route(route.method(method))
        })
}

async fn no_route(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    not_here(request, ApiError::NoRoute).await
}

/// Under a path that wants a scope, only callers are told what there is not.
async fn not_here(request: HttpRequest, told: ApiError) -> Result<HttpResponse, ApiError> {
    if scope_of(request.method(), request.path()).is_some() {
        Caller::extract(&request).await?;
    }
    Err(told)
}
