//! What is the application, and what it needs to run.

use std::collections::BTreeSet;

use configuration::Deploy;
use image_ref::Reference;

use crate::plan::Role;

/// Programs that keep data, carry messages or stand before the application, by the name
/// of their image.
const INFRASTRUCTURE: [&str; 36] = [
    "postgres",
    "postgresql",
    "postgis",
    "timescaledb",
    "pgvector",
    "pgbouncer",
    "mysql",
    "mariadb",
    "percona",
    "mongo",
    "mongodb",
    "redis",
    "redis-stack-server",
    "valkey",
    "mysql-server",
    "dragonfly",
    "keydb",
    "memcached",
    "rabbitmq",
    "kafka",
    "nats",
    "zookeeper",
    "elasticsearch",
    "opensearch",
    "clickhouse-server",
    "cassandra",
    "influxdb",
    "minio",
    "nginx",
    "haproxy",
    "caddy",
    "traefik",
    "envoy",
    "httpd",
    "etcd",
    "vault",
];

/// Services whose role the configuration states.
pub(super) struct ConfiguredRoles {
    application: BTreeSet<String>,
    infrastructure: BTreeSet<String>,
}

impl ConfiguredRoles {
    pub(super) fn new(settings: &Deploy) -> Self {
        Self {
            application: settings.services.iter().cloned().collect(),
            infrastructure: settings.infrastructure.iter().cloned().collect(),
        }
    }

    pub(super) fn role_of(&self, name: &str, image: Option<&str>) -> Role {
        if self.infrastructure.contains(name) {
            return Role::Infrastructure("it is listed in `deploy.infrastructure`".to_owned());
        }
        if self.application.contains(name) {
            return Role::Application;
        }
        match image.and_then(infrastructure_program) {
            Some(program) => Role::Infrastructure(format!("it runs {program}")),
            None => Role::Application,
        }
    }
}

/// The program of an image that is known to be infrastructure: `bitnami/redis:7` runs
/// redis, `demo/redis-worker` does not.
pub(super) fn infrastructure_program(image: &str) -> Option<&'static str> {
    let reference: Reference = image.parse().ok()?;
    let name = reference.repository().path().rsplit('/').next()?.to_owned();
    INFRASTRUCTURE.into_iter().find(|program| name == *program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infrastructure_is_recognised_by_the_last_part_of_its_image() {
        for (image, expected) in [
            ("postgres:15", Some("postgres")),
            ("docker.io/library/redis", Some("redis")),
            ("bitnami/redis:7", Some("redis")),
            ("registry.example:5000/a/nginx@sha256:0", None),
            ("demo/redis-worker:1", None),
            ("demo/api", None),
        ] {
            assert_eq!(infrastructure_program(image), expected, "{image}");
        }
    }

    #[test]
    fn the_configuration_decides_about_roles() {
        let settings = Deploy {
            services: vec!["proxy".to_owned()],
            infrastructure: vec!["search".to_owned()],
            ..Deploy::default()
        };
        let roles = ConfiguredRoles::new(&settings);
        assert_eq!(roles.role_of("proxy", Some("nginx")), Role::Application);
        assert_eq!(roles.role_of("api", Some("demo/api")), Role::Application);
        assert_eq!(roles.role_of("built", None), Role::Application);
        for (name, image) in [("search", "demo/search"), ("cache", "redis")] {
            assert!(matches!(roles.role_of(name, Some(image)), Role::Infrastructure(_)), "{name}");
        }
    }
}
