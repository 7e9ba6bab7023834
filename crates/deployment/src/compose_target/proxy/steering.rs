//! Sends a proxy's requests to some of a service's containers, and to no others.

use std::{net::IpAddr, time::Duration};

use configuration::ProxyKind;
use tokio::time::{Instant, sleep};

use super::{
    forwarding::Forwarding,
    found::{Proxy, ROOT, execute, failure_line, running_proxies},
    hosts::{STEERING, write_command},
    program::option_values,
};
use crate::{
    compose_target::{
        connect::ComposeTarget,
        engine_error::engine_error,
        instances::{container_id, service_containers},
    },
    plan::Instance,
    target::TargetError,
};

/// For how long a Go program goes on using what it read from `/etc/hosts` (`cacheMaxAge`
/// in Go's `net/hosts.go`: 5 s), and a second.
const HOSTS_CACHE: Duration = Duration::from_secs(6);
/// The pause between two looks at a proxy's processes.
const PAUSE: Duration = Duration::from_millis(100);
/// For how long the old container may finish requests.
pub(super) const DRAIN: Duration = Duration::from_secs(10);
/// How long a reload may take until new processes serve.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Makes the proxies before a service use these instances only, and waits until they have
/// ended what they sent to others.
pub(in crate::compose_target) async fn steer_proxies(
    target: &ComposeTarget,
    service: &str,
    instances: &[Instance],
) -> Result<(), TargetError> {
    let proxies = forwarding_proxies(target, service).await?;
    steer(target, service, instances, proxies).await
}

async fn steer(
    target: &ComposeTarget,
    service: &str,
    instances: &[Instance],
    proxies: Vec<Proxy>,
) -> Result<(), TargetError> {
    let settings = target.settings.service_settings.get(service);
    let drain = settings.and_then(|own| own.drain).map_or(DRAIN, |drain| drain.duration());
    for proxy in proxies {
        if proxy.can_steer {
            let addresses = shared_addresses(target, &proxy, instances).await?;
            write_hosts(target, &proxy, service, &addresses).await?;
        }
        reload(target, &proxy).await?;
        wait_until_drained(target, &proxy, drain).await?;
    }
    Ok(())
}

/// Does the same for taking a switch back. A proxy of which the configuration cannot be read
/// is left alone: the failed version must be stopped all the same.
pub(in crate::compose_target) async fn steer_proxies_back(
    target: &ComposeTarget,
    service: &str,
    instances: &[Instance],
) -> Result<(), TargetError> {
    let proxies = running_proxies(target).await?.into_iter();
    let proxies = proxies.filter(|proxy| needs_steering(proxy, service)).collect();
    steer(target, service, instances, proxies).await
}

/// Makes the proxies before a service use every container of it that runs. `may_have_moved`
/// is whether others may run than those that the proxies found at their last look: without
/// that, and if it was not steered, one whose configuration cannot be read is left alone.
pub(in crate::compose_target) async fn release_proxies(
    target: &ComposeTarget,
    service: &str,
    may_have_moved: bool,
) -> Result<(), TargetError> {
    for proxy in running_proxies(target).await? {
        // Also when its configuration is another one by now.
        let was_steered =
            proxy.can_steer && write_hosts(target, &proxy, service, &[]).await?.steered_before;
        if was_steered || may_have_moved || !proxy.can_steer {
            proxy.require_readable()?;
        }
        if needs_steering(&proxy, service) {
            reload(target, &proxy).await?;
        }
    }
    Ok(())
}

/// Runs the service's `before-stop` command in an instance that is about to be stopped.
pub(in crate::compose_target) async fn run_before_stop(
    target: &ComposeTarget,
    service: &str,
    instance: &Instance,
) -> Result<(), TargetError> {
    let settings = target.settings.service_settings.get(service);
    let Some(command) = settings.and_then(|own| own.before_stop.as_ref()) else { return Ok(()) };
    let output = execute(target, &container_id(instance)?, command.argv(), None).await?;
    if output.code == 0 {
        return Ok(());
    }
    let problem = format!("`{}` in {} ended with {}", command.line(), instance.name, output.code);
    Err(TargetError::Changed { problem })
}

async fn forwarding_proxies(
    target: &ComposeTarget,
    service: &str,
) -> Result<Vec<Proxy>, TargetError> {
    let mut proxies = running_proxies(target).await?;
    proxies.iter().try_for_each(Proxy::require_readable)?;
    proxies.retain(|proxy| needs_steering(proxy, service));
    Ok(proxies)
}

fn needs_steering(proxy: &Proxy, service: &str) -> bool {
    let is_other = proxy.container.service != service;
    // During a maintenance no request of it comes to the service.
    let is_closed = proxy.closed_services.iter().any(|closed| closed == service);
    is_other && !is_closed && proxy.forwarding(service) == Forwarding::ByHosts && proxy.can_reload()
}

