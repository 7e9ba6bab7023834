//! The databases in containers of the project.

use std::collections::BTreeMap;

use compose_runtime::ProjectObserver;
use configuration::Database;
use operation::OperationError;
use project_databases::{
    ProjectDatabase, ProjectDatabaseError, connect_databases, declared_databases,
};

use super::ComposeTarget;

pub(super) async fn connect(
    target: &ComposeTarget,
    databases: &BTreeMap<String, Database>,
) -> Result<Vec<ProjectDatabase>, ProjectDatabaseError> {
    let (engine, project) = (&target.engine, &target.project.name);
    let containers = ProjectObserver::new(engine, project).service_containers().await;
    let containers = containers.map_err(OperationError::engine("list the containers"))?;
    let declared = declared_databases(databases, &containers)?;
    connect_databases(engine, project, &declared, &containers).await
}
