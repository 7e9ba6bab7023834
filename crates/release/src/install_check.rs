//! Installing the package into a clean environment, as users do.

use configuration::InstallCheck as Settings;
use python_project::{CommandCheck, InstallCheck, InstallSource, Python};
use release_version::ReleaseVersion;

use crate::{Project, ProjectPackage, clients::Clients, step_error::ReleaseStepError};

/// The clean installation of a wheel that is not published yet, with its dependencies.
pub(crate) fn wheel_check(
    package: &ProjectPackage,
    python: Python,
    wheel: &std::path::Path,
    version: &ReleaseVersion,
) -> InstallCheck {
    let dependencies = package.settings.install_check.dependencies.unwrap_or(true);
    let source = InstallSource::Wheel(wheel.to_owned());
    install_check(package, python, source, version, dependencies)
}

/// The clean installation of a project's package from one index. The index may lack its
/// dependencies, so they are left out unless the project wants them.
pub(crate) fn index_check(
    project: &Project,
    clients: &Clients,
    index: &str,
    version: &ReleaseVersion,
) -> Result<InstallCheck, ReleaseStepError> {
    let Some(package) = &project.package else {
        return Err(ReleaseStepError::failed("the project has no package"));
    };
    let dependencies = package.settings.install_check.dependencies.unwrap_or(false);
    // Only dependencies are taken from elsewhere: another index must not serve the
    // package itself.
    let extra = if dependencies { clients.extra_indexes(project, index) } else { Vec::new() };
    let index = clients.index(index)?.endpoints().simple.clone();
    let source = InstallSource::Index { index, extra };
    Ok(install_check(package, clients.python.clone(), source, version, dependencies))
}

fn install_check(
    package: &ProjectPackage,
    python: Python,
    source: InstallSource,
    version: &ReleaseVersion,
    dependencies: bool,
) -> InstallCheck {
    let settings = &package.settings.install_check;
    InstallCheck {
        name: package.pyproject.normalized_name(),
        version: version.pep440(),
        source,
        extras: settings.extras.clone(),
        no_deps: !dependencies,
        modules: settings.modules.clone(),
        commands: commands(settings, version),
        python,
    }
}

fn commands(settings: &Settings, version: &ReleaseVersion) -> Vec<CommandCheck> {
    let prints = settings
        .version_command
        .iter()
        .map(|command| CommandCheck { argv: command.argv().to_vec(), prints: spellings(version) });
    let succeed = settings.commands.iter();
    let succeed =
        succeed.map(|command| CommandCheck { argv: command.argv().to_vec(), prints: Vec::new() });
    prints.chain(succeed).collect()
}

/// What the package may print: its files may keep the zeros of a calendar version, which
/// its metadata has not.
fn spellings(version: &ReleaseVersion) -> Vec<String> {
    let mut spellings = vec![version.pep440(), version.pep440_as_written()];
    spellings.dedup();
    spellings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_may_print_the_zeros_of_a_calendar_version() {
        for (version, expected) in
            [("1.2.0-rc.1", &["1.2.0rc1"][..]), ("2026.06.0", &["2026.6.0", "2026.06.0"])]
        {
            assert_eq!(spellings(&version.parse().unwrap()), expected);
        }
    }
}
