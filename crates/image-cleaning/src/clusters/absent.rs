//! A build without Kubernetes: whoever names a cluster is told so.

use super::AskedCluster;
use operation::{Environment, LocalProject, OperationError};

use crate::ClusterRequest;

pub(crate) async fn ask(
    project: &LocalProject,
    _: &Environment,
    request: &ClusterRequest,
) -> Result<Vec<AskedCluster>, OperationError> {
    let configured = project.configuration.local_images.kube_contexts.iter().flatten().count();
    if request.without || request.contexts.len() + configured == 0 {
        return Ok(Vec::new());
    }
    Err(OperationError::usage(
        "this build of the program knows no Kubernetes".to_owned(),
        "install it with its feature `kubernetes`, or say --without-kubernetes",
    ))
}
