//! What was looked at, and what is going to be done about it.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use image_ref::{ImageId, Reference};
use image_retention::{
    EngineState, FreedBytes, Image, ImageUse, Pattern, Plan, Policy, freed_bytes, plan,
};
use jiff::Timestamp;
use local_docker::ContainerDetails;

use super::{
    CleanRequest,
    clusters::{self, AskedCluster},
    gather::{self, EngineView},
    scope::ProjectImages,
    stopped,
};
use operation::{Environment, LocalProject, OperationError};

use crate::CleanError;

/// Everything that was looked at.
pub(super) struct Looked {
    /// Whose images, for people: `owner/app, owner/web`.
    pub(super) of: String,
    pub(super) images: ProjectImages,
    pub(super) clusters: Vec<AskedCluster>,
    pub(super) engines: Vec<Planned>,
    /// Patterns that should select something, and name nothing on any engine.
    pub(super) unmatched: Vec<String>,
}

/// One engine and the plan for it.
pub(super) struct Planned {
    pub(super) view: EngineView,
    /// Containers that are removed first.
    pub(super) stopped: Vec<ContainerDetails>,
    /// Names of stopped containers without which more would go.
    pub(super) blocking: Vec<String>,
    pub(super) plan: Plan,
    pub(super) freed: FreedBytes,
}

impl Looked {
    pub(super) fn nothing_to_do(&self) -> bool {
        self.engines
            .iter()
            .all(|one| one.stopped.is_empty() && one.plan.removals_by_image().is_empty())
    }
}

/// Looks at files, clusters and engines, and plans.
pub(super) async fn look(
    project: &LocalProject,
    environment: &Environment,
    request: &CleanRequest,
) -> Result<Looked, CleanError> {
    let images = ProjectImages::read(project, environment, &request.compose)?;
    refuse_unknown(&images)?;
    let policy = images.policy(request, &project.configuration.local_images)?;
    images.problems.iter().for_each(|problem| environment.reporter.warn(problem));
    let clusters = clusters::ask(project, environment, &request.clusters).await?;
    let mut shared: Vec<ImageUse> = images.uses(project.root.as_deref());
    shared.extend(clusters.iter().flat_map(AskedCluster::uses));
    let root = project.root.as_deref();
    let views = request.engines.iter().map(|one| gather::observe(one, environment, &shared, root));
    let views = try_join_all(views).await?;
    let unmatched = unmatched(&policy, &views);
    warn_of_useless(environment, request, &views);
    let planned = views.into_iter().map(|view| Planned::new(view, &images, request, &policy));
    let engines = planned.collect::<Result<_, _>>()?;
    Ok(Looked { of: describe(&policy), images, clusters, engines, unmatched })
}

/// Everything that images are called, on all engines.
fn names(views: &[EngineView]) -> impl Iterator<Item = &Reference> {
    let images = views.iter().flat_map(|view| &view.observed.images);
    images.flat_map(|image| image.tags.iter().chain(&image.digests))
}

fn unmatched(policy: &Policy, views: &[EngineView]) -> Vec<String> {
    let in_scope = || names(views).filter(|name| policy.scope.has_repository(name.repository()));
    let unmatched =
        policy.select.iter().filter(|pattern| !in_scope().any(|it| pattern.matches(it)));
    unmatched.map(ToString::to_string).collect()
}

/// What the project's own files use must be known, at least to the repository.
fn refuse_unknown(images: &ProjectImages) -> Result<(), OperationError> {
    let unknown = images.unknown();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(OperationError::precondition(
        format!("it is not known which images the Compose files use: {}", unknown.join("; ")),
        "repair the file, or name the Compose files that count with --file",
    ))
}

/// A pattern to keep that names nothing protects nothing.
fn warn_of_useless(environment: &Environment, request: &CleanRequest, views: &[EngineView]) {
    for text in &request.keep_matching {
        let Ok(pattern) = text.parse::<Pattern>() else { continue };
        if !names(views).any(|name| pattern.protects(name)) {
            let text = format!("--keep-matching {pattern} keeps nothing: no image matches it");
            environment.reporter.warn(text);
        }
    }
}

/// The last look at a plan, by other rules than those that made it.
fn refuse_violations(observed: &EngineState, plan: &Plan) -> Result<(), CleanError> {
    let violations = image_retention::violations(observed, plan);
    if violations.is_empty() {
        return Ok(());
    }
    Err(CleanError::UnsafePlan(violations.iter().map(ToString::to_string).collect()))
}

fn describe(policy: &Policy) -> String {
    match &policy.scope {
        image_retention::Scope::Everything => "all repositories".to_owned(),
        image_retention::Scope::Repositories { repositories, .. } => {
            repositories.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
    }
}

impl Planned {
    fn new(
        mut view: EngineView,
        images: &ProjectImages,
        request: &CleanRequest,
        policy: &Policy,
    ) -> Result<Self, CleanError> {
        let now = Timestamp::now();
        let uses = std::mem::take(&mut view.observed.uses);
        let stopped = if request.with_stopped_containers {
            stopped::of_project(&view.containers, &policy.scope, &images.compose_names)
        } else {
            stopped::all(&view.containers)
        };
        view.observed.uses = stopped::without(&uses, &stopped);
        // A container whose image stays for other reasons blocks nothing.
        let blocking = stopped::blocking(&stopped, &plan(&view.observed, policy, now));
        let (stopped, blocking) = if request.with_stopped_containers {
            (blocking, Vec::new())
        } else {
            (Vec::new(), blocking)
        };
        view.observed.uses = stopped::without(&uses, &stopped);
        let stopped = stopped.into_iter().cloned().collect();
        let blocking = blocking.into_iter().map(|container| container.name.clone()).collect();
        let plan = plan(&view.observed, policy, now);
        refuse_violations(&view.observed, &plan)?;
        let removed = image_retention::removed_images(&plan, &view.observed);
        let freed = freed_bytes(&view.observed.images, &removed, &view.histories);
        Ok(Self { view, stopped, blocking, plan, freed })
    }

    /// Bytes that only images hold which nothing uses, whatever the policy. Where
    /// some images are gone, their sizes still tell something of the others.
    pub(super) fn reclaimable(&self, there: &EngineState) -> FreedBytes {
        let unused = image_retention::unused_images(there);
        let of = |images: &[Image], ids: &BTreeSet<ImageId>| {
            freed_bytes(images, ids, &self.view.histories)
        };
        let before = &self.view.observed.images;
        let remain: BTreeSet<&ImageId> = there.images.iter().map(|image| &image.id).collect();
        let gone = before.iter().map(|image| &image.id).filter(|id| !remain.contains(id));
        let gone: BTreeSet<ImageId> = gone.cloned().collect();
        if gone.is_empty() {
            return of(before, &unused);
        }
        let both = gone.union(&unused).cloned().collect();
        of(before, &both).minus(of(before, &gone)).intersect(of(&there.images, &unused))
    }
}
