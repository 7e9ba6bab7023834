use crate::ComposeError;

impl ComposeError {
    /// What a person can do about it, if there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoFile { .. } => {
                "go to the project's folder, or name the file with -f or COMPOSE_FILE"
            }
            Self::MissingFile { .. } => "check -f, --env-file, COMPOSE_FILE and COMPOSE_ENV_FILES",
            Self::BrokenFile { .. } => {
                "correct the file; `docker compose config --quiet` checks it"
            }
            Self::BrokenEnvFile { .. } => {
                "write each line as NAME=value, NAME='value' or # comment"
            }
            Self::UnresolvableVariable { .. } => {
                "set the variable, write it into .env, or name a file that has it with --env-file"
            }
            Self::InvalidSetting { .. } => "set it to true or false, or unset it",
            Self::InvalidName { .. } => {
                "use lower-case letters, digits, `-` and `_`, beginning with a letter or digit"
            }
            Self::NoName { .. } => "name the project with -p, COMPOSE_PROJECT_NAME or `name:`",
            Self::StandardInput => "write it to a file and name that with -f",
            Self::NotInstalled => {
                "install the Docker plugin compose (package docker-compose-plugin)"
            }
            Self::TooOldForModel { .. } => "install Docker Compose 2 or newer",
            Self::Unusable { .. } => "run `docker compose version` to see what it says",
            Self::UnexpectedModel(_) => "install another version of Docker Compose",
            Self::Unreadable { .. } => return None,
        })
    }
}
