use std::net::{IpAddr, Ipv6Addr};

/// How near a cluster is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Locality {
    /// Made by a tool that runs clusters on the user's own machine, or its
    /// server is on the loopback.
    ThisMachine,
    /// Its server has a private or link-local address: a virtual machine on
    /// this machine, or another one in the same network.
    Nearby,
    /// Anywhere else.
    Elsewhere,
}

/// Names of contexts that local tools create.
const LOCAL_CONTEXTS: [&str; 7] = [
    "minikube",
    "docker-desktop",
    "docker-for-desktop",
    "rancher-desktop",
    "colima",
    "orbstack",
    "microk8s",
];
/// Prefixes of the names of contexts that local tools create.
const LOCAL_CONTEXT_PREFIXES: [&str; 3] = ["kind-", "k3d-", "colima-"];
/// Host names that always resolve to this machine.
const LOCAL_HOSTS: [&str; 5] = [
    "localhost",
    "kubernetes.docker.internal",
    "host.docker.internal",
    "host.k3d.internal",
    "control-plane.minikube.internal",
];

pub(super) fn locality_of_context(
    context: &str,
    server: Option<&str>,
    is_minikube: bool,
) -> Locality {
    let is_local = is_minikube
        || LOCAL_CONTEXTS.contains(&context)
        || LOCAL_CONTEXT_PREFIXES.iter().any(|prefix| context.starts_with(prefix));
    if is_local {
        return Locality::ThisMachine;
    }
    server.map_or(Locality::Elsewhere, locality_of_server)
}

pub(crate) fn locality_of_server(server: &str) -> Locality {
    server_host(server).map_or(Locality::Elsewhere, |host| locality_of_host(&host))
}

fn locality_of_host(host: &str) -> Locality {
    if LOCAL_HOSTS.contains(&host) || host.ends_with(".localhost") {
        return Locality::ThisMachine;
    }
    match host.parse::<IpAddr>() {
        Ok(address) => locality_of_address(address.to_canonical()),
        Err(_) => Locality::Elsewhere,
    }
}

/// k3d writes servers that listen on every address as `0.0.0.0`.
fn locality_of_address(address: IpAddr) -> Locality {
    if address.is_loopback() || address.is_unspecified() {
        return Locality::ThisMachine;
    }
    let is_nearby = match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    if is_nearby { Locality::Nearby } else { Locality::Elsewhere }
}

/// The host of `scheme://host:port/path`, in lower case and without brackets.
fn server_host(server: &str) -> Option<String> {
    let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
    let authority = rest.split('/').next()?;
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?,
        None if authority.parse::<Ipv6Addr>().is_ok() => authority,
        None => authority.split(':').next()?,
    };
    // A fully qualified name may end with a dot.
    Some(host.trim_end_matches('.').to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_of_local_tools_are_recognised_by_name() {
        for name in ["minikube", "docker-desktop", "kind-test", "k3d-a", "colima", "colima-x"] {
            let remote = Some("https://203.0.113.1:6443");
            assert_eq!(locality_of_context(name, remote, false), Locality::ThisMachine, "{name}");
        }
        let locality = locality_of_context("minikube-prod-lookalike", None, false);
        assert_eq!(locality, Locality::Elsewhere);
    }

    #[test]
    fn a_minikube_profile_of_any_name_is_on_this_machine() {
        let locality = locality_of_context("shop", Some("https://203.0.113.9"), true);
        assert_eq!(locality, Locality::ThisMachine);
    }

    #[test]
    fn the_loopback_is_this_machine() {
        for server in [
            "https://127.0.0.1:6443",
            "https://[::1]:6443",
            "https://LOCALHOST:1",
            "https://localhost.:1",
            "https://0.0.0.0:6550",
            "https://[::ffff:127.0.0.1]:1",
            "https://kubernetes.docker.internal:6443",
            "localhost:8080",
        ] {
            assert_eq!(locality_of_server(server), Locality::ThisMachine, "{server}");
        }
    }

    #[test]
    fn private_addresses_are_nearby() {
        for server in
            ["https://192.168.49.2:8443", "https://10.1.2.3", "172.16.0.1:1", "https://[fd00::1]:1"]
        {
            assert_eq!(locality_of_server(server), Locality::Nearby, "{server}");
        }
    }

    #[test]
    fn public_addresses_and_names_are_elsewhere() {
        for server in [
            "https://203.0.113.1",
            "https://api.example.org:6443",
            "https://localhost.example.org",
            "https://[2001:db8::1]",
            "",
        ] {
            assert_eq!(locality_of_server(server), Locality::Elsewhere, "{server}");
        }
    }
}
