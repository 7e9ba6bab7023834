use configuration::Image;
use git::GitError;
use image_ref::{Digest, ImageTag, ParseError, Platform};
use operation::error_chain;
use registry_dockerhub::RegistryClient;
use release_plan::{StepId, floating_moves};
use release_version::{FloatingDecision, TemplateValues};

use super::{
    check::{Check, Verdict},
    verification::Verification,
};
use crate::{ReleaseError, image_check::run_published_image, steps::ImageEvidence};

/// Version tags, every platform's bytes, a run, and the floating tags.
pub(super) async fn verify_image(
    verification: &Verification<'_>,
    name: &str,
) -> Result<Vec<Check>, ReleaseError> {
    let target = format!("image {name}");
    let Some(image) = verification.project.image(name) else { return Ok(Vec::new()) };
    let recorded = verification.recorded(&StepId::BuildImage(name.to_owned()))?;
    let repository = &image.repository;
    let registry = verification.clients.anonymous_client(verification.project, repository);
    let digest = match version_digest(verification, image, &registry, recorded).await {
        Ok(digest) => digest,
        Err(verdict) => return Ok(vec![Check::new(target, "version tags", verdict)]),
    };
    let tags = Verdict::Holds(format!("{} at {repository}", digest.short()));
    let (platforms, run, floating) = tokio::join!(
        pull_verdict(image, &registry, &digest),
        run_verdict(verification, image, &digest),
        floating_verdict(verification, image, &registry, &digest),
    );
    let mut checks = vec![
        Check::new(&*target, "version tags", tags),
        Check::new(&*target, "pull of every platform", platforms),
    ];
    checks.extend(run.map(|verdict| Check::new(&*target, "contains the version", verdict)));
    checks.extend(floating.map(|verdict| Check::new(&*target, "floating tags", verdict)));
    Ok(checks)
}

/// The one digest that all version tags point to: the recorded one, if the release
/// was made on this machine.
async fn version_digest(
    verification: &Verification<'_>,
    image: &Image,
    registry: &RegistryClient,
    recorded: Option<ImageEvidence>,
) -> Result<Digest, Verdict> {
    let commit = tagged_commit(verification).await.map_err(|error| unknown(&error))?;
    let values = TemplateValues {
        version: &verification.version,
        commit: commit.as_deref().unwrap_or_default(),
    };
    let mut expected = recorded.map(|evidence| evidence.digest);
    for template in image.tags.iter().filter(|tag| commit.is_some() || !tag.names_commit()) {
        let (repository, tag) = (&image.repository, parse_tag(&template.render(values))?);
        let found = match registry.manifests(repository).head(&tag).await {
            Ok(Some(head)) => head.digest,
            Ok(None) => return Err(Verdict::Differs(format!("{repository}:{tag} does not exist"))),
            Err(error) => return Err(unknown(&error)),
        };
        let expected = expected.get_or_insert_with(|| found.clone());
        if *expected != found {
            let text = format!("{repository}:{tag} is {found}, expected {expected}");
            return Err(Verdict::Differs(text));
        }
    }
    expected.ok_or_else(|| {
        Verdict::Unknown("cannot determine a version tag without the commit".to_owned())
    })
}

/// Short name of the commit of the version's local tag.
async fn tagged_commit(verification: &Verification<'_>) -> Result<Option<String>, GitError> {
    let project = verification.project;
    let tag =
        project.repository.tags().get(&verification.tags.name_of(&verification.version)).await?;
    match tag {
        Some(tag) => project.repository.short_id(&tag.commit).await.map(Some),
        None => Ok(None),
    }
}

async fn pull_verdict(image: &Image, registry: &RegistryClient, digest: &Digest) -> Verdict {
    let platforms = platforms_of(image);
    let mut bytes: u64 = 0;
    for platform in &platforms {
        match registry.verify_pull(&image.repository, digest, platform).await {
            Ok(pulled) => bytes = bytes.saturating_add(pulled.bytes),
            Err(error) if error.may_pass() => return unknown(&error),
            Err(error) => return Verdict::Differs(error_chain(&error)),
        }
    }
    let names: Vec<String> = platforms.iter().map(Platform::to_string).collect();
    Verdict::Holds(format!("{}, {bytes} bytes", names.join(", ")))
}

/// The configured platforms; the machine's own where none is configured.
fn platforms_of(image: &Image) -> Vec<Platform> {
    match image.platforms.as_slice() {
        [] => vec![Platform::host()],
        configured => configured.to_vec(),
    }
}

async fn run_verdict(
    verification: &Verification<'_>,
    image: &Image,
    digest: &Digest,
) -> Option<Verdict> {
    if verification.request.without_run {
        return None;
    }
    let platforms = platforms_of(image);
    let published = (digest, platforms.as_slice());
    let versions = [verification.version.to_string(), verification.version.pep440()];
    let (project, clients) = (verification.project, verification.clients);
    match run_published_image(project, clients, image, published, &versions, None).await {
        Ok(printed) => printed.map(Verdict::Holds),
        Err(error) if error.is_unreachable() => Some(Verdict::Unknown(error_chain(&error))),
        Err(error) => Some(Verdict::Differs(error_chain(&error))),
    }
}

/// The newest version of a line must be what the line's tag points to. `None` when
/// this version has no floating tag.
async fn floating_verdict(
    verification: &Verification<'_>,
    image: &Image,
    registry: &RegistryClient,
    digest: &Digest,
) -> Option<Verdict> {
    let existing = match registry.tags(&image.repository).list().await {
        Ok(tags) => tags.iter().map(|tag| tag.as_str().to_owned()).collect::<Vec<_>>(),
        Err(error) => return Some(unknown(&error)),
    };
    let moves =
        floating_moves(image, &existing, &verification.tags.versions(), verification.version);
    let expected: Vec<String> = moves
        .into_iter()
        .filter(|tag_move| tag_move.decision == FloatingDecision::Move)
        .map(|tag_move| tag_move.tag)
        .collect();
    if expected.is_empty() {
        return None;
    }
    let mut problems = Vec::new();
    for name in &expected {
        match tag_problem(image, registry, name, digest).await {
            Ok(problem) => problems.extend(problem),
            Err(verdict) => return Some(verdict),
        }
    }
    Some(if problems.is_empty() {
        Verdict::Holds(expected.join(", "))
    } else {
        Verdict::Differs(problems.join("; "))
    })
}

/// Why a floating tag is not as it should be.
async fn tag_problem(
    image: &Image,
    registry: &RegistryClient,
    name: &str,
    digest: &Digest,
) -> Result<Option<String>, Verdict> {
    match registry.manifests(&image.repository).head(&parse_tag(name)?).await {
        Ok(Some(head)) if head.digest == *digest => Ok(None),
        Ok(Some(head)) => Ok(Some(format!("{name} points to {}", head.digest.short()))),
        Ok(None) => Ok(Some(format!("{name} does not exist"))),
        Err(error) => Err(unknown(&error)),
    }
}

fn parse_tag(name: &str) -> Result<ImageTag, Verdict> {
    name.parse().map_err(|error: ParseError| Verdict::Differs(error.to_string()))
}

fn unknown(error: &(dyn std::error::Error + 'static)) -> Verdict {
    Verdict::Unknown(error_chain(error))
}
