//! The exit codes, part of the public contract: see `docs/exit-codes.md`.

use operation::FailureKind;

/// Done, or nothing to do.
pub const DONE: u8 = 0;
/// Failed; nothing that users see has changed, or it was put back.
pub const FAILED: u8 = 1;
/// Usage or configuration error; nothing was touched.
pub const USAGE: u8 = 2;
/// Stopped half-way; the same command resumes, the report lists what is done.
pub const HALF_WAY: u8 = 3;
/// Refused: a safety rule or a precondition.
pub const REFUSED: u8 = 4;
/// Verification or audit found a difference.
pub const DIFFERENCE: u8 = 5;
/// Interrupted; journal closed cleanly.
pub const INTERRUPTED: u8 = 130;

/// The exit code of a failure.
#[must_use]
pub fn code(kind: FailureKind) -> u8 {
    match kind {
        FailureKind::Failed => FAILED,
        FailureKind::Usage => USAGE,
        FailureKind::HalfWay => HALF_WAY,
        FailureKind::Refused => REFUSED,
        FailureKind::Difference => DIFFERENCE,
        FailureKind::Interrupted => INTERRUPTED,
    }
}

/// The kind's name in JSON.
pub(crate) fn word(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Failed => "failed",
        FailureKind::Usage => "usage",
        FailureKind::HalfWay => "half-way",
        FailureKind::Refused => "refused",
        FailureKind::Difference => "difference",
        FailureKind::Interrupted => "interrupted",
    }
}
