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
/// The files of `--env-file`, joined by commas.
pub const ENVIRONMENT_FILE: &str = "com.docker.compose.project.environment_file";
/// Name of a network in its project's files.
pub const NETWORK: &str = "com.docker.compose.network";
/// Name of a volume in its project's files.
pub const VOLUME: &str = "com.docker.compose.volume";
/// Version of the Compose that created it.
pub const VERSION: &str = "com.docker.compose.version";

/// The labels of a container that Compose created for a service.
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
    /// The service's dependencies when the container was created.
    pub depends_on: Vec<DependsOn>,
    /// The project's files when the container was created.
    pub config_files: Vec<PathBuf>,
    /// The project's env files, if they were named.
    pub environment_files: Vec<PathBuf>,
    /// The project's folder.
    pub working_dir: Option<PathBuf>,
    /// ID of the image that the container was created from; older versions of
    /// Compose do not record it.
    pub image: Option<String>,
}

/// One dependency of a service, from the label of its container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DependsOn {
    /// The service that is depended on.
    pub service: String,
    /// The state in which it must be before the dependent starts.
    pub condition: Condition,
    /// Whether the dependent is restarted with it.
    pub restart: bool,
}

impl ServiceLabels {
    /// Reads the labels of a container; `None` when Compose did not create it.
    #[must_use]
    pub fn from_labels(labels: &BTreeMap<String, String>) -> Option<Self> {
        Some(Self {
            project: label_value(labels, PROJECT)?.to_owned(),
            service: label_value(labels, SERVICE)?.to_owned(),
            number: label_value(labels, CONTAINER_NUMBER).and_then(|number| number.parse().ok()),
            oneoff: label_value(labels, ONEOFF)
                .is_some_and(|text| text.eq_ignore_ascii_case("true")),
            has_config_hash: labels.contains_key(CONFIG_HASH),
            depends_on: label_list(labels, DEPENDS_ON).filter_map(DependsOn::from_label).collect(),
            config_files: label_list(labels, CONFIG_FILES).map(PathBuf::from).collect(),
            environment_files: label_list(labels, ENVIRONMENT_FILE).map(PathBuf::from).collect(),
            working_dir: label_value(labels, WORKING_DIR).map(PathBuf::from),
            image: label_value(labels, IMAGE).map(str::to_owned),
        })
    }
}

impl DependsOn {
    /// `db:service_healthy:false`; versions before 2.10 wrote `db` alone.
    fn from_label(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let service = parts.next().filter(|service| !service.is_empty())?.to_owned();
        let condition = parts.next().map_or(Condition::Started, Condition::from);
        let restart = parts.next().is_some_and(|restart| restart == "true");
        Some(Self { service, condition, restart })
    }
}

/// The value of a label that is not empty.
fn label_value<'a>(labels: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    labels.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// The entries of a label with a comma-separated list.
fn label_list<'a>(
    labels: &'a BTreeMap<String, String>,
    name: &str,
) -> impl Iterator<Item = &'a str> {
    let entries = labels.get(name).into_iter().flat_map(|value| value.split(','));
    entries.map(str::trim).filter(|entry| !entry.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn labels_have_the_service_and_its_dependencies() {
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
        let labels = ServiceLabels::from_labels(&labels).unwrap();
        assert_eq!(
            (labels.project.as_str(), labels.number, labels.oneoff),
            ("shop", Some(2), false)
        );
        assert_eq!(labels.depends_on[0].condition, Condition::Healthy);
        assert!(labels.depends_on[1].restart && labels.has_config_hash);
        assert_eq!(labels.config_files, ["/srv/compose.yaml", "/srv/more.yaml"].map(PathBuf::from));
    }

    #[test]
    fn containers_of_compose_run_are_one_off() {
        let labels = labels(&[(PROJECT, "shop"), (SERVICE, "web"), (ONEOFF, "True")]);
        assert!(ServiceLabels::from_labels(&labels).unwrap().oneoff);
    }

    #[test]
    fn dependencies_of_older_versions_are_names_only() {
        let labels = labels(&[(PROJECT, "p"), (SERVICE, "s"), (DEPENDS_ON, "db,,cache")]);
        let dependencies = ServiceLabels::from_labels(&labels).unwrap().depends_on;
        let names = dependencies.iter().map(|dependency| dependency.service.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["db", "cache"]);
    }

    #[test]
    fn containers_of_others_have_no_service_labels() {
        assert_eq!(ServiceLabels::from_labels(&labels(&[(PROJECT, "shop")])), None);
        assert_eq!(ServiceLabels::from_labels(&BTreeMap::new()), None);
    }
}
