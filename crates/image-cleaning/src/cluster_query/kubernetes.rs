//! Queries clusters through their API servers.

use std::time::Duration;

use futures_util::future::join_all;
use kubernetes::{ClusterError, KubeEnvironment, Kubeconfig};
use operation::{Environment, LocalProject, OperationError, error_chain};

use crate::{
    ClusterRequest,
    users::{ClusterImages, cluster_images},
};

/// The time for each single response of a cluster.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(20);

/// Queries the selected clusters, all at the same time.
pub(crate) async fn query_clusters(
    project: &LocalProject,
    environment: &Environment,
    request: &ClusterRequest,
) -> Result<Vec<ClusterImages>, OperationError> {
    if request.skip {
        return Ok(Vec::new());
    }
    let kubeconfig = Kubeconfig::load(kube_environment(environment)).map_err(refusal)?;
    for file in kubeconfig.missing_files() {
        let file = file.display();
        environment.reporter.warn(format!("KUBECONFIG names {file}, which does not exist"));
    }
    let contexts = select_contexts(project, environment, request, &kubeconfig)?;
    let queries =
        contexts.iter().map(|context| cluster_images(&kubeconfig, context, RESPONSE_TIMEOUT));
    let mut clusters = Vec::new();
    for (context, response) in contexts.iter().zip(join_all(queries).await) {
        match response {
            Ok(images) => clusters.push(images),
            Err(error) if request.ignore_unreachable => {
                let reason = error_chain(&error);
                environment.reporter.warn(format!(
                    "ignoring cluster {context}, whose images are unknown: {reason}"
                ));
            }
            Err(error) => return Err(refusal(error)),
        }
    }
    Ok(clusters)
}

/// Those of the request, else those of the configuration, else the current one if its
/// cluster is on this machine: others do not use the images of a local engine.
fn select_contexts(
    project: &LocalProject,
    environment: &Environment,
    request: &ClusterRequest,
    kubeconfig: &Kubeconfig,
) -> Result<Vec<String>, OperationError> {
    if !request.contexts.is_empty() {
        return Ok(request.contexts.clone());
    }
    if let Some(configured) = &project.configuration.local_images.kube_contexts {
        return Ok(configured.clone());
    }
    let Some(current) = kubeconfig.current_context().map_err(refusal)? else {
        return Ok(Vec::new());
    };
    if current.may_be_on_this_machine() {
        return Ok(vec![current.name.clone()]);
    }
    let name = &current.name;
    environment.reporter.info(format!(
        "cluster {name} is not on this machine and is not queried; --kube-context {name} queries it"
    ));
    Ok(Vec::new())
}

fn kube_environment(environment: &Environment) -> KubeEnvironment {
    KubeEnvironment {
        home: environment.home.clone(),
        ..KubeEnvironment::from_variables(|name| environment.variable(name))
    }
}

/// An image that is not known to be unused is kept: nothing is removed without a
/// response.
fn refusal(error: ClusterError) -> OperationError {
    let hint = error.hint().map_or_else(String::new, |hint| format!("{hint}; "));
    OperationError::Precondition {
        problem: "cannot determine which images the cluster uses".to_owned(),
        advice: Some(format!(
            "{hint}--despite-silent-clusters continues without it, --without-kubernetes queries no \
             cluster"
        )),
        source: Some(Box::new(error)),
    }
}
