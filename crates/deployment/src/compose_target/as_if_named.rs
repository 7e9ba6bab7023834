use compose::ComposeProject;
use serde_json::json;

use super::{connect::ComposeTarget, image_name::NameChange};
use crate::{plan::ServiceChange, target::TargetError};

/// The project for the commands of a change: as if its files named the reference of the
/// change, where they name another version. The file that says so stays, because the
/// labels of containers name it.
pub(super) fn project_of_change(
    target: &ComposeTarget,
    change: &ServiceChange,
) -> Result<ComposeProject, TargetError> {
    let names = NameChange::of(change)?;
    let mut project = target.project.clone();
    if !names.overrides {
        return Ok(project);
    }
    let file = target.versions_folder.join(format!("{}.json", change.service));
    let image = json!({ "image": names.name.to_string() });
    let content = json!({ "services": { &change.service: image } }).to_string();
    std::fs::create_dir_all(&target.versions_folder)
        .and_then(|()| std::fs::write(&file, content))
        .map_err(TargetError::unavailable(format!("write {}", file.display())))?;
    project.files.push(file);
    Ok(project)
}
