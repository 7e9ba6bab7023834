use async_trait::async_trait;
use configuration::Benchmark;
use operation::error_chain;
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, Step, StepProbe};

use super::check_built::{BuiltEvidence, built, run_with_artifacts};
use crate::{
    context::ReleaseContext,
    measurements::{ComparedValue, EarlierMeasurements, Measurements},
    recorded_probe::recorded_probe,
    step_error::ReleaseStepError,
    unfinished::earlier_evidence,
};

/// Measures what was built, and compares it with the last release that was measured on
/// this machine.
pub(crate) struct RunBenchmark;

/// Evidence of a measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BenchmarkEvidence {
    measured: BuiltEvidence,
    values: Measurements,
    earlier: Option<EarlierMeasurements>,
}

impl BenchmarkEvidence {
    fn summary(&self) -> String {
        let values = self.values.compared(self.earlier.as_ref());
        let values = values.map(|value| value.to_string()).collect::<Vec<_>>().join(", ");
        match &self.earlier {
            Some(earlier) => format!("{values} compared with {}", earlier.version),
            None => format!("{values}; no earlier measurement on this machine"),
        }
    }

    /// For the notes of the forge release.
    pub(crate) fn notes(&self) -> String {
        let title = match &self.earlier {
            Some(earlier) => format!("### Benchmark, compared with {}", earlier.version),
            None => "### Benchmark".to_owned(),
        };
        let values = self.values.compared(self.earlier.as_ref());
        let values = values.map(|value| format!("- {value}"));
        [title, String::new()].into_iter().chain(values).collect::<Vec<_>>().join("\n")
    }
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for RunBenchmark {
    type Evidence = BenchmarkEvidence;
    type Missing = ();

    fn id(&self) -> StepId {
        StepId::Benchmark
    }

    /// What was measured is not measured again.
    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        let built = built(context)?;
        recorded_probe(
            context,
            self,
            |recorded| recorded.measured == built,
            BenchmarkEvidence::summary,
        )
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        _: Option<()>,
        progress: &RunningStep,
    ) -> Result<Outcome<BenchmarkEvidence>, ReleaseStepError> {
        let Some(benchmark) = &context.project.configuration.benchmark else {
            return Err(ReleaseStepError::failed("the benchmark is not in the configuration"));
        };
        let values = measure(context, benchmark, progress).await?;
        let earlier = earlier_evidence::<BenchmarkEvidence>(context, &self.id());
        let earlier = earlier.map_err(|error| ReleaseStepError::failed(error_chain(&error)))?;
        let earlier = earlier.map(|(version, evidence)| EarlierMeasurements {
            version: version.to_string(),
            values: evidence.values,
        });
        let evidence = BenchmarkEvidence { measured: built(context)?, values, earlier };
        require_no_loss(&evidence, benchmark)?;
        let summary = evidence.summary();
        Ok(Outcome::done(evidence, summary))
    }
}

async fn measure(
    context: &ReleaseContext<'_>,
    benchmark: &Benchmark,
    progress: &RunningStep,
) -> Result<Measurements, ReleaseStepError> {
    let output = run_with_artifacts(context, &benchmark.command, progress).await?;
    Measurements::parse(&output.stdout_text()).map_err(|problem| {
        ReleaseStepError::failed(format!("`{}`: {problem}", benchmark.command.line()))
    })
}

fn require_no_loss(
    evidence: &BenchmarkEvidence,
    benchmark: &Benchmark,
) -> Result<(), ReleaseStepError> {
    let Some(earlier) = &evidence.earlier else { return Ok(()) };
    let values = evidence.values.compared(Some(earlier));
    let losses = values.filter(|value| value.is_loss(benchmark));
    let losses = losses.map(|value: ComparedValue<'_>| value.to_string());
    let missing = evidence.values.missing(earlier).map(|name| format!("{name} was not measured"));
    let problems: Vec<String> = losses.chain(missing).collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(ReleaseStepError::Failed {
        problem: format!("worse than {}: {}", earlier.version, problems.join(", ")),
        advice: Some(format!(
            "measure again with the same command, or raise `allowed-loss` in [benchmark] (now {})",
            String::from(benchmark.allowed_loss)
        )),
    })
}
