use std::{collections::BTreeMap, time::Duration};

use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig};

use crate::images::ImageName;

/// Label of the containers that are created here; its value is unique.
pub const CHECK_LABEL: &str = "org.tidegate.check";

/// What a container runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunCommand {
    /// Entry point and command of the image.
    AsBuilt,
    /// The image's entry point, with these arguments instead of its command.
    Arguments(Vec<String>),
    /// This program with its arguments, instead of entry point and command.
    Program(Vec<String>),
}

/// One container to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRequest {
    /// An image that is in the engine.
    pub image: ImageName,
    /// What to run.
    pub command: RunCommand,
    /// Network to join; `none` by default.
    pub network: String,
    /// Variables in addition to the image's own. No secrets: the engine shows them
    /// to all its users.
    pub env: BTreeMap<String, String>,
    /// How long it may take.
    pub timeout: Duration,
}

impl RunRequest {
    /// A run without a network that may take a minute.
    #[must_use]
    pub fn new(image: impl Into<ImageName>, command: RunCommand) -> Self {
        Self {
            image: image.into(),
            command,
            network: "none".to_owned(),
            env: BTreeMap::new(),
            timeout: Duration::from_secs(60),
        }
    }

    /// The body of the request; `id` makes the label unique.
    pub(super) fn container_config(&self, id: &str) -> ContainerCreateBody {
        let (entrypoint, cmd) = match &self.command {
            RunCommand::AsBuilt => (None, None),
            RunCommand::Arguments(arguments) => (None, Some(arguments.clone())),
            RunCommand::Program(argv) => {
                let (program, arguments) = argv.split_at(argv.len().min(1));
                (Some(program.to_vec()), Some(arguments.to_vec()))
            }
        };
        ContainerCreateBody {
            image: Some(self.image.to_string()),
            entrypoint,
            cmd,
            env: Some(self.env.iter().map(|(name, value)| format!("{name}={value}")).collect()),
            labels: Some([(CHECK_LABEL.to_owned(), id.to_owned())].into()),
            network_disabled: Some(self.network == "none"),
            host_config: Some(self.host_config()),
            ..ContainerCreateBody::default()
        }
    }

    /// The output is read from the engine, which not every log driver allows.
    fn host_config(&self) -> HostConfig {
        let typ = Some("json-file".to_owned());
        HostConfig {
            network_mode: Some(self.network.clone()),
            log_config: Some(HostConfigLogConfig { typ, config: None }),
            ..HostConfig::default()
        }
    }

    /// The program, for an error message.
    pub(super) fn program(&self) -> String {
        match &self.command {
            RunCommand::Program(argv) => argv.first().cloned().unwrap_or_default(),
            _ => "of its entry point".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(command: RunCommand) -> ContainerCreateBody {
        let image: image_ref::Reference = "a:b".parse().unwrap();
        RunRequest::new(image, command).container_config("x")
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn arguments_keep_the_entry_point_and_a_program_replaces_it() {
        let arguments = config(RunCommand::Arguments(texts(&["--version"])));
        assert_eq!((arguments.entrypoint, arguments.cmd), (None, Some(texts(&["--version"]))));
        let program = config(RunCommand::Program(texts(&["app", "--version"])));
        assert_eq!(program.entrypoint, Some(texts(&["app"])));
        assert_eq!(program.cmd, Some(texts(&["--version"])));
    }

    #[test]
    fn a_container_has_a_label_and_by_default_no_network() {
        let config = config(RunCommand::AsBuilt);
        assert_eq!(config.host_config.unwrap().network_mode.as_deref(), Some("none"));
        assert_eq!(config.labels.unwrap()[CHECK_LABEL], "x");
    }
}
