//! Which services are meant: those that were named and all that they need.

use std::collections::{BTreeMap, BTreeSet};

use compose::{ComposeProject, Model, Service};
use image_ref::{Platform, Reference};

use super::{
    origin::{Origin, origin},
    tools::Tools,
};
use operation::OperationError;

use crate::LifecycleError;

/// A project with the services that are started.
pub(super) struct SelectedProject {
    pub(super) project: ComposeProject,
    /// The services that were named; none means all active ones.
    pub(super) named: Vec<String>,
    pub(super) services: BTreeMap<String, SelectedService>,
}

/// A service as the Compose file states it.
pub(super) struct SelectedService {
    /// What its image is called.
    pub(super) image: Option<Reference>,
    /// Where its image comes from; else what is wrong with it.
    pub(super) origin: Result<Origin, String>,
    pub(super) platform: Option<Platform>,
    pub(super) pull_policy: Option<String>,
    pub(super) has_containers: bool,
}

impl SelectedService {
    fn of(model: &Model, name: &str, service: &Service) -> Self {
        Self {
            image: model.image_of(name).and_then(|image| image.parse().ok()),
            origin: origin(service),
            platform: service.platform.as_ref().and_then(|platform| platform.parse().ok()),
            pull_policy: service.pull_policy.clone(),
            has_containers: !service.has_provider && service.container_count() > 0,
        }
    }

    /// The reference that a registry is asked for.
    pub(super) fn served_by_a_registry(&self) -> Option<&Reference> {
        match &self.origin {
            Ok(Origin::Registry(reference)) => Some(reference),
            _ => None,
        }
    }
}

/// Reads the projects and chooses what was asked for. A project without any of
/// the named services is left out.
///
/// # Errors
/// [`OperationError::Usage`] for a service that no project has,
/// [`LifecycleError::Compose`] for a file that cannot be read.
pub(super) async fn select(
    tools: &Tools<'_>,
    projects: Vec<ComposeProject>,
) -> Result<Vec<SelectedProject>, LifecycleError> {
    let (mut found, mut known) = (Vec::new(), BTreeSet::new());
    for project in projects {
        let (program, endpoint) = (&tools.program, &tools.endpoint);
        let active = program.model(&project, endpoint, false).await?;
        // Of files that Compose does not read, the error says more.
        project.warnings.iter().for_each(|text| tools.environment.reporter.warn(text));
        // A service that is named starts whatever its profiles are.
        let all = match tools.request.services.as_slice() {
            [] => active.clone(),
            _ => program.model(&project, endpoint, true).await?,
        };
        known.extend(all.services.keys().cloned());
        found.extend(chosen(project, &tools.request.services, &active, &all));
    }
    let unknown = tools.request.services.iter().find(|name| !known.contains(*name));
    unknown.map_or(Ok(found), |name| Err(unknown_service(name, &known).into()))
}

fn chosen(
    project: ComposeProject,
    wanted: &[String],
    active: &Model,
    all: &Model,
) -> Option<SelectedProject> {
    let needs: BTreeMap<String, Needs> =
        all.services.iter().map(|(name, one)| (name.clone(), Needs::from(one))).collect();
    let named: Vec<String> =
        wanted.iter().filter(|name| needs.contains_key(*name)).cloned().collect();
    if named.is_empty() && !wanted.is_empty() {
        return None;
    }
    let active: BTreeSet<String> = active.services.keys().cloned().collect();
    let selected = selected(&needs, &active, &named);
    let services = all.services.iter().filter(|(name, _)| selected.contains(*name));
    let services = services
        .map(|(name, service)| (name.clone(), SelectedService::of(all, name, service)))
        .collect();
    Some(SelectedProject { project, named, services })
}

fn unknown_service(name: &str, known: &BTreeSet<String>) -> OperationError {
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    let advice = match most_like(name, known) {
        Some(like) => format!("did you mean `{like}`?"),
        None if names.is_empty() => "the Compose file has no services".to_owned(),
        None => format!("choose among: {}", names.join(", ")),
    };
    OperationError::usage(format!("there is no service `{name}`"), &advice)
}

