//! Which services are started: those that the user names, and their dependencies.

use std::collections::{BTreeMap, BTreeSet};

use compose::{ComposeProject, Model, Service};
use image_ref::{Platform, Reference};
use operation::OperationError;

use super::image_source::ImageSource;

/// A project with the services that are started.
pub(super) struct SelectedProject {
    pub(super) project: ComposeProject,
    /// The services that the user named; empty for all active ones.
    pub(super) named: Vec<String>,
    pub(super) services: BTreeMap<String, SelectedService>,
}

/// A service as the Compose file declares it.
pub(super) struct SelectedService {
    /// The reference of its image.
    pub(super) image: Option<Reference>,
    /// Where its image comes from, or what is wrong with it.
    pub(super) source: Result<ImageSource, String>,
    pub(super) platform: Option<Platform>,
    pub(super) pull_policy: Option<String>,
    pub(super) has_containers: bool,
}

impl SelectedService {
    fn new(model: &Model, name: &str, service: &Service) -> Self {
        Self {
            image: model.image_of(name).and_then(|image| image.parse().ok()),
            source: ImageSource::of_service(service),
            platform: service.platform.as_ref().and_then(|platform| platform.parse().ok()),
            pull_policy: service.pull_policy.clone(),
            has_containers: !service.has_provider && service.container_count() > 0,
        }
    }

    /// The reference that is looked up in its registry.
    pub(super) fn registry_reference(&self) -> Option<&Reference> {
        match &self.source {
            Ok(ImageSource::Registry(reference)) => Some(reference),
            _ => None,
        }
    }
}

/// Selects the services of a project, given Compose's models of its active services
/// and of all. `None` when the project has none of the requested services.
pub(super) fn select_services(
    project: ComposeProject,
    requested: &[String],
    active: &Model,
    all: &Model,
) -> Option<SelectedProject> {
    let dependencies: BTreeMap<String, Dependencies> = all
        .services
        .iter()
        .map(|(name, service)| (name.clone(), Dependencies::of_service(service)))
        .collect();
    let named: Vec<String> =
        requested.iter().filter(|name| all.services.contains_key(*name)).cloned().collect();
    if named.is_empty() && !requested.is_empty() {
        return None;
    }
    let active: BTreeSet<String> = active.services.keys().cloned().collect();
    let started = services_to_start(&dependencies, &active, &named);
    let services = all.services.iter().filter(|(name, _)| started.contains(*name));
    let services = services
        .map(|(name, service)| (name.clone(), SelectedService::new(all, name, service)))
        .collect();
    Some(SelectedProject { project, named, services })
}

/// The error for a service that no project has.
pub(super) fn unknown_service(name: &str, existing: &BTreeSet<String>) -> OperationError {
    let names: Vec<&str> = existing.iter().map(String::as_str).collect();
    let advice = match most_similar(name, existing) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None if names.is_empty() => "the Compose file has no services".to_owned(),
        None => format!("choose among: {}", names.join(", ")),
    };
    OperationError::usage(format!("there is no service `{name}`"), &advice)
}

/// The services that a service needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Dependencies {
    /// Services without which it does not start.
    required: BTreeSet<String>,
    /// Services that start before it, if they are started at all.
    optional: BTreeSet<String>,
}

impl Dependencies {
    fn of_service(service: &Service) -> Self {
        let mut required = service.implicit_dependencies();
        let mut optional = BTreeSet::new();
        for (name, dependency) in &service.depends_on {
            let kind = if dependency.required { &mut required } else { &mut optional };
            kind.insert(name.clone());
        }
        Self { required, optional }
    }
}

/// The services that `up` with these names starts; all active ones without names.
/// `all` has the services of all profiles, `active` those that start without being
/// named.
fn services_to_start(
    all: &BTreeMap<String, Dependencies>,
    active: &BTreeSet<String>,
    named: &[String],
) -> BTreeSet<String> {
    if named.is_empty() {
        return active.clone();
    }
    let mut pending: Vec<&String> = named.iter().filter(|name| all.contains_key(*name)).collect();
    let mut started = BTreeSet::new();
    while let Some(name) = pending.pop() {
        if !started.insert(name.clone()) {
            continue;
        }
        let Some(dependencies) = all.get(name) else { continue };
        pending.extend(dependencies.required.iter().filter(|other| all.contains_key(*other)));
        let optional = dependencies.optional.iter();
        pending.extend(optional.filter(|other| active.contains(*other) || named.contains(other)));
    }
    started
}

/// The name that is most similar to this one, if any is similar at all.
fn most_similar<'a>(name: &str, names: impl IntoIterator<Item = &'a String>) -> Option<&'a String> {
    const MIN_SIMILARITY: f64 = 0.75;
    let similarities = names.into_iter().map(|other| (strsim::jaro_winkler(name, other), other));
    similarities
        .filter(|(similarity, _)| *similarity >= MIN_SIMILARITY)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use compose::Dependency;

    use super::*;

    fn names(text: &str) -> BTreeSet<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn dependencies(required: &str, optional: &str) -> Dependencies {
        Dependencies { required: names(required), optional: names(optional) }
    }

    fn project() -> BTreeMap<String, Dependencies> {
        BTreeMap::from([
            ("web".to_owned(), dependencies("api", "debug")),
            ("api".to_owned(), dependencies("db", "")),
            ("db".to_owned(), dependencies("", "")),
            ("debug".to_owned(), dependencies("", "")),
            ("loop-a".to_owned(), dependencies("loop-b", "")),
            ("loop-b".to_owned(), dependencies("loop-a", "")),
        ])
    }

    fn started(named: &str) -> BTreeSet<String> {
        let named: Vec<String> = names(named).into_iter().collect();
        services_to_start(&project(), &names("web api db"), &named)
    }

    #[test]
    fn a_named_service_starts_with_its_dependencies_and_nothing_else() {
        assert_eq!(started(""), names("web api db"));
        assert_eq!(started("db"), names("db"));
        assert_eq!(started("api"), names("api db"));
        assert_eq!(started("web"), names("web api db"), "debug is not active");
        assert_eq!(started("web debug"), names("web api db debug"));
        assert_eq!(started("loop-a"), names("loop-a loop-b"));
    }

    #[test]
    fn implicit_dependencies_are_required() {
        let dependency =
            |required| Dependency { condition: Default::default(), required, restart: false };
        let service = Service {
            network_mode: Some("service:vpn".to_owned()),
            depends_on: BTreeMap::from([
                ("db".to_owned(), dependency(true)),
                ("cache".to_owned(), dependency(false)),
            ]),
            ..Service::default()
        };
        assert_eq!(Dependencies::of_service(&service), dependencies("vpn db", "cache"));
    }

    #[test]
    fn only_a_similar_name_is_suggested() {
        let existing = names("web worker");
        assert_eq!(most_similar("wrker", &existing).map(String::as_str), Some("worker"));
        assert_eq!(most_similar("database", &existing), None);
    }
}
