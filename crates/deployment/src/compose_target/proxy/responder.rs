//! A container of a proxy's own image that answers in the place of the application.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use configuration::ProxyKind;
use local_docker::{ContainerDetails, ContainerId, ContainerRemoveOptions, NewContainer};
use tokio::time::{Instant, sleep};

use super::{found::Proxy, found::execute, haproxy, nginx};
use crate::{
    compose_target::{connect::ComposeTarget, engine_error::engine_error},
    target::TargetError,
};

/// The label of these containers; its value is the Compose project.
pub(in crate::compose_target) const RESPONDER: &str = "org.tidegate.maintenance";
/// The name of its configuration.
const FILE: &str = "tidegate-maintenance.conf";
/// How long it may take until it answers.
const START_TIMEOUT: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(100);
/// Prints the sockets that listen, without any program.
const SOCKETS: &str = "while read -r line; do echo \"$line\"; done </proc/net/tcp";

/// Seconds after which users may come again.
pub(super) const RETRY_AFTER: u32 = 60;
/// What users read.
pub(super) const PAGE: &str = "<!doctype html><title>Maintenance</title><h1>Down for maintenance</h1>\
     <p>Please try again in a few minutes.</p>";

/// A configuration of a responder, and the ports on which it answers.
pub(super) struct Answering {
    pub(super) text: String,
    pub(super) ports: Vec<u16>,
}

/// A configuration of the proxy's program that answers where the application would.
///
/// # Errors
/// Why users would not understand the answer.
pub(super) fn answering_configuration(
    proxy: &Proxy,
    services: &[String],
) -> Result<Answering, String> {
    let configuration = proxy.configuration.as_deref().map_err(ToString::to_string)?;
    let (ports, text): (_, fn(&str, &[u16]) -> String) = match proxy.kind {
        ProxyKind::Haproxy => (haproxy::ports(configuration, services)?, haproxy_text),
        _ => (nginx::ports(configuration, services)?, nginx_text),
    };
    let ports: Vec<u16> = ports.into_iter().collect();
    Ok(Answering { text: text(configuration, &ports), ports })
}

/// It has the user and the folders for temporary files of the proxy.
fn nginx_text(configuration: &str, ports: &[u16]) -> String {
    let (main, http) = nginx::settings_of_surroundings(configuration);
    let listen: String = ports.iter().map(|port| format!("    listen {port};\n")).collect();
    format!(
        "{main}daemon off;\nworker_processes 1;\npid /dev/shm/tidegate.pid;\n\
         error_log stderr warn;\nevents {{}}\nhttp {{\n{http}  access_log off;\n  \
         server_tokens off;\n  default_type text/html;\n  server {{\n{listen}    \
         add_header Retry-After {RETRY_AFTER} always;\n    return 503 '{PAGE}';\n  }}\n}}\n"
    )
}

fn haproxy_text(_: &str, ports: &[u16]) -> String {
    let bind: String = ports.iter().map(|port| format!("  bind :{port}\n")).collect();
    format!(
        "global\n  maxconn 1000\ndefaults\n  mode http\n  timeout connect 5s\n  \
         timeout client 30s\n  timeout server 30s\nfrontend maintenance\n{bind}  \
         http-request return status 503 content-type text/html hdr Retry-After {RETRY_AFTER} \
         string '{PAGE}'\n"
    )
}

fn command_of(kind: ProxyKind) -> Vec<String> {
    let file = format!("/{FILE}");
    let command = match kind {
        ProxyKind::Haproxy => vec!["haproxy", "-db", "-f", &file],
        _ => vec!["nginx", "-c", &file],
    };
    command.into_iter().map(str::to_owned).collect()
}

/// Starts it beside the proxy, and waits until it answers; its address.
pub(super) async fn start_responder(
    target: &ComposeTarget,
    proxy: &Proxy,
    answering: Answering,
) -> Result<IpAddr, TargetError> {
    let details = &proxy.container.details;
    let own = |network: &&String| !["host", "none"].contains(&network.as_str());
    let network = details.networks.iter().find(own);
    let (Some(network), Some(image)) = (network, details.image_id.clone()) else {
        let problem = format!("{} is in no network of the engine", proxy.container.service);
        let advice = "put it into a network of the Compose file".to_owned();
        return Err(TargetError::Refused { problem, advice });
    };
    let container = NewContainer {
        name: format!("tidegate-maintenance-{}", details.name),
        image,
        command: command_of(proxy.kind),
        network: network.clone(),
        labels: BTreeMap::from([(RESPONDER.to_owned(), target.project.name.clone())]),
        file: (FILE.to_owned(), answering.text),
    };
    let started = target.engine.creation().start(&container).await;
    let id = started.map_err(engine_error("start the container that answers users"))?;
    wait_until_it_listens(target, &id, &answering.ports).await?;
    let addresses = running_responders(target).await?.into_iter().filter(|it| it.id == id);
    let address = addresses.filter_map(|it| it.addresses.get(network).copied()).next();
    address.ok_or_else(|| {
        let problem = format!("the container {} has no address", container.name);
        TargetError::Changed { problem }
    })
}

