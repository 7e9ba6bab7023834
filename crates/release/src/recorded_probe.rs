//! Steps that are not repeated while what they were done for is the same.

use probe::Probe;
use step_runner::{Outcome, Step, StepProbe};

use crate::{context::ReleaseContext, step_error::ReleaseStepError};

/// Already done when the step recorded evidence that `is_current`; `detail` is shown then.
pub(crate) fn recorded_probe<'a, S: Step<ReleaseContext<'a>>>(
    context: &ReleaseContext<'a>,
    step: &S,
    is_current: impl FnOnce(&S::Evidence) -> bool,
    detail: impl FnOnce(&S::Evidence) -> String,
) -> Result<StepProbe<S, ReleaseContext<'a>>, ReleaseStepError> {
    Ok(match context.evidence(step)?.filter(is_current) {
        Some(recorded) => {
            let detail = detail(&recorded);
            Probe::Identical(Outcome::already_done(recorded, detail))
        }
        None => Probe::Absent,
    })
}
