use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use crate::{Locality, Surroundings, kubeconfig::locality_of_server};

/// The proxy on the way to a server: the one that the kubeconfig states, else
/// the one of the surroundings, which never stands before the loopback
/// (`httpproxy` of Go). The reason of the error is for a person and leaves the
/// address out: it may hold a password.
pub(super) fn choose(
    server: &Uri,
    stated: Option<&str>,
    surroundings: &Surroundings,
) -> Result<Option<Uri>, String> {
    let stated = stated.filter(|proxy| !proxy.is_empty());
    let found = stated.or_else(|| of_surroundings(server, surroundings));
    let source = if stated.is_some() { "proxy-url" } else { "HTTPS_PROXY" };
    let parsed = found.map(|proxy| parse(proxy).ok_or_else(|| unusable(source)));
    parsed.transpose()
}

fn of_surroundings<'a>(server: &Uri, surroundings: &'a Surroundings) -> Option<&'a str> {
    let proxy = surroundings.https_proxy.as_deref()?;
    if locality_of_server(&server.to_string()) == Locality::ThisMachine {
        return None;
    }
    let no = surroundings.no_proxy.as_deref().unwrap_or_default();
    // Only encrypted servers are asked about; what the proxy is does not matter here.
    let matcher = Matcher::builder().https("http://proxy").no(no).build();
    matcher.intercept(server).map(|_| proxy)
}

/// Without a scheme it is plain HTTP. What is sent to a server is encrypted on
/// its way through each of them.
fn parse(proxy: &str) -> Option<Uri> {
    let proxy = if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") };
    let uri: Uri = proxy.parse().ok()?;
    matches!(uri.scheme_str(), Some("http" | "socks5" | "socks5h")).then_some(uri)
}

fn unusable(source: &str) -> String {
    format!("{source} is no address of a proxy (http or socks5)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(server: &str, no_proxy: &str) -> Option<String> {
        let surroundings = Surroundings {
            https_proxy: Some("proxy.example.org:3128".into()),
            no_proxy: Some(no_proxy.into()),
            ..Surroundings::default()
        };
        let proxy = choose(&server.parse().unwrap(), None, &surroundings).unwrap();
        proxy.map(|proxy| proxy.to_string())
    }

    #[test]
    fn a_server_elsewhere_is_reached_through_the_proxy_of_the_surroundings() {
        let proxy = chosen("https://api.example.org:6443", "").unwrap();
        assert_eq!(proxy, "http://proxy.example.org:3128/");
    }

    #[test]
    fn no_proxy_and_the_loopback_are_exempt() {
        assert_eq!(chosen("https://127.0.0.1:6443", ""), None);
        assert_eq!(chosen("https://localhost:6443", ""), None);
        assert_eq!(chosen("https://192.168.49.2:8443", "localhost,192.168.49.0/24"), None);
        assert_eq!(chosen("https://api.example.org", ".example.org"), None);
        assert_eq!(chosen("http://api.example.org", ""), None);
    }

    #[test]
    fn the_proxy_of_the_kubeconfig_wins() {
        let server = "https://127.0.0.1:6443".parse().unwrap();
        let proxy = choose(&server, Some("socks5://localhost:1080"), &Surroundings::default());
        assert_eq!(proxy.unwrap().unwrap().scheme_str(), Some("socks5"));
    }

    #[test]
    fn a_proxy_that_is_none_is_refused_without_its_password() {
        let server = "https://host".parse().unwrap();
        let reason = choose(&server, Some("ftp://me:canary@proxy"), &Surroundings::default());
        assert_eq!(reason.unwrap_err(), unusable("proxy-url"));
    }
}
