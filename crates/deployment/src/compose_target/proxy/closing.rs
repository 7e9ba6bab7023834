//! Makes the proxies answer users with 503 in the place of the application, without a
//! change of the user's files.
//!
//! nginx and `HAProxy` send the requests for a service to a container of their own image
//! that answers so: its address is written to their `/etc/hosts`, as for a switch, and
//! they are reloaded. Caddy, which keeps connections to the application when a name gets
//! another address, is reloaded with its own configuration in which the handlers that
//! forward to the application answer instead. Both are gone when the proxy is restarted.

use configuration::ProxyKind;

use super::{
    caddy_closing::{close_caddy, open_caddy},
    forwarding::Forwarding,
    found::{Proxy, running_proxies},
    hosts::{MAINTENANCE, STEERING, write_command},
    responder::{answering_configuration, remove_responders, running_responders, start_responder},
    steering::{DRAIN, reload, run_as_root, wait_until_drained},
};
use crate::{
    compose_target::connect::ComposeTarget,
    plan::Role,
    target::{ClosedProxy, TargetError},
};

/// Closes every proxy that forwards to the application, or none.
pub(in crate::compose_target) async fn close_proxies(
    target: &ComposeTarget,
) -> Result<Vec<ClosedProxy>, TargetError> {
    let proxies = closable_proxies(target).await?;
    remove_responders(target).await?;
    let mut closed = Vec::new();
    for (proxy, services) in &proxies {
        let outcome = match proxy.kind {
            ProxyKind::Caddy => close_caddy(target, proxy, services).await,
            _ => close_by_hosts(target, proxy, services).await,
        };
        closed.push(closed_proxy(proxy));
        if let Err(error) = outcome {
            // Why it could not be closed matters more.
            let _ = open_proxies(target, &closed).await;
            return Err(error);
        }
    }
    Ok(closed)
}

/// Lets the proxies forward to the application again.
pub(in crate::compose_target) async fn open_proxies(
    target: &ComposeTarget,
    closed: &[ClosedProxy],
) -> Result<(), TargetError> {
    let proxies = running_proxies(target).await?;
    let application = application_services(target, &proxies);
    for proxy in proxies {
        // Without a list it is not clear which were closed.
        let may_be_closed = closed.is_empty() || closed.contains(&closed_proxy(&proxy));
        let forwards = |service: &String| proxy.forwarding(service) == Forwarding::ByHosts;
        match proxy.kind {
            ProxyKind::Caddy if may_be_closed => open_caddy(target, &proxy).await?,
            // Who was killed may have removed the lines, and not have reloaded the proxy.
            ProxyKind::Nginx | ProxyKind::Haproxy
                if !proxy.closed_services.is_empty()
                    || may_be_closed && application.iter().any(forwards) =>
            {
                open_by_hosts(target, &proxy).await?;
            }
            _ => {}
        }
    }
    remove_responders(target).await
}

/// What keeps the closed proxies from answering as they should, a line each.
pub(in crate::compose_target) async fn closing_problems(
    target: &ComposeTarget,
    closed: &[ClosedProxy],
) -> Result<Vec<String>, TargetError> {
    let proxies = running_proxies(target).await?;
    let responders = running_responders(target).await?;
    let mut problems = Vec::new();
    for before in closed {
        let same = proxies.iter().find(|proxy| closed_proxy(proxy) == *before);
        let is_pinned = |proxy: &Proxy| {
            let addresses = responders.iter().flat_map(|it| it.addresses.values());
            proxy.kind == ProxyKind::Caddy
                || addresses.into_iter().any(|address| proxy.closed_by.contains(address))
        };
        match same {
            Some(proxy) if is_pinned(proxy) => {}
            Some(_) => problems.push(format!(
                "{} does not answer for the application: the container that does is gone; \
                 `deploy --maintenance on` starts it again",
                before.name
            )),
            None => problems.push(format!(
                "{} was restarted or replaced since, so users reach the application; \
                 `deploy --maintenance on` closes it again",
                before.name
            )),
        }
    }
    Ok(problems)
}

pub(super) fn closed_proxy(proxy: &Proxy) -> ClosedProxy {
    let details = &proxy.container.details;
    ClosedProxy {
        service: proxy.container.service.clone(),
        instance: details.id.to_string(),
        name: details.name.clone(),
        started: details.started,
    }
}