/// The addresses of instances in a network that the proxy is in.
async fn shared_addresses(
    target: &ComposeTarget,
    proxy: &Proxy,
    instances: &[Instance],
) -> Result<Vec<IpAddr>, TargetError> {
    let networks = &proxy.container.details.networks;
    let containers = service_containers(target).await?.into_iter().filter(|container| {
        instances.iter().any(|instance| instance.id == container.details.id.as_str())
    });
    let addresses = containers.filter_map(|container| {
        let mut addresses = container.details.addresses.into_iter();
        addresses.find(|(network, _)| networks.contains(network)).map(|(_, address)| address)
    });
    let addresses: Vec<IpAddr> = addresses.collect();
    if addresses.len() == instances.len() {
        return Ok(addresses);
    }
    let problem = format!("{} shares no network with the service", proxy.container.details.name);
    Err(TargetError::Changed { problem })
}

async fn write_hosts(
    target: &ComposeTarget,
    proxy: &Proxy,
    service: &str,
    addresses: &[IpAddr],
) -> Result<HostsChange, TargetError> {
    let command = write_command(STEERING, service, addresses);
    let output = succeed(target, proxy, &command, Some(ROOT), "write /etc/hosts").await?;
    Ok(HostsChange { steered_before: !output.trim().is_empty() })
}

/// What was in a proxy's `/etc/hosts`.
struct HostsChange {
    /// Whether it had a line for the service.
    steered_before: bool,
}

/// Runs a command of [`write_command`].
pub(super) async fn run_as_root(
    target: &ComposeTarget,
    proxy: &Proxy,
    command: &[String],
) -> Result<(), TargetError> {
    succeed(target, proxy, command, Some(ROOT), "write /etc/hosts").await.map(drop)
}

/// Reloads a proxy, if its configuration is valid.
pub(super) async fn reload(target: &ComposeTarget, proxy: &Proxy) -> Result<(), TargetError> {
    let values = |option| option_values(proxy.command(), option);
    let with_files = |command: &[&str], option: &str, files: Vec<&str>| -> Vec<String> {
        let files = files.into_iter().flat_map(|file| [option.to_owned(), file.to_owned()]);
        command.iter().map(|word| (*word).to_owned()).chain(files).collect()
    };
    match proxy.kind {
        ProxyKind::Nginx => {
            let check = with_files(&["nginx", "-t"], "-c", values("-c"));
            succeed(target, proxy, &check, None, "check the configuration").await?;
            signal(target, proxy, "SIGHUP").await
        }
        ProxyKind::Haproxy => {
            let check = with_files(&["haproxy", "-c"], "-f", values("-f"));
            succeed(target, proxy, &check, None, "check the configuration").await?;
            signal(target, proxy, "SIGUSR2").await
        }
        ProxyKind::Caddy | ProxyKind::Traefik => Ok(()),
    }
}

async fn signal(target: &ComposeTarget, proxy: &Proxy, signal: &str) -> Result<(), TargetError> {
    let sent = target.engine.containers().signal(proxy.id(), signal).await;
    sent.map_err(engine_error(&format!("reload {}", proxy.container.details.name)))
}

async fn succeed(
    target: &ComposeTarget,
    proxy: &Proxy,
    command: &[String],
    user: Option<&str>,
    action: &str,
) -> Result<String, TargetError> {
    let output = execute(target, proxy.id(), command, user).await?;
    if output.code == 0 {
        return Ok(output.text);
    }
    let action = format!("{action} of {}", proxy.container.details.name);
    Err(TargetError::unavailable(action)(failure_line(&output.text)))
}

/// Waits until the processes that had the earlier addresses are gone: they end after
/// their last request. Caddy is not reloaded, since that loses connections which it has
/// not accepted yet; it looks a name up for each connection, and gets the whole time.
pub(super) async fn wait_until_drained(
    target: &ComposeTarget,
    proxy: &Proxy,
    drain: Duration,
) -> Result<(), TargetError> {
    if proxy.kind == ProxyKind::Caddy {
        sleep(drain.max(HOSTS_CACHE)).await;
        return Ok(());
    }
    let started = Instant::now();
    loop {
        let processes = target.engine.processes().list(proxy.id()).await;
        let processes = processes.map_err(engine_error("look at a proxy's processes"))?;
        let is_before = |id: &str| proxy.processes.iter().any(|before| before.id == id);
        let (old, new): (Vec<_>, Vec<_>) =
            processes.iter().skip(1).partition(|process| is_before(&process.id));
        if !new.is_empty() && (old.is_empty() || started.elapsed() >= drain) {
            return Ok(());
        }
        if new.is_empty() && started.elapsed() >= RELOAD_TIMEOUT {
            let problem = format!("{} was not reloaded", proxy.container.details.name);
            return Err(TargetError::Changed { problem });
        }
        sleep(PAUSE).await;
    }
}
