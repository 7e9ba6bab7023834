use std::{collections::BTreeMap, time::Duration};

use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig};

use super::CHECK_LABEL;
use crate::ImageName;

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
    /// Network to join: `none` unless stated.
    pub network: String,
    /// Variables beside the image's own. No secrets: the engine shows them to
    /// whoever may ask it.
    pub env: BTreeMap<String, String>,
    /// How long it may take.
    pub timeout: Duration,
}

impl RunRequest {
    /// A run without network that may take a minute.
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

    /// What the engine is asked for; `id` makes the label unique.
    pub(super) fn body(&self, id: &str) -> ContainerCreateBody {
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

    /// Output is read back from the engine, which not every log driver allows.
    fn host_config(&self) -> HostConfig {
        let typ = Some("json-file".to_owned());
        HostConfig {
            network_mode: Some(self.network.clone()),
            log_config: Some(HostConfigLogConfig { typ, config: None }),
            ..HostConfig::default()
        }
    }

    /// The program for an error's text.
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

    fn body(command: RunCommand) -> ContainerCreateBody {
        let image: image_ref::Reference = "a:b".parse().unwrap();
        RunRequest::new(image, command).body("x")
    }

    #[test]
    fn arguments_keep_the_entry_point_and_a_program_replaces_it() {
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let arguments = body(RunCommand::Arguments(words(&["--version"])));
        assert_eq!((arguments.entrypoint, arguments.cmd), (None, Some(words(&["--version"]))));
        let program = body(RunCommand::Program(words(&["app", "--version"])));
        assert_eq!(program.entrypoint, Some(words(&["app"])));
        assert_eq!(program.cmd, Some(words(&["--version"])));
    }

    #[test]
    fn a_container_has_no_network_and_a_label_unless_asked() {
        let body = body(RunCommand::AsBuilt);
        assert_eq!(body.host_config.unwrap().network_mode.as_deref(), Some("none"));
        assert_eq!(body.labels.unwrap()[CHECK_LABEL], "x");
    }
}
