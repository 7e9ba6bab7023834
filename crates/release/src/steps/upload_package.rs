use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use probe::Probe;
use registry_pypi::{
    Distribution, ExpectedFile, IndexProbeError, IndexWriter, UploadEvent, UploadObserver,
    UploadSet,
};
use release_plan::StepId;
use report::RunningStep;
use serde::{Deserialize, Serialize};
use step_runner::{Outcome, Step, StepProbe};

use super::{
    build_package::{PackageEvidence, package, upload_set},
    collect_package::recorded_files,
};
use crate::{attestations::attest, context::ReleaseContext, step_error::ReleaseStepError};

/// Uploads the files that the index does not have yet.
pub(crate) struct UploadPackage {
    pub(crate) index: String,
}

/// Evidence of the files that the index has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct UploadEvidence {
    files: Vec<ExpectedFile>,
}

#[async_trait(?Send)]
impl<'a> Step<ReleaseContext<'a>> for UploadPackage {
    type Evidence = UploadEvidence;
    /// Names of the files that the index lacks.
    type Missing = BTreeSet<String>;

    fn id(&self) -> StepId {
        StepId::Upload(self.index.clone())
    }

    async fn probe(
        &self,
        context: &ReleaseContext<'a>,
    ) -> Result<StepProbe<Self, ReleaseContext<'a>>, ReleaseStepError> {
        let PackageEvidence { files } = recorded_files(context)?;
        let project = package(context)?.pyproject.normalized_name();
        let found = context.clients.index(&self.index)?.probe(&project, &files).await;
        Ok(match found {
            Probe::Identical(_) => Probe::Identical(Outcome::already_done(
                UploadEvidence { files },
                "the index has all files",
            )),
            Probe::Diverged(_) => Probe::Diverged(ReleaseStepError::refused(
                format!("{} has files of these names with different content", self.index),
                "release the next version",
            )),
            Probe::Partial(state) | Probe::Unknown(IndexProbeError::Files(state)) => {
                let names = files.into_iter().map(|file| file.file_name);
                Probe::Partial(names.filter(|name| !state.has_identical(name)).collect())
            }
            // An index whose pages do not answer may still accept files, and refuses
            // those that it has.
            Probe::Absent | Probe::Unknown(_) => Probe::Absent,
        })
    }

    async fn apply(
        &self,
        context: &ReleaseContext<'a>,
        missing: Option<BTreeSet<String>>,
        progress: &RunningStep,
    ) -> Result<Outcome<UploadEvidence>, ReleaseStepError> {
        let PackageEvidence { files } = recorded_files(context)?;
        let credentials = context.clients.credentials(&self.index).await?;
        let mut set = self.files_to_upload(context, &files, missing.as_ref()).await?;
        let attested = attest(context, &self.index, &set, &credentials).await?;
        if attested.made > 0 {
            // The attestations are next to the files.
            set = self.files_to_upload(context, &files, missing.as_ref()).await?;
        }
        let (all, detail) = (files.len(), attested.detail);
        let present = all - set.distributions().len();
        let total = set.distributions().iter().map(Distribution::size).sum();
        let writer = IndexWriter::new(context.clients.index(&self.index)?.clone());
        let uploaded =
            writer.upload_set(&set, &credentials, Some(&observer(progress, total))).await;
        let uploaded = uploaded.map_err(|partly| ReleaseStepError::PartlyUploaded {
            done: present + partly.done.len(),
            all,
            source: partly.error,
        })?;
        let detail = match present {
            0 => format!("{all} files, accepted{detail}"),
            _ => format!(
                "{} of {all} files, accepted{detail}; the others were already there",
                uploaded.len()
            ),
        };
        Ok(Outcome::done(UploadEvidence { files }, detail))
    }
}

impl UploadPackage {
    /// The recorded files that the index lacks, read anew.
    async fn files_to_upload(
        &self,
        context: &ReleaseContext<'_>,
        recorded: &[ExpectedFile],
        missing: Option<&BTreeSet<String>>,
    ) -> Result<UploadSet, ReleaseStepError> {
        let mut set = upload_set(context, &self.index).await?;
        let files = set.distributions();
        let is_recorded = files.iter().all(|file| recorded.contains(&file.expected()));
        if !is_recorded || files.len() != recorded.len() {
            return Err(ReleaseStepError::refused(
                "the files to upload are not those that were built and recorded",
                "restore them, or close the release with --abort and start again",
            ));
        }
        if let Some(missing) = missing {
            set.retain(|file| missing.contains(file.file_name()));
        }
        Ok(set)
    }
}

/// Turns an upload's events into one bar.
fn observer(progress: &RunningStep, total: u64) -> UploadObserver {
    let progress = progress.clone();
    Arc::new(move |event| {
        if let UploadEvent::Sent(bytes) = event {
            progress.advance(bytes, Some(total));
        }
    })
}

#[cfg(test)]
mod tests {
    use report::StepState;

    use super::*;
    use crate::{
        steps::build_package::distributions,
        test_scene::{TestScene, carry_out},
    };

    fn step() -> UploadPackage {
        UploadPackage { index: "pypi".to_owned() }
    }

    async fn record_build(context: &ReleaseContext<'_>) {
        let files = distributions(context).await.unwrap();
        let files = files.iter().map(Distribution::expected).collect();
        context.journal.done(&StepId::BuildPackage, &PackageEvidence { files }).unwrap();
    }

    #[tokio::test]
    async fn files_that_the_index_has_are_not_uploaded_again() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        scene.build_samples(&context, "hello");
        record_build(&context).await;
        let (state, detail) = carry_out(step(), &context).await.unwrap();
        assert_eq!((state, &*detail), (StepState::Done, "2 files, accepted"));
        let (state, _) = carry_out(step(), &context).await.unwrap();
        assert_eq!(state, StepState::AlreadyDone);
    }

    #[tokio::test]
    async fn what_is_missing_is_recorded_and_completed() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        scene.build_samples(&context, "hello");
        record_build(&context).await;
        let wheel = BTreeSet::from(["demo_tool-0.2.0-py3-none-any.whl".to_owned()]);
        let progress = report::Reporter::silent().step("", "");
        step().apply(&context, Some(wheel), &progress).await.unwrap();
        let Probe::Partial(missing) = step().probe(&context).await.unwrap() else {
            panic!("one file is there")
        };
        assert_eq!(missing, BTreeSet::from(["demo_tool-0.2.0.tar.gz".to_owned()]));
        let (_, detail) = carry_out(step(), &context).await.unwrap();
        assert_eq!(detail, "1 of 2 files, accepted; the others were already there");
    }

    #[tokio::test]
    async fn other_bytes_under_the_same_names_are_refused() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        scene.build_samples(&context, "hello");
        record_build(&context).await;
        carry_out(step(), &context).await.unwrap();
        scene.build_samples(&context, "another build");
        record_build(&context).await;
        let failure = carry_out(step(), &context).await.unwrap_err();
        assert!(failure.refused && failure.text.contains("with different content"), "{failure:?}");
    }

    #[tokio::test]
    async fn files_that_are_not_those_recorded_are_never_uploaded() {
        let scene = TestScene::new().await;
        let context = scene.context().await;
        scene.build_samples(&context, "hello");
        record_build(&context).await;
        scene.build_samples(&context, "another build");
        let failure = carry_out(step(), &context).await.unwrap_err();
        assert!(failure.refused && failure.text.contains("not those that were built"));
        assert!(scene.index.state().projects.is_empty());
    }
}
