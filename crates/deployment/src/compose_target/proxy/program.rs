//! Which program a container runs.

use configuration::ProxyKind;
use local_docker::Process;

/// The proxy among the processes of a container.
pub(super) fn kind_of(processes: &[Process]) -> Option<ProxyKind> {
    let kinds = processes.iter().filter_map(|process| {
        let command = &process.command;
        let program = command.split_whitespace().next()?.rsplit('/').next()?;
        match program {
            "nginx" | "nginx:" => Some(ProxyKind::Nginx),
            "haproxy" => Some(ProxyKind::Haproxy),
            "caddy" => Some(ProxyKind::Caddy),
            "traefik" => Some(ProxyKind::Traefik),
            _ => None,
        }
    });
    kinds.into_iter().next()
}

/// As users write it in `deploy.proxy`.
pub(super) fn program_name(kind: ProxyKind) -> &'static str {
    match kind {
        ProxyKind::Nginx => "nginx",
        ProxyKind::Haproxy => "haproxy",
        ProxyKind::Caddy => "caddy",
        ProxyKind::Traefik => "traefik",
    }
}

/// The values of an option in a command line.
pub(super) fn option_values<'a>(command: &'a str, option: &'a str) -> Vec<&'a str> {
    let parts: Vec<&str> = command.split_whitespace().collect();
    let pairs = parts.windows(2).filter(|pair| pair[0] == option).map(|pair| pair[1]);
    let long = parts.iter().filter_map(|part| part.strip_prefix(option)?.strip_prefix('='));
    pairs.chain(long).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(command: &str) -> Option<ProxyKind> {
        kind_of(&[Process { id: "1".to_owned(), command: command.to_owned() }])
    }

    #[test]
    fn a_proxy_is_recognised_by_its_processes() {
        for (command, expected) in [
            ("nginx: master process /usr/sbin/nginx -c /a.conf", Some(ProxyKind::Nginx)),
            ("/usr/sbin/haproxy -W -db -f /a.cfg", Some(ProxyKind::Haproxy)),
            ("caddy run --config /etc/caddy/Caddyfile", Some(ProxyKind::Caddy)),
            ("/usr/local/bin/traefik --providers.docker", Some(ProxyKind::Traefik)),
            ("python3 nginx.py", None),
        ] {
            assert_eq!(kind(command), expected, "{command}");
        }
    }

    #[test]
    fn options_are_read_in_both_spellings() {
        let command = "caddy run --config /a --config=/b";
        assert_eq!(option_values(command, "--config"), ["/a", "/b"]);
    }
}
