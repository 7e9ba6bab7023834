use std::net::{IpAddr, Ipv6Addr};

/// How near a cluster looks.
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

/// Contexts that local tools make, by name …
const NAMES: [&str; 7] = [
    "minikube",
    "docker-desktop",
    "docker-for-desktop",
    "rancher-desktop",
    "colima",
    "orbstack",
    "microk8s",
];
/// … and by the beginning of their name.
const PREFIXES: [&str; 3] = ["kind-", "k3d-", "colima-"];
/// Names that only ever lead to this machine.
const HOSTS: [&str; 5] = [
    "localhost",
    "kubernetes.docker.internal",
    "host.docker.internal",
    "host.k3d.internal",
    "control-plane.minikube.internal",
];

pub(super) fn judge(context: &str, server: Option<&str>, made_by_minikube: bool) -> Locality {
    let known = NAMES.contains(&context) || PREFIXES.iter().any(|p| context.starts_with(p));
    if known || made_by_minikube {
        return Locality::ThisMachine;
    }
    server.map_or(Locality::Elsewhere, judge_server)
}

pub(crate) fn judge_server(server: &str) -> Locality {
    host_of(server).map_or(Locality::Elsewhere, |host| judge_host(&host))
}

fn judge_host(host: &str) -> Locality {
    if HOSTS.contains(&host) || host.ends_with(".localhost") {
        return Locality::ThisMachine;
    }
    host.parse()
        .map_or(Locality::Elsewhere, |address: IpAddr| judge_address(address.to_canonical()))
}

/// Servers that listen on every address are written as `0.0.0.0` by k3d.
fn judge_address(address: IpAddr) -> Locality {
    if address.is_loopback() || address.is_unspecified() {
        return Locality::ThisMachine;
    }
    let nearby = match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    if nearby { Locality::Nearby } else { Locality::Elsewhere }
}

/// The host of `scheme://host:port/path`, in lower case, brackets taken off.
fn host_of(server: &str) -> Option<String> {
    let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
    let authority = rest.split('/').next()?;
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?,
        None if authority.parse::<Ipv6Addr>().is_ok() => authority,
        None => authority.split(':').next()?,
    };
    // A name may end with the root's dot.
    Some(host.trim_end_matches('.').to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(server: &str) -> Locality {
        judge("work", Some(server), false)
    }

    #[test]
    fn clusters_of_local_tools_are_known_by_name() {
        for name in ["minikube", "docker-desktop", "kind-test", "k3d-a", "colima", "colima-x"] {
            let far = Some("https://203.0.113.1:6443");
            assert_eq!(judge(name, far, false), Locality::ThisMachine, "{name}");
        }
        assert_eq!(judge("minikube-prod-lookalike", None, false), Locality::Elsewhere);
    }

    #[test]
    fn a_minikube_profile_of_any_name_is_on_this_machine() {
        assert_eq!(judge("shop", Some("https://203.0.113.9"), true), Locality::ThisMachine);
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
            assert_eq!(at(server), Locality::ThisMachine, "{server}");
        }
    }

    #[test]
    fn private_addresses_are_nearby() {
        for server in
            ["https://192.168.49.2:8443", "https://10.1.2.3", "172.16.0.1:1", "https://[fd00::1]:1"]
        {
            assert_eq!(at(server), Locality::Nearby, "{server}");
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
            assert_eq!(at(server), Locality::Elsewhere, "{server}");
        }
    }
}