/// The proxies that forward to the application, each with the services that it forwards to.
///
/// # Errors
/// [`TargetError::Refused`] when users could reach the application all the same.
async fn closable_proxies(
    target: &ComposeTarget,
) -> Result<Vec<(Proxy, Vec<String>)>, TargetError> {
    let proxies = running_proxies(target).await?;
    if proxies.is_empty() {
        let problem = "no proxy runs in the project that can answer users: nginx, HAProxy or Caddy";
        return Err(refused(problem, "start it, or name its service in `deploy.proxy`"));
    }
    let application = application_services(target, &proxies);
    let mut closable = Vec::new();
    for proxy in proxies {
        require_understood(&proxy)?;
        let forwards = |name: &&String| proxy.forwarding(name) != Forwarding::None;
        let services: Vec<String> = application.iter().filter(forwards).cloned().collect();
        if !services.is_empty() {
            require_closable(&proxy, &services)?;
            closable.push((proxy, services));
        }
    }
    if closable.is_empty() {
        let problem = "no proxy of the project forwards to a service of the application";
        return Err(refused(problem, "forward to the service by its name, `http://SERVICE:PORT`"));
    }
    Ok(closable)
}

/// A proxy is no part of the application, whatever its image is called.
fn application_services(target: &ComposeTarget, proxies: &[Proxy]) -> Vec<String> {
    let model = target.model();
    let services = model.services.iter().filter(|(name, declared)| {
        let image = model.image_of(name);
        target.roles.role_of(name, image.as_deref(), declared) == Role::Application
            && proxies.iter().all(|proxy| proxy.container.service != **name)
    });
    services.map(|(name, _)| name.clone()).collect()
}

fn require_understood(proxy: &Proxy) -> Result<(), TargetError> {
    let name = &proxy.container.service;
    if proxy.kind == ProxyKind::Traefik {
        let problem = format!("{name} runs Traefik, which finds containers by itself");
        return Err(refused(problem, "let it answer by a router of its own, or stop it"));
    }
    match &proxy.configuration {
        Ok(_) => Ok(()),
        Err(unreadable) => {
            let problem = format!("the configuration of {name} cannot be read: {unreadable}");
            Err(refused(problem, "correct it, or make `cat` available in its image"))
        }
    }
}

fn require_closable(proxy: &Proxy, services: &[String]) -> Result<(), TargetError> {
    let name = &proxy.container.service;
    let by_name_server =
        services.iter().find(|service| proxy.forwarding(service) == Forwarding::ByNameServer);
    if let (Some(service), true) = (by_name_server, proxy.kind != ProxyKind::Caddy) {
        let problem = format!("{name} asks a name server by itself for {service}");
        let advice = "write the service's name without a variable or `resolvers`";
        return Err(refused(problem, advice));
    }
    if !proxy.can_reload() {
        let problem = format!("{name} cannot be reloaded");
        return Err(refused(problem, "start HAProxy with `-W`"));
    }
    if !proxy.can_steer {
        let problem = format!("`/etc/hosts` of {name} cannot be written");
        return Err(refused(problem, "use an image with `sh`, without `read_only`"));
    }
    Ok(())
}

async fn close_by_hosts(
    target: &ComposeTarget,
    proxy: &Proxy,
    services: &[String],
) -> Result<(), TargetError> {
    let configuration = answering_configuration(proxy, services).map_err(|problem| {
        let problem = format!("{}: {problem}", proxy.container.service);
        refused(problem, "answer users elsewhere, or stop the proxy")
    })?;
    let address = start_responder(target, proxy, configuration).await?;
    for service in services {
        // A deployment that was killed may have left its line.
        run_as_root(target, proxy, &write_command(STEERING, service, &[])).await?;
        run_as_root(target, proxy, &write_command(MAINTENANCE, service, &[address])).await?;
    }
    reload(target, proxy).await?;
    wait_until_drained(target, proxy, DRAIN).await
}

/// When the proxy refuses to forward again, as nginx does while the name of a service
/// cannot be resolved, it stays closed.
async fn open_by_hosts(target: &ComposeTarget, proxy: &Proxy) -> Result<(), TargetError> {
    for service in &proxy.closed_services {
        run_as_root(target, proxy, &write_command(MAINTENANCE, service, &[])).await?;
    }
    if let Err(error) = reload(target, proxy).await {
        for service in &proxy.closed_services {
            let command = write_command(MAINTENANCE, service, &proxy.closed_by);
            run_as_root(target, proxy, &command).await?;
        }
        return Err(error);
    }
    wait_until_drained(target, proxy, DRAIN).await
}

fn refused(problem: impl Into<String>, advice: &str) -> TargetError {
    TargetError::Refused { problem: problem.into(), advice: advice.to_owned() }
}