/// A service as far as the selection needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Needs {
    /// Services without which it does not start.
    required: BTreeSet<String>,
    /// Services that are started before it, if they are started at all.
    optional: BTreeSet<String>,
}

impl From<&Service> for Needs {
    fn from(service: &Service) -> Self {
        let mut needs = Self { required: used(service).collect(), ..Self::default() };
        for (name, dependency) in &service.depends_on {
            let kind = if dependency.required { &mut needs.required } else { &mut needs.optional };
            kind.insert(name.clone());
        }
        needs
    }
}

/// Services whose network, processes or volumes it shares.
fn used(service: &Service) -> impl Iterator<Item = String> {
    let modes = [&service.network_mode, &service.ipc, &service.pid].into_iter().flatten();
    let shared = modes.filter_map(|mode| mode.strip_prefix("service:"));
    let name = |text: &'_ String| text.split(':').next().unwrap_or_default().to_owned();
    let volumes = service.volumes_from.iter().filter(|from| !from.starts_with("container:"));
    let named: Vec<String> = service.links.iter().chain(volumes).map(name).collect();
    shared.map(str::to_owned).chain(named).collect::<Vec<_>>().into_iter()
}

/// The services that `up` with these names starts: all active ones for none.
///
/// `all` are the services of all profiles, `active` those that start without
/// being named.
fn selected(
    all: &BTreeMap<String, Needs>,
    active: &BTreeSet<String>,
    named: &[String],
) -> BTreeSet<String> {
    if named.is_empty() {
        return active.clone();
    }
    let mut waiting: Vec<&String> = named.iter().filter(|name| all.contains_key(*name)).collect();
    let mut selected = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        if !selected.insert(name.clone()) {
            continue;
        }
        let Some(needs) = all.get(name) else { continue };
        let wanted = |other: &&String| active.contains(*other) || named.contains(other);
        waiting.extend(needs.required.iter().filter(|other| all.contains_key(*other)));
        waiting.extend(needs.optional.iter().filter(wanted));
    }
    selected
}

/// The known name that is most like this one, if it is like it at all.
fn most_like<'a>(name: &str, known: impl IntoIterator<Item = &'a String>) -> Option<&'a String> {
    const LIKE: f64 = 0.75;
    let measured = known.into_iter().map(|one| (strsim::jaro_winkler(name, one), one));
    measured
        .filter(|(like, _)| *like >= LIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, one)| one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> BTreeSet<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn project() -> BTreeMap<String, Needs> {
        let needs =
            |required, optional| Needs { required: names(required), optional: names(optional) };
        BTreeMap::from([
            ("web".to_owned(), needs("api", "debug")),
            ("api".to_owned(), needs("db", "")),
            ("db".to_owned(), needs("", "")),
            ("debug".to_owned(), needs("", "")),
            ("loop-a".to_owned(), needs("loop-b", "")),
            ("loop-b".to_owned(), needs("loop-a", "")),
        ])
    }

    #[test]
    fn a_named_service_brings_what_it_needs_and_nothing_else() {
        let active = names("web api db");
        let selected = |named: &str| {
            let named: Vec<String> = names(named).into_iter().collect();
            selected(&project(), &active, &named)
        };
        assert_eq!(selected(""), active);
        assert_eq!(selected("db"), names("db"));
        assert_eq!(selected("api"), names("api db"));
        assert_eq!(selected("web"), names("web api db"), "debug is not active");
        assert_eq!(selected("web debug"), names("web api db debug"));
        assert_eq!(selected("loop-a"), names("loop-a loop-b"));
    }

    #[test]
    fn what_is_shared_with_another_service_is_needed_too() {
        let service = Service {
            network_mode: Some("service:vpn".to_owned()),
            pid: Some("host".to_owned()),
            links: vec!["db:database".to_owned()],
            volumes_from: vec!["data:ro".to_owned(), "container:other".to_owned()],
            ..Service::default()
        };
        assert_eq!(Needs::from(&service).required, names("vpn db data"));
    }

    #[test]
    fn only_a_similar_name_is_suggested() {
        let known = names("web worker");
        assert_eq!(most_like("wrker", &known).map(String::as_str), Some("worker"));
        assert_eq!(most_like("database", &known), None);
    }
}
