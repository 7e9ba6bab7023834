//! Which database server an image runs.

use configuration::DatabaseKind;
use image_ref::Reference;

/// Images by the last part of their name.
const IMAGES: [(&str, DatabaseKind); 15] = [
    ("postgres", DatabaseKind::Postgresql),
    ("postgresql", DatabaseKind::Postgresql),
    ("postgis", DatabaseKind::Postgresql),
    ("timescaledb", DatabaseKind::Postgresql),
    ("timescaledb-ha", DatabaseKind::Postgresql),
    ("pgvector", DatabaseKind::Postgresql),
    ("mariadb", DatabaseKind::Mariadb),
    ("mysql", DatabaseKind::Mariadb),
    ("mysql-server", DatabaseKind::Mariadb),
    ("percona", DatabaseKind::Mariadb),
    ("percona-server", DatabaseKind::Mariadb),
    ("redis", DatabaseKind::Redis),
    ("redis-stack", DatabaseKind::Redis),
    ("redis-stack-server", DatabaseKind::Redis),
    ("valkey", DatabaseKind::Redis),
];

/// The server of an image: `bitnami/redis:7` runs Redis, `demo/redis-worker` does not.
pub(crate) fn kind_of_image(image: &str) -> Option<DatabaseKind> {
    let reference: Reference = image.parse().ok()?;
    let path = reference.repository().path().to_owned();
    let name = path.rsplit('/').next()?;
    IMAGES.iter().find(|(image, _)| *image == name).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_recognised_by_the_last_part_of_its_image() {
        for (image, expected) in [
            ("postgres:15", Some(DatabaseKind::Postgresql)),
            ("docker.io/postgis/postgis:16-3.4", Some(DatabaseKind::Postgresql)),
            ("valkey/valkey@sha256:0", None),
            ("valkey/valkey:8", Some(DatabaseKind::Redis)),
            ("bitnami/redis:7", Some(DatabaseKind::Redis)),
            ("demo/redis-worker:1", None),
            ("demo/postgres-backup", None),
            ("mariadb:11", Some(DatabaseKind::Mariadb)),
            ("", None),
        ] {
            assert_eq!(kind_of_image(image), expected, "{image}");
        }
    }
}
