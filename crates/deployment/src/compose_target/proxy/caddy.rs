//! Caddy, by its Caddyfile or its JSON.

use super::forwarding::{Forwarding, is_host};

/// How this configuration forwards to a service.
pub(super) fn forwarding(configuration: &str, service: &str) -> Forwarding {
    let lines = configuration.lines().map(|line| line.split(" #").next().unwrap_or_default());
    let lines = lines.filter(|line| !line.trim_start().starts_with('#'));
    let mut parts = lines.flat_map(|line| line.split([' ', '\t', '"', ',', '{', '}', '[', ']']));
    let forwards = configuration.contains("reverse_proxy")
        && parts.any(|word| word.contains(':') && is_host(word, service));
    if forwards { Forwarding::ByHosts } else { Forwarding::None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstreams_are_found_in_both_formats() {
        for (configuration, expected) in [
            (":80 {\n\treverse_proxy api:8000\n}", Forwarding::ByHosts),
            (
                ":80 {\n reverse_proxy /x/* {\n  to http://api:8000 other:1\n }\n}",
                Forwarding::ByHosts,
            ),
            (
                r#"{"handler":"reverse_proxy","upstreams":[{"dial":"api:8000"}]}"#,
                Forwarding::ByHosts,
            ),
            (":80 {\n # reverse_proxy api:8000\n reverse_proxy b:1\n}", Forwarding::None),
            (":80 {\n respond api:8000\n}", Forwarding::None),
        ] {
            assert_eq!(forwarding(configuration, "api"), expected, "{configuration}");
        }
    }
}
