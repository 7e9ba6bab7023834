use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Argv;

/// A measurement of every release, compared with that of the last one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Benchmark {
    /// Command that prints a number, or a JSON object of numbers.
    pub command: Argv,
    /// Which values are better.
    #[serde(default)]
    pub better: Better,
    /// How much worse a value may be than that of the last release, such as `10%`.
    #[serde(default)]
    pub allowed_loss: Percentage,
}

/// Which values are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Lower ones, such as times and sizes.
    #[default]
    Lower,
    /// Higher ones, such as requests per second.
    Higher,
}

/// A percentage, such as `10%`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    with = "String",
    extend("pattern" = "^[0-9]+([.][0-9]+)?%$", "examples" = ["10%"])
)]
pub struct Percentage(f64);

impl Percentage {
    /// The number before the sign.
    #[must_use]
    pub fn percent(self) -> f64 {
        self.0
    }
}

impl Default for Percentage {
    fn default() -> Self {
        Self(10.0)
    }
}

impl FromStr for Percentage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
        let number = number.filter(|number| number.is_finite() && *number >= 0.0);
        number.map(Self).ok_or_else(|| format!("`{text}` is not a percentage; write it like `10%`"))
    }
}

impl TryFrom<String> for Percentage {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Percentage> for String {
    fn from(percentage: Percentage) -> Self {
        format!("{}%", percentage.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_has_its_sign_and_is_not_negative() {
        assert_eq!("12.5%".parse(), Ok(Percentage(12.5)));
        for text in ["", "%", "10", "-1%", "inf%", "ten%"] {
            assert!(text.parse::<Percentage>().is_err(), "{text}");
        }
    }
}
