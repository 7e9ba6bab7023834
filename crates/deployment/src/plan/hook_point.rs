use std::fmt;

use serde::{Deserialize, Serialize};

/// When a command of the project runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookPoint {
    /// Before anything is changed.
    Before,
    /// When everything is prepared and the old version still serves.
    BeforeSwitch,
    /// After success.
    After,
}

impl HookPoint {
    /// All of them, in the order in which they come.
    pub const ALL: [Self; 3] = [Self::Before, Self::BeforeSwitch, Self::After];
}

impl fmt::Display for HookPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::BeforeSwitch => "before-switch",
            Self::After => "after",
        })
    }
}
