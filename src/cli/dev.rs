//! `attach-gateway dev`: everything on this machine, nothing to set.

mod banner;
mod engine;
mod issuer;
mod ports;
mod stand_in;

use std::{io, path::PathBuf, process::ExitCode};

use actix_web::dev::{Server, ServerHandle};
use attach_agents::AgentConfig;

use super::{
    fail,
    serve::{BROKEN, WRONG_SETTING},
    signal,
    token::{DATA, DevIssuer, Wanted},
};
use crate::{
    adapters::sqlite::{OpenError, private_folder},
    app::{Gateway, StartError},
    config::{self, Config, Faults, Vars, variable},
    domain::id::Owner,
    telemetry,
};
use engine::Engine;
use ports::{Port, Ports};

/// Who the printed token and link speak for.
const USER: &str = "dev";
const AUDIENCE: &str = "attach-dev";

/// Why there is no development gateway.
#[derive(Debug, thiserror::Error)]
enum DevError {
    #[error(transparent)]
    Faults(#[from] Faults),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

pub(super) async fn run(port: Option<u16>) -> ExitCode {
    match serve(port).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(DevError::Faults(faults)) => fail(WRONG_SETTING, faults),
        Err(DevError::Start(StartError::Open(OpenError::InUse(_)))) => {
            let text =
                "a dev runs in this folder already; stop it, or start this one in another folder";
            fail(WRONG_SETTING, text)
        }
        Err(DevError::Start(StartError::Bind { address, source })) => fail(
            WRONG_SETTING,
            format!("{address}: {source}; give another port with --port or PORT"),
        ),
        Err(DevError::Start(error)) => fail(error.exit_code(), error),
        Err(DevError::Io(error)) => fail(BROKEN, error),
    }
}

async fn serve(port: Option<u16>) -> Result<(), DevError> {
    let mut vars = config::vars()?;
    vars.extend(port.map(|port| ("PORT".to_owned(), port.to_string())));
    let level = vars.get("LOG_LEVEL").map_or("warn", String::as_str);
    let filter = telemetry::level(level).unwrap_or_else(|| "warn".to_owned());
    telemetry::start(&filter, config::LogFormat::Text);
    let data = PathBuf::from(DATA);
    private_folder(&data)?;

    let ports = Ports::take(vars.get("PORT").map(String::as_str))?;
    let issuer = DevIssuer {
        issuer: ports.issuer.url(),
        audience: AUDIENCE.to_owned(),
    };
    let engine = Engine::find(vars.get("ENGINE_URL"), vars.get("ENGINE_API_KEY")).await?;
    let config = Config::read(&settings(&vars, &ports, &issuer, &engine.url))?;

    let key = DevIssuer::key(&data)?;
    let token = issuer.sign(&key, &Wanted::for_user(USER))?;
    let mut beside = Beside::default();
    beside.start(issuer::server(ports.issuer.listener, &issuer, &key)?);
    beside.extend(engine.handle.clone());

    let agents = AgentConfig {
        gateway: reqwest::Url::parse(&ports.gateway.url()).map_err(io::Error::other)?,
    };
    let table = banner::places(
        &ports.gateway,
        &ports.planner,
        &ports.coder,
        &issuer,
        &engine,
    );
    let gateway_url = ports.gateway.url();
    let gateway = Gateway::build(config, ports.gateway.listener).await?;
    issuer.save(&data)?;
    beside.start(attach_agents::planner(ports.planner.listener, &agents)?);
    beside.start(attach_agents::coder(ports.coder.listener, &agents)?);

    let link = gateway.invite(Owner::new(&*issuer.issuer, USER))?;
    let banner = banner::Banner {
        table,
        ignored: ignored(&vars),
        gateway: gateway_url,
        model: engine.model,
        token,
        link,
    };
    banner.print();
    gateway.run_until(signal::stopped()).await?;
    beside.stop().await;
    say!("stopped; tasks and memory stay in {}", data.display());
    Ok(())
}

/// Servers that run beside the gateway, and stop after it.
#[derive(Default)]
struct Beside(Vec<ServerHandle>);

impl Beside {
    fn start(&mut self, server: Server) {
        self.0.push(server.handle());
        actix_web::rt::spawn(server);
    }

    fn extend(&mut self, handle: Option<ServerHandle>) {
        self.0.extend(handle);
    }

    async fn stop(self) {
        for handle in self.0 {
            handle.stop(false).await;
        }
    }
}

/// The configuration of the gateway that `dev` runs: what it found, and of the
/// environment the engine's variables alone.
fn settings(vars: &Vars, ports: &Ports, issuer: &DevIssuer, engine: &str) -> Vars {
    let agents = format!(
        "planner={}/api/chat,coder={}/api/chat",
        ports.planner.url(),
        ports.coder.url(),
    );
    let own = [
        ("ATTACH_CONFIG", "/dev/null".to_owned()),
        ("HOST", "127.0.0.1".to_owned()),
        ("PORT", ports.gateway.number().to_string()),
        ("OIDC_ISSUER", issuer.issuer.clone()),
        ("OIDC_AUD", issuer.audience.clone()),
        ("AGENTS", agents),
    ];
    let passed = vars
        .iter()
        .filter(|(name, _)| name.starts_with("ENGINE_") || *name == "LOG_LEVEL");
    let mut settings: Vars = passed.map(|(n, v)| (n.clone(), v.clone())).collect();
    settings.extend(own.map(|(name, value)| (name.to_owned(), value)));
    settings.insert("ENGINE_URL".to_owned(), engine.to_owned());
    settings
}

/// Variables that are set and that `dev` does not read.
fn ignored(vars: &Vars) -> Vec<&str> {
    let read = |name: &str| name.starts_with("ENGINE_") || matches!(name, "PORT" | "LOG_LEVEL");
    let ours = |name: &&str| variable::find(name).is_some() && !read(name);
    vars.keys().map(String::as_str).filter(ours).collect()
}

/// A port's server, for messages.
impl Port {
    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.number())
    }
}
