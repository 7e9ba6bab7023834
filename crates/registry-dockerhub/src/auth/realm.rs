use std::net::IpAddr;

use transport::Url;

/// Whether credentials may be sent to the token server that a registry named.
///
/// A registry answers its challenge without proof of who it is when spoken to
/// in plain text, and a hostile one could name any machine of the network.
pub(super) fn check(realm: &Url, registry: &Url) -> Result<(), &'static str> {
    if !realm.username().is_empty() || realm.password().is_some() {
        return Err("has a user name in it");
    }
    let same_host = realm.host_str().is_some() && realm.host_str() == registry.host_str();
    let both_local = is_loopback(realm) && is_loopback(registry);
    match realm.scheme() {
        "https" if same_host || !is_private_address(realm) => Ok(()),
        "https" => Err("is an address of a private network"),
        "http" if registry.scheme() == "http" && (same_host || both_local) => Ok(()),
        "http" => Err("is not encrypted"),
        _ => Err("is no web address"),
    }
}

fn address(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

fn is_loopback(url: &Url) -> bool {
    url.host_str() == Some("localhost") || address(url).is_some_and(|ip| ip.is_loopback())
}

fn is_private_address(url: &Url) -> bool {
    let private = match address(url) {
        Some(IpAddr::V4(ip)) => ip.is_private() || ip.is_link_local() || ip.is_unspecified(),
        Some(IpAddr::V6(ip)) => match ip.to_ipv4_mapped() {
            Some(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
            None => ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified(),
        },
        None => false,
    };
    private || is_loopback(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(realm: &str, registry: &str) -> bool {
        check(&realm.parse().unwrap(), &registry.parse().unwrap()).is_ok()
    }

    #[test]
    fn a_public_token_server_is_asked_over_https_only() {
        let registry = "https://registry.example/";
        assert!(allowed("https://auth.example/token", registry));
        assert!(!allowed("http://auth.example/token", registry));
        assert!(!allowed("http://registry.example/token", registry));
        assert!(!allowed("ftp://auth.example/token", registry));
        assert!(!allowed("https://me:secret@auth.example/token", registry));
    }

    #[test]
    fn machines_of_the_private_network_get_no_credentials() {
        let registry = "https://registry.example/";
        for host in [
            "169.254.169.254",
            "10.0.0.1",
            "127.0.0.1",
            "localhost",
            "[::1]",
            "[fd00::1]",
            "[::ffff:10.0.0.1]",
        ] {
            assert!(!allowed(&format!("https://{host}/token"), registry), "{host}");
        }
        assert!(allowed("https://10.0.0.1/token", "https://10.0.0.1:5000/"));
    }

    #[test]
    fn servers_of_a_rehearsal_may_have_two_ports() {
        assert!(allowed("http://127.0.0.1:5001/token", "http://127.0.0.1:5000/"));
        assert!(allowed("http://localhost:5001/token", "http://127.0.0.1:5000/"));
        assert!(!allowed("http://10.0.0.1/token", "http://127.0.0.1:5000/"));
    }
}