async fn wait_until_it_listens(
    target: &ComposeTarget,
    id: &ContainerId,
    ports: &[u16],
) -> Result<(), TargetError> {
    let deadline = Instant::now() + START_TIMEOUT;
    let command = ["sh", "-c", SOCKETS].map(str::to_owned);
    loop {
        // It may be ending at the moment: then it does not run.
        let sockets = execute(target, id, &command, None).await.map(|output| output.text);
        let sockets = sockets.unwrap_or_default();
        if ports.iter().all(|port| listens(&sockets, *port)) {
            return Ok(());
        }
        let details = target.engine.containers().inspect(id).await;
        let details = details.map_err(engine_error("inspect a container"))?;
        let has_ended = details.is_none_or(|details| details.restart_count > 0);
        if has_ended || Instant::now() > deadline {
            let log = target.engine.containers().last_lines(id, 3).await.unwrap_or_default();
            let action = "start the container that answers users";
            return Err(TargetError::unavailable(action)(log.trim().replace('\n', "; ")));
        }
        sleep(PAUSE).await;
    }
}

/// Whether a line of `/proc/net/tcp` is a socket that listens on this port.
fn listens(sockets: &str, port: u16) -> bool {
    let end = format!(":{port:04X}");
    sockets.lines().any(|line| {
        let parts: Vec<&str> = line.split_whitespace().collect();
        matches!(parts.as_slice(), [_, local, _, "0A", ..] if local.ends_with(&end))
    })
}

/// Those that run.
pub(super) async fn running_responders(
    target: &ComposeTarget,
) -> Result<Vec<ContainerDetails>, TargetError> {
    let mut responders = all_responders(target).await?;
    responders.retain(|details| details.state.is_running());
    Ok(responders)
}

async fn all_responders(target: &ComposeTarget) -> Result<Vec<ContainerDetails>, TargetError> {
    let filter = format!("{RESPONDER}={}", target.project.name);
    let containers = target.engine.containers();
    let listed = containers.list(Some(&filter)).await;
    let listed = listed.map_err(engine_error("list the containers that answer users"))?;
    let details = containers.inspect_all(listed.iter().map(|container| &container.id)).await;
    details.map_err(engine_error("inspect the containers that answer users"))
}

pub(super) async fn remove_responders(target: &ComposeTarget) -> Result<(), TargetError> {
    let options = ContainerRemoveOptions { force: true, volumes: true };
    for details in all_responders(target).await? {
        let removed = target.engine.containers().remove(&details.id, options).await;
        removed.map_err(engine_error(&format!("remove the container {}", details.name)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_that_listens_is_recognised_by_its_port_and_state() {
        let sockets = "  sl  local_address rem_address   st\n   \
            0: 00000000:1F40 00000000:0000 0A 0\n   1: 0100007F:0050 0100007F:1234 01 0\n";
        assert!(listens(sockets, 8000));
        assert!(!listens(sockets, 80), "that one is connected");
        assert!(!listens(sockets, 8001));
    }

    #[test]
    fn the_answer_has_the_status_and_when_to_come_again() {
        let nginx = nginx_text("user app;\nhttp { proxy_temp_path /tmp/p; }", &[80, 8000]);
        for text in [
            "user app;",
            "  proxy_temp_path /tmp/p;",
            "listen 80;\n    listen 8000;",
            "add_header Retry-After 60 always;",
            "return 503 '<!doctype",
        ] {
            assert!(nginx.contains(text), "{text} is not in\n{nginx}");
        }
        let haproxy = haproxy_text("", &[8000]);
        assert!(haproxy.contains("  bind :8000\n"), "{haproxy}");
        assert!(haproxy.contains("status 503"), "{haproxy}");
        assert!(haproxy.contains("hdr Retry-After 60"), "{haproxy}");
    }
}
