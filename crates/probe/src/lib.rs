#![doc = include_str!("../README.md")]

use std::convert::Infallible;

use serde::Serialize;

/// Whether what is to be published is in place already, judged by content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Probe<Found = (), Missing = Infallible, Other = (), Failure = Infallible> {
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
