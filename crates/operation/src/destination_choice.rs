use std::path::PathBuf;

use configuration::Destination;
use local_docker::EndpointChoice;

use crate::{ComposeSelection, LocalProject, OperationError};

/// The engine and the Compose project that a command works on, by the command line and the
/// configuration.
#[derive(Debug, Clone)]
pub struct DestinationChoice {
    /// The configured destination, if one is named.
    pub name: Option<String>,
    /// The engine.
    pub engine: EndpointChoice,
    /// The Compose project.
    pub selection: ComposeSelection,
}

impl DestinationChoice {
    /// The same with what the configured destination states, where the command line does
    /// not.
    ///
    /// # Errors
    /// [`OperationError::Usage`] when no destination has the name.
    pub fn complete(self, project: &LocalProject) -> Result<Self, OperationError> {
        let Some(name) = &self.name else { return Ok(self) };
        let destinations = &project.configuration.deploy.destinations;
        let destination = destinations.get(name).ok_or_else(|| {
            let names: Vec<&str> = destinations.keys().map(String::as_str).collect();
            let advice = match names.is_empty() {
                true => format!("add `[deploy.destinations.{name}]` to tidegate.toml"),
                false => format!("the destinations are {}", names.join(", ")),
            };
            OperationError::usage(format!("there is no destination {name}"), &advice)
        })?;
        Ok(self.completed_by(destination, project))
    }

    fn completed_by(mut self, destination: &Destination, project: &LocalProject) -> Self {
        if self.engine.host.is_none() && self.engine.context.is_none() {
            self.engine.host.clone_from(&destination.docker_host);
            self.engine.context.clone_from(&destination.context);
        }
        let in_project = |paths: &[PathBuf]| -> Vec<PathBuf> {
            let root = project.root.clone().unwrap_or_default();
            paths.iter().map(|path| root.join(path)).collect()
        };
        let selection = &mut self.selection;
        if selection.files.is_empty() {
            selection.files = in_project(&destination.files);
        }
        if selection.env_files.is_empty() {
            selection.env_files = in_project(&destination.env_files);
        }
        if selection.profiles.is_empty() {
            selection.profiles.clone_from(&destination.profiles);
        }
        if selection.project_name.is_none() {
            selection.project_name.clone_from(&destination.project_name);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use local_docker::DockerEnvironment;

    use super::*;

    fn project() -> LocalProject {
        let text = "[deploy.destinations.staging]\ncontext = \"far\"\nfiles = [\"a.yaml\"]\n\
                    project-name = \"shop-staging\"\n";
        let configuration = configuration::parse(text).unwrap();
        LocalProject { root: Some("/srv".into()), configuration }
    }

    fn choice(name: &str) -> DestinationChoice {
        let environment = DockerEnvironment::default();
        let engine = EndpointChoice { environment, ..EndpointChoice::default() };
        let name = Some(name.to_owned());
        DestinationChoice { name, engine, selection: ComposeSelection::default() }
    }

    #[test]
    fn a_destination_states_what_the_command_line_does_not() {
        let chosen = choice("staging").complete(&project()).unwrap();
        assert_eq!(chosen.engine.context.as_deref(), Some("far"));
        assert_eq!(chosen.selection.files, ["/srv/a.yaml"].map(PathBuf::from));
        assert_eq!(chosen.selection.project_name.as_deref(), Some("shop-staging"));
        let mut flags = choice("staging");
        flags.engine.host = Some("tcp://near:2375".to_owned());
        flags.selection.project_name = Some("mine".to_owned());
        let chosen = flags.complete(&project()).unwrap();
        assert_eq!((chosen.engine.context, chosen.engine.host.is_some()), (None, true));
        assert_eq!(chosen.selection.project_name.as_deref(), Some("mine"));
    }

    #[test]
    fn an_unknown_destination_is_refused_with_those_that_exist() {
        let error = choice("prod").complete(&project()).unwrap_err();
        assert_eq!(error.to_string(), "there is no destination prod");
        let advice = crate::Failure::advice(&error).unwrap();
        assert_eq!(advice, "the destinations are staging");
    }
}
