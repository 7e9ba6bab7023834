//! `HAProxy`, by its configuration files.

use std::collections::BTreeSet;

use super::forwarding::{Forwarding, combine, is_host, port_of};

/// How this configuration forwards to a service.
pub(super) fn forwarding(configuration: &str, service: &str) -> Forwarding {
    combine(lines(configuration).map(|parts| forwards(&parts, service)))
}

/// Whether the configuration asks for a process that survives a reload.
pub(super) fn is_master_worker(configuration: &str) -> bool {
    lines(configuration).any(|parts| parts == ["master-worker"])
}

/// The ports on which these services are reached.
///
/// # Errors
/// When they are reached in another way than by plain HTTP, or at any port.
pub(super) fn ports(configuration: &str, services: &[String]) -> Result<BTreeSet<u16>, String> {
    let mut ports = BTreeSet::new();
    for parts in lines(configuration) {
        let (address, options) = match parts.as_slice() {
            ["server", _, address, options @ ..]
            | ["server-template", _, _, address, options @ ..] => (address, options),
            _ => continue,
        };
        if !services.iter().any(|service| is_host(address, service)) {
            continue;
        }
        let needs_more = |option: &&&str| **option == "ssl" || option.starts_with("send-proxy");
        if let Some(option) = options.iter().find(needs_more) {
            return Err(format!("`server` with `{option}` needs another answer than HTTP's"));
        }
        let port = port_of(address);
        ports.insert(port.ok_or_else(|| format!("`{}` names no port", parts.join(" ")))?);
    }
    Ok(ports)
}

fn forwards(parts: &[&str], service: &str) -> Forwarding {
    let (address, options) = match parts {
        ["server", _, address, options @ ..] | ["server-template", _, _, address, options @ ..] => {
            (address, options)
        }
        _ => return Forwarding::None,
    };
    match (is_host(address, service), options.contains(&"resolvers")) {
        (false, _) => Forwarding::None,
        (true, false) => Forwarding::ByHosts,
        (true, true) => Forwarding::ByNameServer,
    }
}

fn lines(configuration: &str) -> impl Iterator<Item = Vec<&str>> {
    configuration.lines().map(|line| {
        let end = line.find('#').unwrap_or(line.len());
        line[..end].split_whitespace().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_with_resolvers_is_looked_up_at_a_name_server() {
        for (configuration, expected) in [
            ("backend b\n  server one api:8000 check", Forwarding::ByHosts),
            ("  server one api:8000 check resolvers docker", Forwarding::ByNameServer),
            ("  server-template api 3 api:8000 resolvers docker", Forwarding::ByNameServer),
            ("  # server one api:8000", Forwarding::None),
            ("  server api other:8000", Forwarding::None),
        ] {
            assert_eq!(forwarding(configuration, "api"), expected, "{configuration}");
        }
    }

    #[test]
    fn the_ports_of_services_are_found_where_they_are_reached_by_plain_http() {
        let found = |configuration: &str| ports(configuration, &["api".to_owned()]);
        let two = "  server one api:8000 check\n  server two api:81\n  server db db:1 ssl\n";
        assert_eq!(found(two), Ok(BTreeSet::from([81, 8000])));
        for line in ["server one api:443 ssl", "server one api:80 send-proxy-v2", "server one api"]
        {
            assert!(found(line).is_err(), "{line}");
        }
    }

    #[test]
    fn the_mode_may_be_configured() {
        assert!(is_master_worker("global\n  master-worker # reload without loss\n"));
        assert!(!is_master_worker("global\n  # master-worker\n"));
    }
}
