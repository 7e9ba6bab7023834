/// A file among the records of deployments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Its name: `20261129-201530.plan.json`.
    pub name: String,
    /// Its content.
    pub content: Vec<u8>,
}
