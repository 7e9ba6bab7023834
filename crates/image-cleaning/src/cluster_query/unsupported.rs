//! A build without Kubernetes: naming a cluster is an error.

use operation::{Environment, LocalProject, OperationError};

use crate::{ClusterRequest, users::ClusterImages};

pub(crate) async fn query_clusters(
    project: &LocalProject,
    _: &Environment,
    request: &ClusterRequest,
) -> Result<Vec<ClusterImages>, OperationError> {
    let configured = project.configuration.local_images.kube_contexts.iter().flatten().count();
    if request.skip || request.contexts.len() + configured == 0 {
        return Ok(Vec::new());
    }
    Err(OperationError::usage(
        "this build does not support Kubernetes",
        "install it with its feature `kubernetes`, or use --without-kubernetes",
    ))
}
