//! The steps of a release, one in each file.

mod await_workflows;
mod build_image;
mod build_package;
mod changelog_section;
mod check_built;
mod check_package;
mod collect_package;
mod create_tag;
mod draft_forge_release;
mod make_commit;
mod move_floating_tags;
mod project_files;
mod publish_forge_release;
mod push_git;
mod push_image;
mod run_after_release;
mod run_benchmark;
mod run_check;
mod scan_image;
mod upload_package;
mod verify_git;
mod verify_image;
mod verify_index;

use release_plan::Action;
use step_runner::AnyStep;

use crate::context::ReleaseContext;

use self::{
    await_workflows::AwaitWorkflows, check_built::CheckBuilt, check_package::CheckPackage,
    collect_package::CollectPackage, create_tag::CreateTag, draft_forge_release::DraftForgeRelease,
    make_commit::MakeCommit, move_floating_tags::MoveFloatingTags,
    publish_forge_release::PublishForgeRelease, push_git::PushGit, push_image::PushImage,
    run_after_release::RunAfterRelease, run_benchmark::RunBenchmark, run_check::RunCheck,
    scan_image::ScanImage, upload_package::UploadPackage, verify_git::VerifyGit,
    verify_image::VerifyImage, verify_index::VerifyIndex,
};
pub(crate) use self::{
    build_image::{BuildImage, ImageEvidence, local_image_name},
    build_package::{BuildPackage, PackageEvidence, package},
    collect_package::CollectedEvidence,
    draft_forge_release::DraftEvidence,
    verify_index::{proof_problems, proved_levels},
};

/// The step that carries out an action.
pub(crate) fn step_of<'a>(action: &Action) -> Box<dyn AnyStep<ReleaseContext<'a>>> {
    match action.clone() {
        Action::Commit { .. } => Box::new(MakeCommit),
        Action::RunCheck { number, .. } => Box::new(RunCheck { number }),
        Action::BuildPackage => Box::new(BuildPackage),
        Action::CheckPackage => Box::new(CheckPackage),
        Action::BuildImage { image } => Box::new(BuildImage { image }),
        Action::ScanImage { image, .. } => Box::new(ScanImage { image }),
        Action::RunBenchmark { .. } => Box::new(RunBenchmark),
        Action::CheckBuilt { number, .. } => Box::new(CheckBuilt { number }),
        Action::CreateTag { tag, branch, .. } => Box::new(CreateTag { tag, branch }),
        Action::PushGit { remote, branch, .. } => Box::new(PushGit { remote, branch }),
        Action::VerifyGit { remote, .. } => Box::new(VerifyGit { remote }),
        Action::DraftForgeRelease { .. } => Box::new(DraftForgeRelease),
        Action::AwaitWorkflows { workflows } => Box::new(AwaitWorkflows { workflows }),
        Action::CollectPackage { artifacts } => Box::new(CollectPackage { artifacts }),
        Action::Upload { index, .. } => Box::new(UploadPackage { index }),
        Action::VerifyIndex { index } => Box::new(VerifyIndex { index }),
        Action::PushImage { image, .. } => Box::new(PushImage { image }),
        Action::VerifyImage { image } => Box::new(VerifyImage { image }),
        Action::MoveFloatingTags { image, .. } => Box::new(MoveFloatingTags { image }),
        Action::PublishForgeRelease { .. } => Box::new(PublishForgeRelease),
        Action::RunAfterRelease { number, .. } => Box::new(RunAfterRelease { number }),
    }
}
