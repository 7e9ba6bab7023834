//! The databases in containers of the project.

use std::collections::BTreeMap;

use compose_runtime::ProjectObserver;
use configuration::Database;
use operation::OperationError;
use project_databases::{
    Origin, ProjectDatabase, ProjectDatabaseError, connect_databases, declared_databases, origin_of,
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
    let origin = target.data_origin().await?;
    connect_databases(engine, &origin, &declared, &containers).await
}

impl ComposeTarget {
    /// What the backups of its databases have as their origin.
    pub(crate) async fn data_origin(&self) -> Result<Origin, ProjectDatabaseError> {
        origin_of(&self.engine, &self.project.name).await
    }
}
