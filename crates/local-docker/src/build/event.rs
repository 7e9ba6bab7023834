use image_ref::Platform;

/// What happens during a build, for a person who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildEvent {
    /// The builder begins with these platforms.
    Started {
        /// What is built for.
        platforms: Vec<Platform>,
    },
    /// A step of the Dockerfile begins.
    Step {
        /// Counted from 1.
        number: u32,
        /// How many there are.
        total: u32,
        /// Stage or platform, when the builder tells: `builder`, `linux/arm64`.
        stage: Option<String>,
        /// The instruction.
        text: String,
    },
    /// A line that a step or the builder prints.
    Log {
        /// The line without its end.
        line: String,
    },
    /// The builder warns.
    Warning {
        /// The warning.
        text: String,
    },
    /// The built image is written to the layout.
    Exporting {
        /// The platform whose image it is.
        platform: Platform,
    },
}

/// Where events go. Called often: it must not wait.
pub type BuildEvents<'a> = &'a (dyn Fn(BuildEvent) + Send + Sync);
