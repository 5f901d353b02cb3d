//! `attach-gateway dev`: everything on this machine, nothing to set.

mod banner;
mod beside;
mod engine;
mod issuer;
mod ports;
mod settings;
mod stand_in;

use std::{io, path::PathBuf, process::ExitCode};

use attach_agents::{AgentConfig, ConformanceConfig};

use super::{
    fail,
    serve::{BROKEN, WRONG_SETTING},
    signal,
    token::{DATA, DevIssuer, Wanted},
};
use crate::{
    adapters::database::sqlite::{OpenError, private_folder},
    app::{Gateway, StartError},
    config::{self, Faults},
    domain::id::Owner,
    telemetry,
};
use beside::Beside;
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
    #[error("TCK_STREAMING_TIMEOUT: {0}")]
    Timeout(String),
}

pub(super) async fn run(port: Option<u16>, conformance: bool) -> ExitCode {
    match serve(port, conformance).await {
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
        Err(error @ DevError::Timeout(_)) => fail(WRONG_SETTING, error),
    }
}

async fn serve(port: Option<u16>, conformance: bool) -> Result<(), DevError> {
    let mut vars = config::vars()?;
    vars.extend(port.map(|port| ("PORT".to_owned(), port.to_string())));
    let level = vars.get("LOG_LEVEL").map_or("warn", String::as_str);
    let filter = telemetry::level(level).unwrap_or_else(|| "warn".to_owned());
    telemetry::start(&filter, config::LogFormat::Text);
    let data = PathBuf::from(DATA);
    private_folder(&data)?;

    let timeout = vars.get("TCK_STREAMING_TIMEOUT").map(String::as_str);
    let suite = ConformanceConfig::waiting(timeout.filter(|_| conformance));
    let suite = suite.map_err(DevError::Timeout)?;

    let ports = Ports::take(vars.get("PORT").map(String::as_str), conformance)?;
    let last = DevIssuer::last(&data)?;
    let mut issuer = DevIssuer {
        issuer: last.map_or_else(|| ports.issuer.url(), |last| last.issuer),
        audience: AUDIENCE.to_owned(),
        is_running: true,
    };
    let engine = Engine::find(vars.get("ENGINE_URL"), vars.get("ENGINE_API_KEY")).await?;
    let config = settings::config(&vars, &ports, &issuer, &engine.url)?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let table = banner::places(&ports, &issuer, &engine);
    let key = DevIssuer::key(&data)?;
    let token = issuer.sign(&key, &Wanted::for_user(USER))?;
    let mut beside = Beside::default();
    beside.start(issuer::server(ports.issuer, &issuer, &key)?);
    beside.extend(engine.handle.clone());

    let gateway_url = ports.gateway.url();
    let gateway = Gateway::build(config, ports.gateway.listener).await?;
    issuer.save(&data)?;
    let agents = Agents {
        planner: ports.planner,
        coder: ports.coder,
        conformance: ports.conformance.map(|port| (port, suite)),
    };
    agents.start(&gateway_url, &mut beside)?;

    let link = gateway.invite(Owner::new(&*issuer.issuer, USER))?;
    let banner = banner::Banner {
        table,
        ignored: settings::ignored(&vars),
        conformance,
        gateway: gateway_url,
        model: engine.model,
        token,
        link,
    };
    banner.print();
    gateway.run_until(signal::stopped()).await?;
    beside.stop().await;
    issuer.is_running = false;
    issuer.save(&data)?;
    say!("stopped; tasks and memory stay in {}", data.display());
    Ok(())
}

/// The agents that `dev` runs, and where.
struct Agents {
    planner: Port,
    coder: Port,
    conformance: Option<(Port, ConformanceConfig)>,
}

impl Agents {
    fn start(self, gateway: &str, beside: &mut Beside) -> io::Result<()> {
        let gateway = reqwest::Url::parse(gateway).map_err(io::Error::other)?;
        let config = AgentConfig { gateway };
        beside.agent(attach_agents::planner(self.planner.listener, &config)?);
        beside.agent(attach_agents::coder(self.coder.listener, &config)?);
        if let Some((port, suite)) = self.conformance {
            beside.agent(attach_agents::conformance(port.listener, &suite)?);
        }
        Ok(())
    }
}
