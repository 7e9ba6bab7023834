use std::{str::FromStr, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A duration: a whole number and `ms`, `s`, `m`, `h` or `d`, such as `10m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    with = "String",
    extend("pattern" = "^[0-9]+(ms|s|m|h|d)$", "examples" = ["90s", "10m", "30d"])
)]
pub struct Period(Duration);

impl Period {
    /// So many seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The time as the standard library has it.
    #[must_use]
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let milliseconds = match &text[digits.len()..] {
            "ms" => Some(1),
            "s" => Some(1000),
            "m" => Some(60_000),
            "h" => Some(3_600_000),
            "d" => Some(86_400_000),
            _ => None,
        };
        let product =
            milliseconds.and_then(|unit: u64| digits.parse::<u64>().ok()?.checked_mul(unit));
        product.map(|total| Self(Duration::from_millis(total))).ok_or_else(|| {
            format!("`{text}` is not a duration; write it like `90s`, `10m` or `30d`")
        })
    }
}

impl TryFrom<String> for Period {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        format!("{}ms", period.0.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_read_and_the_rest_refused() {
        for (text, milliseconds) in
            [("5ms", 5), ("90s", 90_000), ("10m", 600_000), ("1h", 3_600_000), ("2d", 172_800_000)]
        {
            assert_eq!(text.parse::<Period>().unwrap().duration().as_millis(), milliseconds);
        }
        for text in ["", "10", "m", "1.5h", "10 m", "1w", "-1s"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
