//! Asking clusters through their API servers.

use std::time::Duration;

use futures_util::future::join_all;
use image_retention::{ImageUse, ImageUser, UsedImage};
use kubernetes::{
    Cluster, ClusterError, ClusterImageUse, ImageName, KubeEnvironment, Kubeconfig, ObjectKind,
};

use super::{AskedCluster, ClusterImage};
use operation::{Environment, LocalProject, OperationError, error_chain};

use crate::ClusterRequest;

/// How long a cluster may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks the clusters that are meant, all at the same time.
pub(crate) async fn ask(
    project: &LocalProject,
    environment: &Environment,
    request: &ClusterRequest,
) -> Result<Vec<AskedCluster>, OperationError> {
    if request.without {
        return Ok(Vec::new());
    }
    let clusters = Kubeconfig::load(surroundings(environment)).map_err(refused)?;
    for file in clusters.missing_files() {
        let file = file.display();
        environment.reporter.warn(format!("KUBECONFIG names {file}, which is not there"));
    }
    let contexts = contexts(project, environment, request, &clusters)?;
    let answers = join_all(contexts.into_iter().map(|context| ask_one(&clusters, context))).await;
    let mut asked = Vec::new();
    for (context, answer) in answers {
        match answer {
            Ok(uses) => {
                let images = uses.into_iter().map(|one| image(&context, one)).collect();
                asked.push(AskedCluster { context, images });
            }
            Err(error) if request.despite_silence => {
                let reason = error_chain(&error);
                environment.reporter.warn(format!(
                    "cluster {context} is left out, as asked for: {reason}; what it uses is not known"
                ));
            }
            Err(error) => return Err(refused(error)),
        }
    }
    Ok(asked)
}

async fn ask_one(
    clusters: &Kubeconfig,
    context: String,
) -> (String, Result<Vec<ClusterImageUse>, ClusterError>) {
    let answer =
        async { Cluster::connect(clusters, &context, PATIENCE).await?.images_in_use().await };
    let answer = answer.await;
    (context, answer)
}

/// Those named, else those configured, else the current one if its cluster is on
/// this machine: others do not run on the images of a local engine.
fn contexts(
    project: &LocalProject,
    environment: &Environment,
    request: &ClusterRequest,
    clusters: &Kubeconfig,
) -> Result<Vec<String>, OperationError> {
    if !request.contexts.is_empty() {
        return Ok(request.contexts.clone());
    }
    if let Some(configured) = &project.configuration.local_images.kube_contexts {
        return Ok(configured.clone());
    }
    let Some(current) = clusters.current_context().map_err(refused)? else { return Ok(Vec::new()) };
    if current.may_be_on_this_machine() {
        return Ok(vec![current.name.clone()]);
    }
    environment.reporter.info(format!(
        "cluster {} is not on this machine and is not asked; --kube-context {0} asks it",
        current.name
    ));
    Ok(Vec::new())
}

fn surroundings(environment: &Environment) -> KubeEnvironment {
    let text = |name: &str| {
        let value =
            environment.variable(name).or_else(|| environment.variable(&name.to_lowercase()));
        value.map(|value| value.to_string_lossy().into_owned())
    };
    KubeEnvironment {
        kubeconfig: environment.variable("KUBECONFIG"),
        home: environment.home.clone(),
        https_proxy: text("HTTPS_PROXY"),
        no_proxy: text("NO_PROXY"),
    }
}

/// What is not known to be unused stays: without an answer nothing is removed.
fn refused(error: ClusterError) -> OperationError {
    let advice = error.hint().map_or_else(String::new, |hint| format!("{hint}; "));
    OperationError::Precondition {
        problem: "it is not known which images the cluster uses".to_owned(),
        advice: Some(format!(
            "{advice}--despite-silent-clusters goes on without its answer, --without-kubernetes \
             asks no cluster"
        )),
        source: Some(Box::new(error)),
    }
}

/// A use by name and by what the node says it runs.
fn image(context: &str, one: ClusterImageUse) -> ClusterImage {
    let user = user(context, &one);
    // The digest counts as image ID too: which of them it is depends on the runtime.
    let running = one.running.as_ref().map(|running| match running.digest() {
        Some(digest) => UsedImage::Digest(digest.clone()),
        None => UsedImage::Everything,
    });
    let named = match &one.image {
        ImageName::Reference(reference) => UsedImage::Reference(reference.clone()),
        ImageName::Id(digest) => UsedImage::Digest(digest.clone()),
        ImageName::Repository(repository) => UsedImage::Repository(repository.clone()),
        ImageName::Unknown(_) => UsedImage::Everything,
    };
    let used = [named].into_iter().chain(running);
    let uses = used.map(|used| ImageUse { used, user: user.clone() }).collect();
    ClusterImage { name: one.image.to_string(), user, uses }
}

fn user(context: &str, one: &ClusterImageUse) -> ImageUser {
    let (cluster, namespace, name) = (context.to_owned(), one.namespace.clone(), one.name.clone());
    if one.kind == ObjectKind::Pod {
        return ImageUser::Pod { cluster, namespace, name };
    }
    let replicas = one.replicas.and_then(|replicas| u32::try_from(replicas).ok());
    ImageUser::Workload { cluster, namespace, kind: one.kind.to_string(), name, replicas }
}
