use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use local_docker::{ContainerDetails, SshDestination};
use operation::error_chain;
use tokio::time::timeout as within;
use transport::{Fetched, HttpError, Request, Url, get_over};

use super::{connect::ComposeTarget, instances::container_id};
use crate::plan::Instance;

/// Bytes of a body that are read.
const BODY_LIMIT: usize = 1 << 16;
/// What connecting by ssh may take, beside the time of the request.
const SSH_ALLOWANCE: Duration = Duration::from_secs(30);

/// A status and a body; the problem, when there is no answer.
type Answer = Result<(u16, String), String>;

/// Requests a path of a container by its own address, without a proxy in between; through ssh,
/// when that is the way to the engine.
pub(super) async fn request_path(
    target: &ComposeTarget,
    instance: &Instance,
    port: Option<u16>,
    path: &str,
    timeout: Duration,
) -> Answer {
    let id = container_id(instance).map_err(|error| error.to_string())?;
    let details = target.engine.containers().inspect(&id).await;
    let details = details.map_err(|error| error_chain(&error))?;
    let details = details.ok_or_else(|| format!("{} was removed", instance.name))?;
    let address = instance_address(&details, port)?;
    let path = path.trim_start_matches('/');
    let url = format!("http://{address}/{path}");
    let url: Url = url.parse().map_err(|_| format!("`{path}` is no path"))?;
    match target.engine.ssh() {
        Some(ssh) => request_by_ssh(ssh, address, &url, timeout).await,
        None => request_directly(target, url, timeout).await,
    }
}

async fn request_directly(target: &ComposeTarget, url: Url, timeout: Duration) -> Answer {
    let request = Request::get(url).without_redirects().patience(timeout);
    let response = within(timeout, target.http.fetch(&request, BODY_LIMIT)).await;
    match response.map_err(|_| no_answer(timeout))? {
        Ok(response) => Ok(answer_of(&response)),
        // A status that a client would wait for is an answer as well.
        Err(error) => {
            let status = error.status().ok_or_else(|| error.to_string())?;
            Ok((status.as_u16(), String::new()))
        }
    }
}

async fn request_by_ssh(
    ssh: &SshDestination,
    address: SocketAddr,
    url: &Url,
    timeout: Duration,
) -> Answer {
    let tunnel = ssh.tunnel(address).map_err(|error| error.to_string())?;
    let response = get_over(tunnel, url, BODY_LIMIT, timeout + SSH_ALLOWANCE).await;
    response.map(|response| answer_of(&response)).map_err(|error| match error {
        HttpError::TimedOut { .. } => no_answer(timeout + SSH_ALLOWANCE),
        // The reason has the last lines of ssh.
        HttpError::Interrupted { reason, .. } => reason,
        other => other.to_string(),
    })
}

fn answer_of(response: &Fetched) -> (u16, String) {
    (response.status.as_u16(), String::from_utf8_lossy(&response.body).into_owned())
}

fn no_answer(timeout: Duration) -> String {
    format!("no answer within {} s", timeout.as_secs())
}

fn instance_address(details: &ContainerDetails, port: Option<u16>) -> Result<SocketAddr, String> {
    let address: Option<&IpAddr> = details.addresses.values().next();
    let address = address.ok_or_else(|| format!("{} has no address yet", details.name))?;
    let port = match (port, details.exposed_ports.as_slice()) {
        (Some(port), _) => port,
        (None, [port]) => *port,
        (None, []) => return Err(choose_port(details, "exposes no port")),
        (None, _) => return Err(choose_port(details, "exposes several ports")),
    };
    Ok(SocketAddr::new(*address, port))
}

fn choose_port(details: &ContainerDetails, problem: &str) -> String {
    format!("{} {problem}; set `port` of its health check", details.name)
}
