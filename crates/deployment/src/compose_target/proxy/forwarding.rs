/// How a proxy forwards to a service, by its configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forwarding {
    /// It does not.
    None,
    /// It looks the name up with the system's functions, which read `/etc/hosts`.
    ByHosts,
    /// It asks a name server itself.
    ByNameServer,
}

/// Whether an address such as `http://api:8000/path` or `api:8000` names this host.
pub(super) fn is_host(address: &str, host: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let end = rest.find([':', '/']).unwrap_or(rest.len());
    rest[..end].eq_ignore_ascii_case(host)
}

/// The port of an address such as `http://api:8000/path` or `api:8000`.
pub(super) fn port_of(address: &str) -> Option<u16> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok())
}

/// One use of the system's functions needs a reload, whatever the others do.
pub(super) fn combine(found: impl Iterator<Item = Forwarding>) -> Forwarding {
    let rank = |forwarding: &Forwarding| match forwarding {
        Forwarding::None => 0,
        Forwarding::ByNameServer => 1,
        Forwarding::ByHosts => 2,
    };
    found.max_by_key(rank).unwrap_or(Forwarding::None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_an_address_is_read() {
        for (address, port) in [
            ("api:80", Some(80)),
            ("http://api:8000/a:1", Some(8000)),
            ("http://api/", None),
            ("api", None),
        ] {
            assert_eq!(port_of(address), port, "{address}");
        }
    }

    #[test]
    fn the_host_of_an_address_is_compared_whole() {
        for address in ["api", "api:80", "http://api", "http://API:80/x", "h2c://api/"] {
            assert!(is_host(address, "api"), "{address}");
        }
        for address in ["api2:80", "http://x/api", "api.example:80", "unix:/api", ""] {
            assert!(!is_host(address, "api"), "{address}");
        }
    }
}
