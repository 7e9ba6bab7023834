use configuration::Image;
use image_ref::{Digest, ImageTag, Platform};
use registry_dockerhub::{RegistryClient, RegistryError};
use release_plan::floating_moves;
use release_version::{FloatingDecision, TemplateValues};

use super::{Check, Verdict, Verification};
use operation::error_chain;

use crate::publish::{ImageEvidence, run_from_registry, stranger};

impl Verification<'_> {
    /// Version tags, every platform's bytes, a run, and the floating tags.
    pub(super) async fn verify_image(&self, name: &str) -> Vec<Check> {
        let target = format!("image {name}");
        let Some(image) = self.project.image(name) else { return Vec::new() };
        let registry = stranger(self.project, self.services, &image.repository);
        let digest = match self.version_digest(name, image, &registry).await {
            Ok(digest) => digest,
            Err(verdict) => return vec![Check::new(target, "version tags", verdict)],
        };
        let tags = Verdict::Holds(format!("{} at {}", digest.short(), image.repository));
        let (platforms, run, floating) = tokio::join!(
            pull_platforms(image, &registry, &digest),
            self.run_image(image, &digest),
            self.verify_floating(image, &registry, &digest),
        );
        let mut checks = vec![
            Check::new(&*target, "version tags", tags),
            Check::new(&*target, "pull of every platform", platforms),
        ];
        checks.extend(run.map(|verdict| Check::new(&*target, "contains the version", verdict)));
        checks.extend(floating.map(|verdict| Check::new(&*target, "floating tags", verdict)));
        checks
    }

    /// The one digest that all version tags point to, and the recorded one if
    /// the release was made here.
    async fn version_digest(
        &self,
        name: &str,
        image: &Image,
        registry: &RegistryClient,
    ) -> Result<Digest, Verdict> {
        let commit = self.tagged_commit().await;
        let values =
            TemplateValues { version: &self.version, commit: commit.as_deref().unwrap_or("") };
        let known = image.tags.iter().filter(|tag| commit.is_some() || !tag.names_commit());
        let recorded = self.recorded::<ImageEvidence>(&format!("image.{name}.build"));
        let mut expected = recorded.map(|evidence| evidence.digest);
        for template in known {
            let tag = parse(&template.render(values))?;
            let head = registry.head(&image.repository, &tag).await.map_err(unknown)?;
            let found = head.ok_or_else(|| {
                Verdict::Differs(format!("{}:{tag} does not exist", image.repository))
            })?;
            let expected = expected.get_or_insert_with(|| found.digest.clone());
            if *expected != found.digest {
                let words =
                    format!("{}:{tag} is {}, expected {expected}", image.repository, found.digest);
                return Err(Verdict::Differs(words));
            }
        }
        expected.ok_or_else(|| {
            Verdict::Unknown("no version tag can be named without the commit".to_owned())
        })
    }

    async fn run_image(&self, image: &Image, digest: &Digest) -> Option<Verdict> {
        if self.request.without_run {
            return None;
        }
        let evidence = ImageEvidence { digest: digest.clone(), platforms: platforms_of(image) };
        let versions = [self.version.to_string(), self.version.pep440()];
        match run_from_registry(self.project, self.services, image, &evidence, &versions).await {
            Ok(printed) => printed.map(Verdict::Holds),
            Err(failure) if failure.unreachable => Some(Verdict::Unknown(failure.text())),
            Err(failure) => Some(Verdict::Differs(failure.text())),
        }
    }

    /// The newest version of a line must be what the line's tag points to.
    async fn verify_floating(
        &self,
        image: &Image,
        registry: &RegistryClient,
        digest: &Digest,
    ) -> Option<Verdict> {
        let there = match registry.tags(&image.repository).await {
            Ok(tags) => tags.iter().map(|tag| tag.as_str().to_owned()).collect::<Vec<_>>(),
            Err(error) => return Some(unknown(error)),
        };
        let moves = floating_moves(image, &there, &self.released, self.version).into_iter();
        let ours: Vec<String> =
            moves.filter(|one| one.decision == FloatingDecision::Move).map(|one| one.tag).collect();
        if ours.is_empty() {
            return None;
        }
        let mut wrong = Vec::new();
        for name in &ours {
            let head = match parse(name) {
                Ok(tag) => registry.head(&image.repository, &tag).await,
                Err(verdict) => return Some(verdict),
            };
            match head {
                Ok(Some(head)) if head.digest == *digest => {}
                Ok(Some(head)) => wrong.push(format!("{name} points to {}", head.digest.short())),
                Ok(None) => wrong.push(format!("{name} does not exist")),
                Err(error) => return Some(unknown(error)),
            }
        }
        Some(if wrong.is_empty() {
            Verdict::Holds(ours.join(", "))
        } else {
            Verdict::Differs(wrong.join("; "))
        })
    }

    /// Short name of the commit that the version's tag names here.
    async fn tagged_commit(&self) -> Option<String> {
        let repository = &self.project.repository;
        let tag = repository.tag(&self.project.tag_name(&self.version)).await.ok()??;
        repository.short(&tag.commit).await.ok()
    }
}

/// The platforms configured; the machine's own where nothing is stated.
fn platforms_of(image: &Image) -> Vec<Platform> {
    match image.platforms.as_slice() {
        [] => vec![Platform::host()],
        stated => stated.to_vec(),
    }
}

async fn pull_platforms(image: &Image, registry: &RegistryClient, digest: &Digest) -> Verdict {
    let mut bytes = 0;
    let platforms = platforms_of(image);
    for platform in &platforms {
        match registry.verify_pull(&image.repository, digest, platform).await {
            Ok(pulled) => bytes += pulled.bytes,
            Err(error) if error.may_pass() => return unknown(error),
            Err(error) => return Verdict::Differs(error_chain(&error)),
        }
    }
    let names: Vec<String> = platforms.iter().map(Platform::to_string).collect();
    Verdict::Holds(format!("{}, {bytes} bytes", names.join(", ")))
}

fn parse(name: &str) -> Result<ImageTag, Verdict> {
    name.parse().map_err(|error: image_ref::ParseError| Verdict::Differs(error.to_string()))
}

fn unknown(error: RegistryError) -> Verdict {
    Verdict::Unknown(error_chain(&error))
}
