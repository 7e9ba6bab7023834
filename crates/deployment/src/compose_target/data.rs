//! Which services have data that must be secured before their container is replaced.

use local_docker::Mount;

use super::roles::infrastructure_program;

/// Infrastructure that keeps nothing by itself.
const WITHOUT_DATA: [&str; 8] =
    ["pgbouncer", "memcached", "nginx", "haproxy", "caddy", "traefik", "envoy", "httpd"];

/// Why a service has data, by the program of its image and by what is mounted into its
/// containers; `None` when it has none. Doubt counts as data.
pub(super) fn data_reason<'a>(
    image: Option<&str>,
    mounts: impl Iterator<Item = &'a Mount>,
) -> Option<String> {
    let program = image.and_then(infrastructure_program);
    if let Some(program) = program.filter(|program| !WITHOUT_DATA.contains(program)) {
        return Some(format!("it runs {program}"));
    }
    let mut mounts = mounts.filter(|mount| mount.kind != "tmpfs");
    let is_data = |mount: &&Mount| mount.kind == "volume" || program.is_none();
    let mount = mounts.find(is_data)?;
    Some(match mount.kind.as_str() {
        "volume" => format!("it has a volume at {}", mount.target),
        _ => format!("it has files of the host at {}", mount.target),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(kind: &str) -> Mount {
        let kind = kind.to_owned();
        Mount { kind, name: None, source: None, target: "/data".to_owned() }
    }

    #[test]
    fn databases_volumes_and_unknown_programs_with_files_have_data() {
        for (image, kind, expected) in [
            ("postgres:15", None, Some("it runs postgres")),
            ("nginx", None, None),
            ("nginx", Some("bind"), None),
            ("caddy", Some("volume"), Some("it has a volume at /data")),
            ("demo/search", None, None),
            ("demo/search", Some("tmpfs"), None),
            ("demo/search", Some("bind"), Some("it has files of the host at /data")),
        ] {
            let mounts: Vec<Mount> = kind.map(mount).into_iter().collect();
            let reason = data_reason(Some(image), mounts.iter());
            assert_eq!(reason.as_deref(), expected, "{image} {kind:?}");
        }
    }
}
