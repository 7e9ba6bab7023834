#![doc = include_str!("../README.md")]

use serde::Serialize;

/// Whether what is to be published is in place already, judged by content.
#[must_use = "a target that could not be queried must not pass silently"]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Probe<Found = (), Missing = Never, Other = (), Failure = Never> {
    /// Nothing of it is there.
    Absent,
    /// Exactly what is expected is there.
    Identical(Found),
    /// Part of it is there and nothing contradicts it: what is missing.
    Partial(Missing),
    /// Something else is there under its name.
    Diverged(Other),
    /// The target could not be queried, so nothing is known.
    Unknown(Failure),
}

/// The payload of a variant that cannot occur. As
/// [`Infallible`](std::convert::Infallible), which serde does not serialise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Never {}

impl<Found, Missing, Other, Failure> Probe<Found, Missing, Other, Failure> {
    /// Whether exactly what is expected is there.
    pub fn is_identical(&self) -> bool {
        matches!(self, Self::Identical(_))
    }

    /// The probe without `Unknown`.
    ///
    /// # Errors
    /// Why the target could not be queried.
    pub fn into_result(self) -> Result<Probe<Found, Missing, Other>, Failure> {
        match self {
            Self::Absent => Ok(Probe::Absent),
            Self::Identical(found) => Ok(Probe::Identical(found)),
            Self::Partial(missing) => Ok(Probe::Partial(missing)),
            Self::Diverged(other) => Ok(Probe::Diverged(other)),
            Self::Unknown(failure) => Err(failure),
        }
    }
}

/// A query that failed leaves the state unknown.
impl<Found, Missing, Other, Failure> From<Result<Probe<Found, Missing, Other>, Failure>>
    for Probe<Found, Missing, Other, Failure>
{
    fn from(queried: Result<Probe<Found, Missing, Other>, Failure>) -> Self {
        match queried {
            Ok(Probe::Absent) => Self::Absent,
            Ok(Probe::Identical(found)) => Self::Identical(found),
            Ok(Probe::Partial(missing)) => Self::Partial(missing),
            Ok(Probe::Diverged(other)) => Self::Diverged(other),
            Err(failure) => Self::Unknown(failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tag = Probe<u8, Vec<u8>, u8, &'static str>;

    #[test]
    fn only_unknown_is_an_error_and_comes_back_from_one() {
        let probes = [Tag::Absent, Tag::Identical(1), Tag::Partial(vec![2]), Tag::Diverged(3)];
        for probe in probes {
            let known = probe.clone().into_result();
            assert!(known.is_ok(), "{probe:?}");
            assert_eq!(Tag::from(known), probe);
        }
        assert_eq!(Tag::Unknown("no route").into_result(), Err("no route"));
        assert_eq!(Tag::from(Err("no route")), Tag::Unknown("no route"));
    }

    #[test]
    fn only_identical_content_leaves_nothing_to_publish() {
        assert!(Tag::Identical(1).is_identical());
        for probe in [Tag::Absent, Tag::Partial(vec![]), Tag::Diverged(1), Tag::Unknown("")] {
            assert!(!probe.is_identical(), "{probe:?}");
        }
    }

    #[test]
    fn a_probe_is_serialised_by_its_variant() {
        let json = |probe: &Tag| serde_json::to_string(probe).unwrap();
        assert_eq!(json(&Tag::Absent), r#""absent""#);
        assert_eq!(json(&Tag::Partial(vec![2])), r#"{"partial":[2]}"#);
        assert_eq!(
            serde_json::to_string(&<Probe>::Identical(())).unwrap(),
            r#"{"identical":null}"#
        );
    }
}
