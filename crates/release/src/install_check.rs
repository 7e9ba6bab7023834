//! Installing a published package into a clean environment, as users do.

use python_project::{CommandCheck, InstallCheck, PackageIndex, PyProject, normalize_name};

use crate::{Project, clients::Clients, step_error::ReleaseStepError};

/// The clean installation of a project's package from one index.
pub(crate) fn install_check(
    project: &Project,
    clients: &Clients,
    python: &std::path::Path,
    index: &str,
    version: &str,
) -> Result<InstallCheck, ReleaseStepError> {
    let Some(package) = &project.package else {
        return Err(ReleaseStepError::failed("the project has no package"));
    };
    let settings = &package.settings.install_check;
    let command = match &settings.command {
        Some(command) => {
            Some(CommandCheck { argv: command.argv().to_vec(), prints: vec![version.to_owned()] })
        }
        None => help_of_own_script(&package.pyproject),
    };
    // Only dependencies are taken from elsewhere: another index must not serve the
    // package itself.
    let extra = if settings.dependencies { clients.extra_indexes(index) } else { Vec::new() };
    Ok(InstallCheck {
        name: package.pyproject.normalized_name(),
        version: version.to_owned(),
        index: PackageIndex::At { index: clients.index(index)?.endpoints().simple.clone(), extra },
        no_deps: !settings.dependencies,
        import_module: settings.module.clone(),
        command,
        python: python.to_owned(),
    })
}

/// `NAME --help`, when the package has a script of its own name.
fn help_of_own_script(pyproject: &PyProject) -> Option<CommandCheck> {
    let name = pyproject.normalized_name();
    let script = pyproject.scripts.iter().find(|script| normalize_name(&script.name) == name)?;
    let argv = vec![script.name.clone(), "--help".to_owned()];
    Some(CommandCheck { argv, prints: Vec::new() })
}
