//! What the Compose files of a project declare: the model of the installed Compose,
//! or a tolerant reading where none is installed.

use compose::{
    ComposeError, ComposeProject, Model, Program,
    down::{DeclaredServices, ProjectResources},
    mentions,
};

use super::{context::StopContext, target_project::TargetProject};

/// Reads the files as far as it matters for what exists; `None` when there are no
/// files.
///
/// # Errors
/// What is wrong with the files.
pub(super) async fn read_declared_services(
    context: &StopContext<'_>,
    target: &TargetProject,
    existing: &ProjectResources,
) -> Result<Option<DeclaredServices>, ComposeError> {
    let Some(project) = &target.project else { return Ok(None) };
    let everything = context.options.everything;
    let Some(active) = read_model(context, project, everything).await? else {
        return read_tolerantly(context, project).map(Some);
    };
    let declared = DeclaredServices::from_model(&active);
    // The files are read again only when there is a container to explain.
    let unexplained = existing
        .containers
        .iter()
        .any(|container| !declared.services.contains_key(container.service_name()));
    if everything || !unexplained {
        return Ok(Some(declared));
    }
    let all = read_model(context, project, true).await?.unwrap_or_default();
    Ok(Some(declared.with_all_profiles(&all)))
}

/// Compose's model; `None` when no Compose is installed that could print it.
async fn read_model(
    context: &StopContext<'_>,
    project: &ComposeProject,
    all_profiles: bool,
) -> Result<Option<Model>, ComposeError> {
    let Some(compose) = &context.compose else { return Ok(None) };
    let error = match compose.model(project, all_profiles).await {
        Ok(model) => return Ok(Some(model)),
        Err(error) => error,
    };
    // Only now does it matter which version it is, and whether it runs at all.
    match Program::detect(&context.surroundings).await {
        Ok(Some(usable)) if usable.is_legacy() => Ok(None),
        Ok(Some(usable)) if usable.executable() != compose.program().executable() => {
            compose.with_program(usable).model(project, all_profiles).await.map(Some)
        }
        Ok(Some(_)) => Err(error),
        Ok(None) | Err(_) => Ok(None),
    }
}

fn read_tolerantly(
    context: &StopContext<'_>,
    project: &ComposeProject,
) -> Result<DeclaredServices, ComposeError> {
    let mentions = mentions(project, &context.surroundings);
    DeclaredServices::from_mentions(&mentions, project).ok_or_else(|| {
        let message = mentions.problems.first().cloned().unwrap_or_default();
        ComposeError::BrokenFile { file: None, line: None, message }
    })
}
