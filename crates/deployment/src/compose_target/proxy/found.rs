//! The proxies that run, and what they forward to.

use std::{fmt, net::IpAddr, time::Duration};

use compose_runtime::ServiceContainer;
use configuration::ProxyKind;
use local_docker::{ContainerId, ContainerState, ExecOutput, Process};
use tokio::time::sleep;

use super::{
    caddy,
    forwarding::Forwarding,
    haproxy,
    hosts::{MAINTENANCE, check_command, marked_lines},
    nginx,
    program::{kind_of, option_values, program_name},
};
use crate::{
    compose_target::{
        connect::ComposeTarget, engine_error::engine_error, instances::service_containers,
    },
    plan::ProxyProblem,
    target::TargetError,
};

/// How often the processes of a container that runs are asked for.
const LIST_ATTEMPTS: u32 = 10;
/// The pause between two of these.
const LIST_PAUSE: Duration = Duration::from_millis(50);
/// The root of the container, who may write its `/etc/hosts`.
pub(super) const ROOT: &str = "0";

/// Why a configuration cannot be read.
pub(super) struct Unreadable {
    problem: String,
    /// Whether the container lacks the program that would print it.
    has_no_program: bool,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

/// A container that runs a proxy.
pub(in crate::compose_target) struct Proxy {
    pub(super) container: ServiceContainer,
    pub(super) kind: ProxyKind,
    pub(super) processes: Vec<Process>,
    /// What it forwards by; the reason, when that cannot be read.
    pub(super) configuration: Result<String, Unreadable>,
    /// Whether its `/etc/hosts` can be written.
    pub(super) can_steer: bool,
    /// The services for which another container answers during a maintenance.
    pub(super) closed_services: Vec<String>,
    /// The addresses of that container.
    pub(super) closed_by: Vec<IpAddr>,
}

impl Proxy {
    pub(super) fn id(&self) -> &ContainerId {
        &self.container.details.id
    }

    /// The command line of its first process of this kind.
    pub(super) fn command(&self) -> &str {
        main_command(self.kind, &self.processes)
    }

    pub(super) fn forwarding(&self, service: &str) -> Forwarding {
        let Ok(configuration) = &self.configuration else { return Forwarding::None };
        match self.kind {
            ProxyKind::Nginx => nginx::forwarding(configuration, service),
            ProxyKind::Haproxy => haproxy::forwarding(configuration, service),
            ProxyKind::Caddy => caddy::forwarding(configuration, service),
            ProxyKind::Traefik => Forwarding::None,
        }
    }

