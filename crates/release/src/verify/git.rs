use operation::error_chain;

use super::{
    check::{Check, Verdict},
    verification::Verification,
};

/// The tag at the remote, compared with the local one.
pub(super) async fn verify_tag(verification: &Verification<'_>) -> Check {
    Check::new("git", "tag at the remote", tag_verdict(verification).await)
}

async fn tag_verdict(verification: &Verification<'_>) -> Verdict {
    let project = verification.project;
    let (repository, remote) = (&project.repository, &project.configuration.git.remote);
    let name = verification.tags.name_of(&verification.version);
    let local = match repository.tags().get(&name).await {
        Ok(local) => local,
        Err(error) => return Verdict::Unknown(error_chain(&error)),
    };
    let refs = match repository.remote(remote).refs().await {
        Ok(refs) => refs,
        Err(error) => return Verdict::Unknown(error_chain(&error)),
    };
    match (refs.tags.get(&name), local) {
        (None, _) => Verdict::Differs(format!("{remote} has no tag {name}")),
        (Some(published), Some(local)) if published.id != local.id => {
            Verdict::Differs(format!("{name} at {remote} differs from the local tag"))
        }
        (Some(published), _) => Verdict::Holds(format!("{name} on {}", published.commit)),
    }
}
