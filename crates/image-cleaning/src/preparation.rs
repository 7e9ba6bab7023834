//! Observing and deciding: everything before the first removal.

use configuration::LocalImages;
use futures_util::future::try_join_all;
use image_retention::{
    EngineState, FreedBytes, Pattern, PatternError, Plan, Policy, Scope, freed_bytes, plan,
    removed_images, violations,
};
use jiff::Timestamp;
use local_docker::ContainerDetails;
use operation::{Environment, LocalProject, OperationError};

use crate::{
    CleanRequest, PreparationError,
    cluster_query::query_clusters,
    observation::EngineObservation,
    project_images::ProjectImages,
    stopped_containers::{
        blocking_containers, stopped_containers, stopped_project_containers, uses_without,
    },
    unmatched_patterns::{unmatched_selection, warn_of_unmatched_protection},
    users::{ClusterImages, UserSources},
};

/// What was observed, and what to do about it.
pub(super) struct Preparation {
    /// The repositories to clean, for people: `owner/app, owner/web`.
    pub(super) subject: String,
    pub(super) project_images: ProjectImages,
    pub(super) clusters: Vec<ClusterImages>,
    pub(super) engines: Vec<PreparedEngine>,
    /// Patterns of the selection that match no image of any engine.
    pub(super) unmatched_patterns: Vec<String>,
}

/// One engine and the plan for it.
pub(super) struct PreparedEngine {
    pub(super) observation: EngineObservation,
    /// Stopped containers to remove first.
    pub(super) containers_to_remove: Vec<ContainerDetails>,
    /// Names of stopped containers without which more could be removed.
    pub(super) blocking_containers: Vec<String>,
    pub(super) plan: Plan,
    pub(super) predicted: FreedBytes,
}

/// Observes files, clusters and engines, and plans.
pub(super) async fn prepare_cleanup(
    project: &LocalProject,
    environment: &Environment,
    request: &CleanRequest,
) -> Result<Preparation, PreparationError> {
    let project_images = ProjectImages::from_files(project, environment, &request.compose)?;
    refuse_unresolved(&project_images)?;
    let policy = policy(request, &project.configuration.local_images, &project_images)?;
    for problem in &project_images.problems {
        environment.reporter.warn(problem);
    }
    let clusters = query_clusters(project, environment, &request.clusters).await?;
    let sources = UserSources {
        variables: environment.variables.clone(),
        base_folder: project.root.clone(),
        uses: project_images
            .uses(project.root.as_deref())
            .chain(clusters.iter().flat_map(ClusterImages::uses).cloned())
            .collect(),
    };
    let observations =
        request.engines.iter().map(|choice| EngineObservation::observe(choice, &sources));
    let observations = try_join_all(observations).await?;
    warn_of_unmatched_protection(&request.keep_matching, &observations, &environment.reporter);
    let unmatched_patterns = unmatched_selection(&policy, &observations);
    let engines = observations
        .into_iter()
        .map(|observation| PreparedEngine::plan(observation, &project_images, request, &policy))
        .collect::<Result<_, _>>()?;
    let subject = scope_name(&policy.scope);
    Ok(Preparation { subject, project_images, clusters, engines, unmatched_patterns })
}

/// The images of the project's own files must be known, at least their repositories.
fn refuse_unresolved(images: &ProjectImages) -> Result<(), OperationError> {
    let unresolved: Vec<String> = images.unresolved().into_iter().collect();
    if unresolved.is_empty() {
        return Ok(());
    }
    Err(OperationError::precondition(
        format!("cannot determine which images the Compose files use: {}", unresolved.join("; ")),
        "fix the file, or name the relevant Compose files with --file",
    ))
}

/// The flags, else the configuration.
fn policy(
    request: &CleanRequest,
    settings: &LocalImages,
    images: &ProjectImages,
) -> Result<Policy, OperationError> {
    let keep = settings.keep_matching.iter().chain(&request.keep_matching);
    Ok(Policy {
        scope: scope(request, images)?,
        select: parse_patterns(&request.select)?,
        keep: parse_patterns(keep)?,
        dangling: request.dangling,
        duplicates: request.duplicates,
        keep_newest: request.keep.or(settings.keep),
        keep_deployed: request.keep_deployed,
        older_than: request.older_than.or(settings.older_than.map(|period| period.duration())),
    })
}

fn scope(request: &CleanRequest, images: &ProjectImages) -> Result<Scope, OperationError> {
    if request.all_images {
        return Ok(Scope::Everything);
    }
    let repositories = if request.repositories.is_empty() {
        images.repositories.clone()
    } else {
        request.repositories.iter().cloned().collect()
    };
    if repositories.is_empty() {
        return Err(OperationError::usage(
            "cannot determine the repositories of this project",
            "name them with --repository, or with `[[image]]` or `local-images.repositories` in \
             tidegate.toml, or use --all-images",
        ));
    }
    let label = compose::labels::PROJECT;
    let labels = images.compose_names.iter().map(|name| (label.to_owned(), name.clone())).collect();
    Ok(Scope::Repositories { repositories, labels })
}

fn parse_patterns<'a>(
    texts: impl IntoIterator<Item = &'a String>,
) -> Result<Vec<Pattern>, OperationError> {
    texts
        .into_iter()
        .map(|text| {
            text.parse().map_err(|error: PatternError| {
                let advice = "`*` stands for any text: `owner/app:1.*`";
                OperationError::usage(error.to_string(), advice)
            })
        })
        .collect()
}

fn scope_name(scope: &Scope) -> String {
    match scope {
        Scope::Everything => "all repositories".to_owned(),
        Scope::Repositories { repositories, .. } => {
            repositories.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
    }
}

impl PreparedEngine {
    fn plan(
        mut observation: EngineObservation,
        project_images: &ProjectImages,
        request: &CleanRequest,
        policy: &Policy,
    ) -> Result<Self, PreparationError> {
        let now = Timestamp::now();
        let blocking = find_blocking_containers(&observation, project_images, request, policy, now);
        let (containers_to_remove, blocking_containers) = if request.with_stopped_containers {
            (blocking, Vec::new())
        } else {
            (Vec::new(), blocking.into_iter().map(|container| container.name).collect())
        };
        let removed = containers_to_remove.iter().collect::<Vec<_>>();
        observation.state.uses = uses_without(&observation.state.uses, &removed);
        let plan = plan(&observation.state, policy, now);
        let violations = violations(&observation.state, &plan);
        if !violations.is_empty() {
            let violations = violations.iter().map(ToString::to_string).collect();
            return Err(PreparationError::UnsafePlan(violations));
        }
        let removed = removed_images(&plan, &observation.state);
        let predicted = freed_bytes(&observation.state.images, &removed, &observation.histories);
        Ok(Self { observation, containers_to_remove, blocking_containers, plan, predicted })
    }
}

/// The stopped containers without which more could be removed. A container whose image
/// is kept for other reasons blocks nothing.
fn find_blocking_containers(
    observation: &EngineObservation,
    project_images: &ProjectImages,
    request: &CleanRequest,
    policy: &Policy,
    now: Timestamp,
) -> Vec<ContainerDetails> {
    let containers = &observation.containers;
    let stopped = if request.with_stopped_containers {
        stopped_project_containers(containers, &policy.scope, &project_images.compose_names)
    } else {
        stopped_containers(containers)
    };
    let without_stopped = EngineState {
        images: observation.state.images.clone(),
        uses: uses_without(&observation.state.uses, &stopped),
    };
    blocking_containers(&stopped, &plan(&without_stopped, policy, now))
        .into_iter()
        .cloned()
        .collect()
}
