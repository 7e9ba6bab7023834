//! nginx, by the configuration that `nginx -T` prints.

use std::collections::BTreeSet;

use super::forwarding::{Forwarding, combine, is_host, port_of};

/// Directives that forward requests.
const PASSES: [&str; 5] = ["proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass"];

/// How this configuration forwards to a service.
pub(super) fn forwarding(configuration: &str, service: &str) -> Forwarding {
    let found = statements(configuration).into_iter().map(|parts| forwards(&parts, service));
    combine(found)
}

/// A name without a variable is looked up when the configuration is read, one in a
/// variable at each request.
fn forwards(parts: &[String], service: &str) -> Forwarding {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [pass, address] if PASSES.contains(pass) && is_host(address, service) => {
            Forwarding::ByHosts
        }
        // Of an `upstream`; `server { … }` has no address.
        ["server", address, parameters @ ..] if is_host(address, service) => {
            if parameters.contains(&"resolve") {
                Forwarding::ByNameServer
            } else {
                Forwarding::ByHosts
            }
        }
        ["set", _, address] if is_host(address, service) => Forwarding::ByNameServer,
        _ => Forwarding::None,
    }
}

/// The ports on which these services are reached.
///
/// # Errors
/// When they are reached in another way than by plain HTTP.
pub(super) fn ports(configuration: &str, services: &[String]) -> Result<BTreeSet<u16>, String> {
    let names_one = |address: &str| services.iter().any(|service| is_host(address, service));
    let (mut ports, mut groups, mut group) = (BTreeSet::new(), Vec::new(), None);
    let statements = statements(configuration);
    for parts in &statements {
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["upstream", name] => group = Some((*name).to_owned()),
            // The end of a block.
            [] => group = None,
            ["server", address, ..] if names_one(address) => {
                groups.extend(group.clone());
                ports.insert(port_of(address).unwrap_or(80));
            }
            [pass, address] if PASSES.contains(pass) && names_one(address) => {
                ports.insert(port_of(address).unwrap_or(80));
            }
            _ => {}
        }
    }
    let reaches_one =
        |address: &str| names_one(address) || groups.iter().any(|group| is_host(address, group));
    let other = statements.iter().find(|parts| match parts.as_slice() {
        [pass, address] if PASSES.contains(&pass.as_str()) && reaches_one(address) => {
            pass != "proxy_pass" || !address.starts_with("http://")
        }
        _ => false,
    });
    match other {
        None => Ok(ports),
        Some(parts) => Err(format!("`{}` needs another answer than HTTP's", parts.join(" "))),
    }
}

/// The directives by which another nginx runs in a container of the same image: the user,
/// and the folders for temporary files, which belong into `http`.
pub(super) fn settings_of_surroundings(configuration: &str) -> (String, String) {
    let (mut main, mut http, mut seen) = (String::new(), String::new(), BTreeSet::new());
    for parts in statements(configuration) {
        let Some(name) = parts.first().filter(|_| parts.len() > 1) else { continue };
        let is_folder = name.ends_with("_temp_path");
        if (is_folder || name == "user") && seen.insert(name.clone()) {
            let line = format!("{};\n", parts.join(" "));
            if is_folder { http += &format!("  {line}") } else { main += &line }
        }
    }
    (main, http)
}

/// The parts of each directive. What nginx reports about the configuration is left out.
fn statements(configuration: &str) -> Vec<Vec<String>> {
    let lines = configuration.split_inclusive('\n').filter(|line| !line.starts_with("nginx: "));
    let configuration: String = lines.collect();
    let (mut statements, mut parts, mut word) = (Vec::new(), Vec::new(), String::new());
    let (mut quote, mut is_comment) = (None, false);
    for character in configuration.chars() {
        match (character, quote) {
            ('\n', _) if is_comment => is_comment = false,
            _ if is_comment => {}
            (_, Some(open)) if character == open => quote = None,
            (_, Some(_)) => word.push(character),
            ('"' | '\'', None) => quote = Some(character),
            ('#', None) if word.is_empty() => is_comment = true,
            (';' | '{' | '}', None) => {
                parts.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
                statements.push(std::mem::take(&mut parts));
            }
            _ if character.is_whitespace() => {
                parts.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
            }
            _ => word.push(character),
        }
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surroundings_are_read_behind_what_nginx_reports() {
        let printed = "nginx: the configuration file /a.conf syntax is ok\n\
                       nginx: [warn] it isn't new\n# configuration file /a.conf:\nuser app;\n\
                       http { proxy_temp_path /tmp/p; server { proxy_temp_path /tmp/q; } }\n";
        let expected = ("user app;\n".to_owned(), "  proxy_temp_path /tmp/p;\n".to_owned());
        assert_eq!(settings_of_surroundings(printed), expected);
    }

    #[test]
    fn the_ports_of_services_are_found_where_they_are_reached_by_plain_http() {
        let services = ["api".to_owned(), "web".to_owned()];
        let found = |configuration: &str| ports(configuration, &services);
        for (configuration, expected) in [
            ("location / { proxy_pass http://api:8000/x; }", &[8000][..]),
            ("upstream up { server api:81; server web; } proxy_pass http://up;", &[80, 81]),
            ("upstream u { server db:1; } grpc_pass grpc://u; proxy_pass http://web;", &[80]),
        ] {
            assert_eq!(found(configuration), Ok(expected.iter().copied().collect()));
        }
        for configuration in [
            "uwsgi_pass api:9;",
            "proxy_pass https://api;",
            "upstream up { server api:81; } grpc_pass grpc://up;",
        ] {
            assert!(found(configuration).unwrap_err().contains("_pass"), "{configuration}");
        }
    }

    #[test]
    fn a_name_is_looked_up_at_a_reload_unless_it_is_in_a_variable() {
        for (configuration, expected) in [
            ("location / { proxy_pass http://api:8000; }", Forwarding::ByHosts),
            ("upstream x {\n server api:8000 max_fails=0;\n}", Forwarding::ByHosts),
            ("upstream x { server api:8000 resolve; }", Forwarding::ByNameServer),
            ("set $to http://api:8000; proxy_pass $to;", Forwarding::ByNameServer),
            ("set $to \"api\"; grpc_pass grpc://b;", Forwarding::ByNameServer),
            ("set $to api; proxy_pass http://$to; uwsgi_pass api:9;", Forwarding::ByHosts),
            ("# proxy_pass http://api;\nproxy_pass http://other;", Forwarding::None),
            ("server { server_name api; listen 80; }", Forwarding::None),
            ("proxy_pass http://api2:8000;", Forwarding::None),
        ] {
            assert_eq!(forwarding(configuration, "api"), expected, "{configuration}");
        }
    }
}
