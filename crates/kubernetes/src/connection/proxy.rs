use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use crate::{KubeEnvironment, Locality, kubeconfig::locality_of_server};

/// The proxy for a server: the one in the kubeconfig, else the one in the
/// environment, which is never used for the loopback (`httpproxy` of Go). The reason
/// of the error is for people and leaves the address out: it may hold a password.
pub(super) fn choose_proxy(
    server: &Uri,
    configured: Option<&str>,
    environment: &KubeEnvironment,
) -> Result<Option<Uri>, String> {
    let (proxy, source) = match configured.filter(|proxy| !proxy.is_empty()) {
        Some(configured) => (Some(configured), "proxy-url"),
        None => (environment_proxy(server, environment), "HTTPS_PROXY"),
    };
    match proxy {
        None => Ok(None),
        Some(proxy) => match parse_proxy(proxy) {
            Some(proxy) => Ok(Some(proxy)),
            None => Err(invalid_proxy(source)),
        },
    }
}

fn environment_proxy<'a>(server: &Uri, environment: &'a KubeEnvironment) -> Option<&'a str> {
    let proxy = environment.https_proxy.as_deref()?;
    if locality_of_server(&server.to_string()) == Locality::ThisMachine {
        return None;
    }
    let no_proxy = environment.no_proxy.as_deref().unwrap_or_default();
    // Matches encrypted servers only; the address of the proxy does not matter here.
    let matcher = Matcher::builder().https("http://proxy").no(no_proxy).build();
    matcher.intercept(server).map(|_| proxy)
}

/// Without a scheme it is plain HTTP. The traffic to a server is encrypted through
/// each kind of proxy.
fn parse_proxy(proxy: &str) -> Option<Uri> {
    let proxy = if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") };
    let uri: Uri = proxy.parse().ok()?;
    matches!(uri.scheme_str(), Some("http" | "socks5" | "socks5h")).then_some(uri)
}

fn invalid_proxy(source: &str) -> String {
    format!("{source} is not a valid proxy address (http or socks5)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose_from_environment(server: &str, no_proxy: &str) -> Option<String> {
        let environment = KubeEnvironment {
            https_proxy: Some("proxy.example.org:3128".into()),
            no_proxy: Some(no_proxy.into()),
            ..KubeEnvironment::default()
        };
        let proxy = choose_proxy(&server.parse().unwrap(), None, &environment).unwrap();
        proxy.map(|proxy| proxy.to_string())
    }

    #[test]
    fn a_remote_server_is_reached_through_the_proxy_of_the_environment() {
        let proxy = choose_from_environment("https://api.example.org:6443", "").unwrap();
        assert_eq!(proxy, "http://proxy.example.org:3128/");
    }

    #[test]
    fn no_proxy_and_the_loopback_are_exempt() {
        for (server, no_proxy) in [
            ("https://127.0.0.1:6443", ""),
            ("https://localhost:6443", ""),
            ("https://192.168.49.2:8443", "localhost,192.168.49.0/24"),
            ("https://api.example.org", ".example.org"),
            ("http://api.example.org", ""),
        ] {
            assert_eq!(choose_from_environment(server, no_proxy), None, "{server}");
        }
    }

    #[test]
    fn the_proxy_of_the_kubeconfig_wins() {
        let server = "https://127.0.0.1:6443".parse().unwrap();
        let configured = Some("socks5://localhost:1080");
        let proxy = choose_proxy(&server, configured, &KubeEnvironment::default());
        assert_eq!(proxy.unwrap().unwrap().scheme_str(), Some("socks5"));
    }

    #[test]
    fn an_invalid_proxy_is_refused_without_its_password() {
        let server = "https://host".parse().unwrap();
        let configured = Some("ftp://me:canary@proxy");
        let refusal = choose_proxy(&server, configured, &KubeEnvironment::default());
        assert_eq!(refusal.unwrap_err(), invalid_proxy("proxy-url"));
    }
}
