use image_ref::Platform;

/// Progress of a build, for a person who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildEvent {
    /// The builder begins with these platforms.
    Started {
        /// The platforms to build for.
        platforms: Vec<Platform>,
    },
    /// A step of the Dockerfile begins.
    Step {
        /// Counted from 1.
        number: u32,
        /// The number of steps.
        total: u32,
        /// Stage or platform, if the builder reports it: `builder`, `linux/arm64`.
        stage: Option<String>,
        /// The instruction.
        text: String,
    },
    /// A line of output of a step or of the builder.
    Log {
        /// The line without its end.
        line: String,
    },
    /// A warning of the builder.
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

/// Called with every event, and so often that it must not block.
pub type OnBuildEvent<'a> = &'a (dyn Fn(BuildEvent) + Send + Sync);
