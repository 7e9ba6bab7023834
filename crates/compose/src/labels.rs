//! The labels that Compose writes on what it creates
//! (docker/compose, pkg/api/labels.go).

use std::{collections::BTreeMap, path::PathBuf};

use crate::Condition;

/// Name of the project.
pub const PROJECT: &str = "com.docker.compose.project";
/// Name of the service.
pub const SERVICE: &str = "com.docker.compose.service";
/// Number of the container in its service, from 1.
pub const CONTAINER_NUMBER: &str = "com.docker.compose.container-number";
/// `True` for a container of `compose run`, `False` for one of a service.
pub const ONEOFF: &str = "com.docker.compose.oneoff";
/// Hash of the service's configuration; only containers have it.
pub const CONFIG_HASH: &str = "com.docker.compose.config-hash";
/// ID of the image that the container was created from.
pub const IMAGE: &str = "com.docker.compose.image";
/// What the service depends on: `SERVICE:CONDITION:RESTART,…`.
pub const DEPENDS_ON: &str = "com.docker.compose.depends_on";
/// The project's folder.
pub const WORKING_DIR: &str = "com.docker.compose.project.working_dir";
/// The project's files, joined by commas.
pub const CONFIG_FILES: &str = "com.docker.compose.project.config_files";
/// The files named with `--env-file`, joined by commas.
pub const ENVIRONMENT_FILE: &str = "com.docker.compose.project.environment_file";
/// Name of a network in its project's files.
pub const NETWORK: &str = "com.docker.compose.network";
/// Name of a volume in its project's files.
pub const VOLUME: &str = "com.docker.compose.volume";
/// Version of the Compose that created it.
pub const VERSION: &str = "com.docker.compose.version";

/// What a container's labels say about its service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceLabels {
    /// Name of the project.
    pub project: String,
    /// Name of the service.
    pub service: String,
    /// Number of the container in its service, from 1.
    pub number: Option<u32>,
    /// Whether `compose run` created it.
    pub oneoff: bool,
    /// Whether it has the label that `compose down` looks for.
    pub has_config_hash: bool,
    /// What the service depends on, as when the container was created.
    pub depends_on: Vec<DependsOn>,
    /// The project's files, as when the container was created.
    pub config_files: Vec<PathBuf>,
    /// The project's files with variables, where they were named.
    pub environment_files: Vec<PathBuf>,
    /// The project's folder.
    pub working_dir: Option<PathBuf>,
    /// ID of the image that the container was created from; older versions of
    /// Compose do not tell.
    pub image: Option<String>,
}

/// One dependency of a service, as its container's label states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DependsOn {
    /// The service that is depended on.
    pub service: String,
    /// What it has to be before the other starts.
    pub condition: Condition,
    /// Whether the dependent is restarted with it.
    pub restart: bool,
}

impl ServiceLabels {
    /// Reads the labels of a container; `None` when Compose did not create it.
    #[must_use]
    pub fn parse(labels: &BTreeMap<String, String>) -> Option<Self> {
        let stated = |name: &str| labels.get(name).filter(|value| !value.is_empty());
        let paths = |name: &str| listed(stated(name)).map(PathBuf::from).collect();
        Some(Self {
            project: stated(PROJECT)?.clone(),
            service: stated(SERVICE)?.clone(),
            number: stated(CONTAINER_NUMBER).and_then(|number| number.parse().ok()),
            oneoff: stated(ONEOFF).is_some_and(|oneoff| oneoff.eq_ignore_ascii_case("true")),
            has_config_hash: labels.contains_key(CONFIG_HASH),
            depends_on: listed(stated(DEPENDS_ON)).filter_map(DependsOn::parse).collect(),
            config_files: paths(CONFIG_FILES),
            environment_files: paths(ENVIRONMENT_FILE),
            working_dir: stated(WORKING_DIR).map(PathBuf::from),
            image: stated(IMAGE).cloned(),
        })
    }
}

impl DependsOn {
    /// `db:service_healthy:false`; versions before 2.10 wrote `db` alone.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let service = parts.next().filter(|service| !service.is_empty())?.to_owned();
        let condition = parts.next().map_or(Condition::Started, Condition::named);
        let restart = parts.next().is_some_and(|restart| restart == "true");
        Some(Self { service, condition, restart })
    }
}

fn listed(value: Option<&String>) -> impl Iterator<Item = &str> {
    value.into_iter().flat_map(|value| value.split(',')).map(str::trim).filter(|v| !v.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(stated: &[(&str, &str)]) -> BTreeMap<String, String> {
        stated.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_container_of_compose_tells_its_service_and_dependencies() {
        let labels = labels(&[
            (PROJECT, "shop"),
            (SERVICE, "web"),
            (CONTAINER_NUMBER, "2"),
            (ONEOFF, "False"),
            (CONFIG_HASH, "0123"),
            (DEPENDS_ON, "db:service_healthy:false,cache:service_started:true"),
            (CONFIG_FILES, "/srv/compose.yaml,/srv/more.yaml"),
            (WORKING_DIR, "/srv"),
        ]);
        let read = ServiceLabels::parse(&labels).unwrap();
        assert_eq!((read.project.as_str(), read.number, read.oneoff), ("shop", Some(2), false));
        assert_eq!(read.depends_on[0].condition, Condition::Healthy);
        assert!(read.depends_on[1].restart && read.has_config_hash);
        assert_eq!(read.config_files, ["/srv/compose.yaml", "/srv/more.yaml"].map(PathBuf::from));
    }

    #[test]
    fn containers_of_run_are_told_apart() {
        let labels = labels(&[(PROJECT, "shop"), (SERVICE, "web"), (ONEOFF, "True")]);
        assert!(ServiceLabels::parse(&labels).unwrap().oneoff);
    }

    #[test]
    fn dependencies_of_older_versions_are_names_alone() {
        let labels = labels(&[(PROJECT, "p"), (SERVICE, "s"), (DEPENDS_ON, "db,,cache")]);
        let names = ServiceLabels::parse(&labels).unwrap().depends_on;
        assert_eq!(names.iter().map(|d| d.service.as_str()).collect::<Vec<_>>(), ["db", "cache"]);
    }

    #[test]
    fn other_containers_are_none_of_compose() {
        assert_eq!(ServiceLabels::parse(&labels(&[(PROJECT, "shop")])), None);
        assert_eq!(ServiceLabels::parse(&BTreeMap::new()), None);
    }
}