    /// An error, when the configuration could not be read although the container has what
    /// is needed: then it cannot be excluded that it forwards to a service.
    pub(super) fn require_readable(&self) -> Result<(), TargetError> {
        match &self.configuration {
            Err(unreadable) if !unreadable.has_no_program => {
                let action = format!("read the configuration of {}", self.container.details.name);
                Err(TargetError::unavailable(action)(unreadable.problem.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Whether it can be reloaded without losing requests.
    pub(super) fn can_reload(&self) -> bool {
        let Ok(configuration) = &self.configuration else { return false };
        let has_option = |option| self.command().split_whitespace().any(|word| word == option);
        match self.kind {
            ProxyKind::Nginx | ProxyKind::Caddy => true,
            ProxyKind::Haproxy => {
                has_option("-W") || has_option("-Ws") || haproxy::is_master_worker(configuration)
            }
            ProxyKind::Traefik => false,
        }
    }
}

fn main_command(kind: ProxyKind, processes: &[Process]) -> &str {
    let mut processes = processes.iter();
    let main = processes.find(|process| kind_of(std::slice::from_ref(process)) == Some(kind));
    main.map_or("", |process| &process.command)
}

/// The proxies among the running containers of the project; with `deploy.proxy`, that one.
pub(in crate::compose_target) async fn running_proxies(
    target: &ComposeTarget,
) -> Result<Vec<Proxy>, TargetError> {
    let configured = target.settings.proxy.as_ref();
    let mut proxies = Vec::new();
    for container in service_containers(target).await? {
        let is_other = configured.is_some_and(|proxy| proxy.service != container.service);
        if is_other || !container.details.state.is_running() {
            continue;
        }
        let Some(processes) = processes_of(target, &container.details.id).await? else { continue };
        let kind = configured.and_then(|proxy| proxy.kind).or_else(|| kind_of(&processes));
        if let Some(kind) = kind {
            proxies.push(read_proxy(target, container, kind, processes).await?);
        }
    }
    Ok(proxies)
}

/// `None` when the container has ended in the meantime. One that is being restarted has
/// no processes; it looks names up when it starts. It may run again by the time of the
/// second look, so an error counts only when it stays.
async fn processes_of(
    target: &ComposeTarget,
    id: &ContainerId,
) -> Result<Option<Vec<Process>>, TargetError> {
    let mut attempts = 0;
    loop {
        let error = match target.engine.processes().list(id).await {
            Ok(processes) => return Ok(Some(processes)),
            Err(error) => error,
        };
        if !is_up(target, id).await? {
            return Ok(None);
        }
        attempts += 1;
        if attempts == LIST_ATTEMPTS {
            return Err(engine_error("find the proxies")(error));
        }
        sleep(LIST_PAUSE).await;
    }
}

async fn is_up(target: &ComposeTarget, id: &ContainerId) -> Result<bool, TargetError> {
    let now = target.engine.containers().inspect(id).await;
    let now = now.map_err(engine_error("inspect a container"))?;
    let is_up = |state| matches!(state, ContainerState::Running | ContainerState::Paused);
    Ok(now.is_some_and(|details| is_up(details.state)))
}

async fn read_proxy(
    target: &ComposeTarget,
    container: ServiceContainer,
    kind: ProxyKind,
    processes: Vec<Process>,
) -> Result<Proxy, TargetError> {
    let id = &container.details.id;
    let command = read_command(kind, main_command(kind, &processes));
    let output = execute(target, id, &command, None).await?;
    let configuration = match output.code {
        0 if !output.text.trim().is_empty() => Ok(output.text),
        code => Err(Unreadable {
            problem: format!("exit code {code}, {}", failure_line(&output.text)),
            has_no_program: code == 126 || code == 127,
        }),
    };
    let hosts = execute(target, id, &check_command(), Some(ROOT)).await?;
    let can_steer = hosts.code == 0;
    let closed = if can_steer { marked_lines(&hosts.text, MAINTENANCE) } else { Vec::new() };
    let (closed_by, closed_services) = closed.into_iter().unzip();
    Ok(Proxy { container, kind, processes, configuration, can_steer, closed_services, closed_by })
}

/// What prints the configuration.
fn read_command(kind: ProxyKind, command: &str) -> Vec<String> {
    let files = |option: &str, default: &str| match option_values(command, option).as_slice() {
        [] => vec![default.to_owned()],
        files => files.iter().map(|file| (*file).to_owned()).collect(),
    };
    let cat = |files: Vec<String>| [vec!["cat".to_owned()], files].concat();
    match kind {
        ProxyKind::Nginx => {
            let file = option_values(command, "-c").first().map_or(vec![], |file| vec!["-c", file]);
            [vec!["nginx", "-T"], file].concat().into_iter().map(str::to_owned).collect()
        }
        ProxyKind::Haproxy => cat(files("-f", "/usr/local/etc/haproxy/haproxy.cfg")),
        ProxyKind::Caddy => cat(files("--config", "/etc/caddy/Caddyfile")),
        // Its routes are labels of other containers.
        ProxyKind::Traefik => vec!["traefik".to_owned(), "version".to_owned()],
    }
}

pub(super) async fn execute(
    target: &ComposeTarget,
    id: &ContainerId,
    command: &[String],
    user: Option<&str>,
) -> Result<ExecOutput, TargetError> {
    let output = target.engine.processes().run(id, command, user).await;
    output.map_err(engine_error("run a command in a proxy's container"))
}

/// Why a program failed: the line that it marks as the reason, else its last one.
pub(super) fn failure_line(text: &str) -> String {
    let is_reason = |line: &&str| line.contains("[emerg]") || line.contains("[ALERT]");
    text.lines().find(is_reason).map_or_else(|| last_line(text), |line| line.trim().to_owned())
}

pub(super) fn last_line(text: &str) -> String {
    text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no output").trim().to_owned()
}

/// What may happen to requests by way of these proxies while the service is switched.
pub(in crate::compose_target) fn proxy_problems(
    target: &ComposeTarget,
    proxies: &[Proxy],
    service: &str,
) -> Vec<ProxyProblem> {
    if let (Some(configured), []) = (&target.settings.proxy, proxies) {
        let problem = "it does not run, or runs no proxy that is supported".to_owned();
        let advice = "start it, or correct `deploy.proxy`".to_owned();
        let proxy = configured.service.clone();
        return vec![ProxyProblem { proxy, problem, advice, prevents_switch: false }];
    }
    let problems = proxies.iter().filter(|proxy| proxy.container.service != service);
    let problems = problems.filter_map(|proxy| {
        let forwards = |name: &String| proxy.forwarding(name) != Forwarding::None;
        let is_understood = target.model().services.keys().any(forwards);
        let contradiction = contradiction(proxy);
        let prevents_switch = contradiction.is_some() || proxy.require_readable().is_err();
        let (problem, advice) =
            contradiction.or_else(|| problem_of(proxy, service, is_understood))?;
        let (proxy, advice) = (proxy.container.service.clone(), advice.to_owned());
        Some(ProxyProblem { proxy, problem, advice, prevents_switch })
    });
    problems.collect()
}

/// That it runs another program than it is configured with.
fn contradiction(proxy: &Proxy) -> Option<(String, &'static str)> {
    let runs = kind_of(&proxy.processes).filter(|runs| *runs != proxy.kind)?;
    let (service, runs, configured) =
        (&proxy.container.service, program_name(runs), program_name(proxy.kind));
    let problem = format!("{service} runs {runs}, not {configured}");
    Some((problem, "correct or remove `kind` of `deploy.proxy`"))
}

fn problem_of(proxy: &Proxy, service: &str, is_understood: bool) -> Option<(String, &'static str)> {
    if proxy.kind == ProxyKind::Traefik {
        let problem = "Traefik finds containers by itself, and this is not proved".to_owned();
        return Some((problem, "give the service a `healthcheck`, which Traefik waits for"));
    }
    if let Err(unreadable) = &proxy.configuration {
        let problem = format!("its configuration cannot be read: {}", unreadable.problem);
        return Some(match unreadable.has_no_program {
            true => (problem, "make `cat` available in its image"),
            false => (
                problem,
                "correct it; if this proxy is not before the application, name the one that is \
                 in `deploy.proxy`",
            ),
        });
    }
    match (proxy.forwarding(service), proxy.can_reload(), proxy.can_steer) {
        (Forwarding::None, ..) if !is_understood => {
            let problem = "its configuration names no service of the project";
            Some((problem.to_owned(), "forward to the service by its name, `http://SERVICE:PORT`"))
        }
        (Forwarding::None, ..) | (Forwarding::ByHosts, true, true) => None,
        (Forwarding::ByNameServer, ..) => {
            let problem = "it asks a name server by itself, and keeps old answers for a while";
            Some((problem.to_owned(), "write the service's name without a variable or `resolvers`"))
        }
        (Forwarding::ByHosts, false, _) => {
            let problem = "it looks the name up at its start only, and cannot be reloaded";
            Some((problem.to_owned(), "start HAProxy with `-W`"))
        }
        (Forwarding::ByHosts, true, false) => {
            let problem = "its `/etc/hosts` cannot be written, so it sends requests to the old \
                           container until that has stopped";
            Some((problem.to_owned(), "use an image with `sh`, without `read_only`"))
        }
    }
}
