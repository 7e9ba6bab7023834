//! What a benchmark measured, and how that compares with the last release.

use std::{collections::BTreeMap, fmt};

use configuration::{Benchmark, Better};
use serde::{Deserialize, Serialize};

/// Values by their names; a command that prints one number has one value without name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Measurements(BTreeMap<String, f64>);

/// The measurements of an earlier release on this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct EarlierMeasurements {
    pub(crate) version: String,
    pub(crate) values: Measurements,
}

impl Measurements {
    /// From what a benchmark prints: a JSON object of numbers, or a number in the last
    /// line. The error says what was printed instead.
    pub(crate) fn parse(printed: &str) -> Result<Self, String> {
        let printed = printed.trim();
        if let Ok(values) = serde_json::from_str(printed) {
            return Ok(Self(values));
        }
        let last = printed.lines().last().unwrap_or_default().trim();
        let number = last.parse::<f64>().ok().filter(|number| number.is_finite());
        match number {
            Some(number) => Ok(Self(BTreeMap::from([(String::new(), number)]))),
            None => Err(format!("\"{last}\" is neither a number nor a JSON object of numbers")),
        }
    }

    /// Each value with its change against the earlier one.
    pub(crate) fn compared<'a>(
        &'a self,
        earlier: Option<&'a EarlierMeasurements>,
    ) -> impl Iterator<Item = ComparedValue<'a>> {
        self.0.iter().map(move |(name, value)| {
            let before = earlier.and_then(|earlier| earlier.values.0.get(name).copied());
            ComparedValue { name, value: *value, before }
        })
    }

    /// Names of the values that an earlier release has and this one lacks.
    pub(crate) fn missing<'a>(
        &'a self,
        earlier: &'a EarlierMeasurements,
    ) -> impl Iterator<Item = &'a str> {
        earlier.values.0.keys().filter(|name| !self.0.contains_key(*name)).map(String::as_str)
    }
}

/// A value beside that of an earlier release.
pub(crate) struct ComparedValue<'a> {
    name: &'a str,
    value: f64,
    before: Option<f64>,
}

impl ComparedValue<'_> {
    /// By how many percent of the earlier value it is higher.
    fn change(&self) -> Option<f64> {
        let before = self.before.filter(|before| *before != 0.0)?;
        Some((self.value - before) / before.abs() * 100.0)
    }

    /// Whether it is worse by more than the benchmark allows.
    pub(crate) fn is_loss(&self, benchmark: &Benchmark) -> bool {
        let loss = self.change().map(|change| match benchmark.better {
            Better::Lower => change,
            Better::Higher => -change,
        });
        loss.is_some_and(|loss| loss > benchmark.allowed_loss.percent())
    }
}

/// `import 0.31 (+4.5 %)`.
impl fmt::Display for ComparedValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.name.is_empty() { "" } else { " " };
        write!(f, "{}{separator}{}", self.name, self.value)?;
        match self.change() {
            Some(change) => write!(f, " ({change:+.1} %)"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(printed: &str) -> Measurements {
        Measurements::parse(printed).unwrap()
    }

    fn benchmark(better: Better) -> Benchmark {
        let command = configuration::parse("[benchmark]\ncommand = \"x\"\n");
        Benchmark { better, ..command.unwrap().benchmark.unwrap() }
    }

    #[test]
    fn a_number_or_an_object_of_numbers_is_read() {
        assert_eq!(measured("warming up\n12.5\n").0[""], 12.5);
        assert_eq!(measured("{\"import\": 3, \"run\": 0.5}").0.len(), 2);
        for printed in ["", "fast", "nan", "{\"import\": \"3\"}", "[1]"] {
            assert!(Measurements::parse(printed).is_err(), "{printed}");
        }
    }

    #[test]
    fn what_is_better_decides_what_a_loss_is() {
        let earlier = EarlierMeasurements { version: "1".to_owned(), values: measured("100") };
        for (now, better, is_loss) in [
            ("110", Better::Lower, false),
            ("111", Better::Lower, true),
            ("50", Better::Lower, false),
            ("89", Better::Higher, true),
            ("200", Better::Higher, false),
        ] {
            let now = measured(now);
            let value = now.compared(Some(&earlier)).next().unwrap();
            assert_eq!(value.is_loss(&benchmark(better)), is_loss, "{value}");
        }
    }

    #[test]
    fn values_are_shown_with_their_change() {
        let earlier = EarlierMeasurements {
            version: "1".to_owned(),
            values: measured("{\"a\": 4, \"zero\": 0, \"gone\": 1}"),
        };
        let now = measured("{\"a\": 3, \"zero\": 2, \"new\": 1}");
        let shown: Vec<String> =
            now.compared(Some(&earlier)).map(|value| value.to_string()).collect();
        assert_eq!(shown, ["a 3 (-25.0 %)", "new 1", "zero 2"]);
        assert_eq!(now.missing(&earlier).collect::<Vec<_>>(), ["gone"]);
    }
}
