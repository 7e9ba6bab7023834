//! What is the application, and what it needs to run.

use std::{collections::BTreeSet, path::Path};

use compose::Service;
use configuration::Deploy;
use image_ref::Reference;

use crate::plan::Role;

/// Programs that keep data, carry messages or stand before the application, by the name
/// of their image.
const INFRASTRUCTURE: [&str; 47] = [
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
    "mssql",
    "azure-sql-edge",
    "neo4j",
    "couchdb",
    "cockroach",
    "scylla",
    "meilisearch",
    "typesense",
    "qdrant",
    "solr",
    "varnish",
];

/// Where they keep their data, also in images of other names.
const DATA_FOLDERS: [&str; 20] = [
    "/var/lib/postgresql",
    "/bitnami/postgresql",
    "/var/lib/mysql",
    "/bitnami/mysql",
    "/bitnami/mariadb",
    "/data/db",
    "/bitnami/mongodb",
    "/var/opt/mssql",
    "/opt/oracle/oradata",
    "/var/lib/clickhouse",
    "/var/lib/cassandra",
    "/var/lib/influxdb",
    "/var/lib/influxdb2",
    "/var/lib/neo4j",
    "/var/lib/rabbitmq",
    "/var/lib/kafka",
    "/usr/share/elasticsearch/data",
    "/usr/share/opensearch/data",
    "/qdrant/storage",
    "/meili_data",
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

    pub(super) fn role_of(&self, name: &str, image: Option<&str>, declared: &Service) -> Role {
        if self.infrastructure.contains(name) {
            return Role::Infrastructure("it is listed in `deploy.infrastructure`".to_owned());
        }
        if self.application.contains(name) {
            return Role::Application;
        }
        if let Some(program) = image.and_then(infrastructure_program) {
            return Role::Infrastructure(format!("it runs {program}"));
        }
        match declared.volumes.iter().find(|volume| is_data_folder(&volume.target)) {
            Some(volume) => Role::Infrastructure(format!("it keeps data at {}", volume.target)),
            None => Role::Application,
        }
    }
}

/// The program of an image that is infrastructure: `bitnami/redis:7` runs redis,
/// `demo/redis-worker` does not. `mssql/server` is the only one that its folder names.
pub(super) fn infrastructure_program(image: &str) -> Option<&'static str> {
    let reference: Reference = image.parse().ok()?;
    let path = reference.repository().path().to_owned();
    let mut parts = path.rsplit('/');
    let name = match (parts.next()?, parts.next()) {
        ("server", Some(folder)) => folder,
        (name, _) => name,
    };
    INFRASTRUCTURE.into_iter().find(|program| name == *program)
}

fn is_data_folder(target: &str) -> bool {
    let path = Path::new(target);
    DATA_FOLDERS.into_iter().any(|folder| path.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use compose::ServiceVolume;

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
            ("mcr.microsoft.com/mssql/server:2022-latest", Some("mssql")),
            ("demo/server", None),
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
        let role_of = |name: &str, image| roles.role_of(name, image, &Service::default());
        assert_eq!(role_of("proxy", Some("nginx")), Role::Application);
        assert_eq!(role_of("api", Some("demo/api")), Role::Application);
        assert_eq!(role_of("built", None), Role::Application);
        for (name, image) in [("search", "demo/search"), ("cache", "redis")] {
            assert!(matches!(role_of(name, Some(image)), Role::Infrastructure(_)), "{name}");
        }
    }

    #[test]
    fn a_database_in_an_image_of_another_name_is_recognised_by_where_its_data_is() {
        let roles = ConfiguredRoles::new(&Deploy::default());
        let role_of = |target: &str| {
            let volumes = vec![ServiceVolume { target: target.to_owned() }];
            roles.role_of("db", Some("demo/db"), &Service { volumes, ..Service::default() })
        };
        for target in ["/var/lib/postgresql/data", "/var/lib/mysql/", "/data/db"] {
            let reason = format!("it keeps data at {target}");
            assert_eq!(role_of(target), Role::Infrastructure(reason));
        }
        for target in ["/data", "/var/lib/mysql-files", "/app/uploads", ""] {
            assert_eq!(role_of(target), Role::Application, "{target}");
        }
    }
}
