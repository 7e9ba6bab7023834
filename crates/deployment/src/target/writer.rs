use crate::plan::Instance;

/// An instance that may write to the application's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// The instance, running or not.
    pub instance: Instance,
    /// The service of the application that it belongs to; `None` for what a deployment must not
    /// stop: a command that somebody runs, or a program of another application.
    pub service: Option<String>,
}
