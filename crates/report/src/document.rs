use serde::Serialize;
use serde_json::Value;

/// A plan or report in all the forms it can be asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Document {
    /// For programs.
    pub json: Value,
    /// For a terminal.
    #[serde(skip)]
    pub human: String,
    /// For release notes and issues.
    #[serde(skip)]
    pub markdown: String,
}
