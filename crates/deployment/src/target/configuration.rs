use std::{collections::BTreeMap, fmt};

use image_ref::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an instance was created with apart from its image: enough to create another one of
/// the same. A secret as a whole, because it has the values of variables.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceConfiguration {
    /// The environment, by name.
    pub variables: BTreeMap<String, String>,
    /// Everything else, by what people call it: `command`, `mounts`, `networks`.
    pub parts: BTreeMap<String, Value>,
    /// What tells it from others, as [`crate::plan::Instance::configuration`] has it.
    pub identity: Option<String>,
    /// The name that the instance has by configuration; `None` when the target names it.
    pub instance_name: Option<String>,
    /// Why there cannot be a second instance beside one of these: `it publishes port 8000 of
    /// the host`.
    pub exclusive: Option<String>,
    /// Why an instance that is created from this would lack something.
    pub incomplete: Option<String>,
    /// What the target creates an instance from; only the target reads it.
    pub data: Value,
}

/// Values are secrets, so nothing of it is shown.
impl fmt::Debug for InstanceConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstanceConfiguration")
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

impl InstanceConfiguration {
    /// A digest of what people can change, from which no value can be read.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let Self { variables, parts, .. } = self;
        Digest::of(serde_json::json!([variables, parts]).to_string().as_bytes())
    }
}
