//! The steps of a release, one in each file.

mod await_workflows;
mod build_image;
mod build_package;
mod create_tag;
mod draft_forge_release;
mod make_commit;
mod move_floating_tags;
mod project_files;
mod publish_forge_release;
mod push_git;
mod push_image;
mod run_check;
mod upload_package;
mod verify_git;
mod verify_image;
mod verify_index;

use release_plan::Action;
use step_runner::AnyStep;

use crate::context::ReleaseContext;

use self::{
    await_workflows::AwaitWorkflows, create_tag::CreateTag, draft_forge_release::DraftForgeRelease,
    make_commit::MakeCommit, move_floating_tags::MoveFloatingTags,
    publish_forge_release::PublishForgeRelease, push_git::PushGit, push_image::PushImage,
    run_check::RunCheck, upload_package::UploadPackage, verify_git::VerifyGit,
    verify_image::VerifyImage, verify_index::VerifyIndex,
};
pub(crate) use self::{
    build_image::{BuildImage, ImageEvidence, local_image_name},
    build_package::{BuildPackage, PackageEvidence},
    verify_index::{proof_problems, proved_levels},
};

/// The step that carries out an action.
pub(crate) fn step_of<'a>(action: &Action) -> Box<dyn AnyStep<ReleaseContext<'a>>> {
    match action.clone() {
        Action::Commit { .. } => Box::new(MakeCommit),
        Action::RunCheck { number, .. } => Box::new(RunCheck { number }),
        Action::BuildPackage => Box::new(BuildPackage),
        Action::BuildImage { image } => Box::new(BuildImage { image }),
        Action::CreateTag { tag, branch, .. } => Box::new(CreateTag { tag, branch }),
        Action::PushGit { remote, branch, .. } => Box::new(PushGit { remote, branch }),
        Action::VerifyGit { remote, .. } => Box::new(VerifyGit { remote }),
        Action::DraftForgeRelease { .. } => Box::new(DraftForgeRelease),
        Action::AwaitWorkflows { workflows } => Box::new(AwaitWorkflows { workflows }),
        Action::Upload { index } => Box::new(UploadPackage { index }),
        Action::VerifyIndex { index } => Box::new(VerifyIndex { index }),
        Action::PushImage { image, .. } => Box::new(PushImage { image }),
        Action::VerifyImage { image } => Box::new(VerifyImage { image }),
        Action::MoveFloatingTags { image, .. } => Box::new(MoveFloatingTags { image }),
        Action::PublishForgeRelease { .. } => Box::new(PublishForgeRelease),
    }
}
