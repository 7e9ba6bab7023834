//! Building the package once, uploading it, and proving what indexes serve.

use std::path::{Path, PathBuf};

use process::Line;
use python_project::{Build, CommandCheck, InstallCheck, PackageIndex};
use registry_pypi::{Distribution, ExpectedFile, IndexWriter, Presence, UploadEvent, UploadSet};
use report::Step as Progress;
use serde::{Deserialize, Serialize};

use super::{
    release::{Release, Tree},
    step::{Outcome, StepFailure},
};

/// Evidence of the built files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PackageEvidence {
    pub(crate) files: Vec<ExpectedFile>,
}

impl PackageEvidence {
    fn words(&self) -> String {
        let names = self.files.iter().map(|file| file.file_name.as_str());
        names.collect::<Vec<_>>().join(", ")
    }
}

impl Release<'_> {
    /// Builds sdist and wheel. Files that were built before are used again;
    /// a rebuilt file that differs from the recorded one is refused.
    pub(crate) async fn build_package(&self, progress: &Progress) -> Result<Outcome, StepFailure> {
        let recorded = self.recorded::<PackageEvidence>("package.build");
        if let Some(recorded) = &recorded
            && let Ok(kept) = self.distributions().await
            && evidence_of(&kept) == *recorded
        {
            return Ok(Outcome::already(recorded, &recorded.words()));
        }
        // Files that no index would take are a build that failed, not a refusal:
        // nobody else has anything to do with them.
        let built = self.build_distributions(progress).await;
        let built = built.map_err(|failure| StepFailure { refused: false, ..failure })?;
        let built = evidence_of(&built);
        match recorded {
            Some(recorded) if recorded != built => Err(StepFailure::refused(
                format!(
                    "the rebuilt files differ from those recorded ({})",
                    differing(&recorded, &built)
                ),
                "what was tested and published must be one build: restore the files, or withdraw the release with --abort and start again",
            )),
            _ => Ok(Outcome::done(&built, &built.words())),
        }
    }

    async fn build_distributions(
        &self,
        progress: &Progress,
    ) -> Result<Vec<Distribution>, StepFailure> {
        let package = self.package()?;
        let (source, out) =
            (self.tree_root(Tree::Package).join(&package.settings.directory), self.dist());
        if out.exists() {
            std::fs::remove_dir_all(&out).map_err(StepFailure::io("empty", &out))?;
        }
        std::fs::create_dir_all(&out).map_err(StepFailure::io("make", &out))?;
        let (name, version) = (package.pyproject.normalized_name(), self.pep440());
        let build = Build {
            source: &source,
            out: &out,
            python: &self.environment.python,
            name: &name,
            version: &version,
            source_date_epoch: Some(self.begun_seconds()),
        };
        build.run(&|line| progress.line(text_of(line))).await?;
        // What an index would refuse is found out before anything is public.
        for index in self.project.indexes() {
            self.upload_set(index).await?;
        }
        self.distributions().await
    }

    /// The files in the order of upload, judged by the rules of the index.
    async fn upload_set(&self, index: &str) -> Result<UploadSet, StepFailure> {
        let rules = self.services.index(index)?.endpoints().rules;
        Ok(UploadSet::new(self.distributions().await?, rules, &[])?)
    }

    /// The built files, read and hashed anew while other steps go on.
    pub(crate) async fn distributions(&self) -> Result<Vec<Distribution>, StepFailure> {
        let folder = self.dist();
        let read = tokio::task::spawn_blocking(move || open_distributions(&folder));
        read.await.map_err(|_| StepFailure::new("reading the built files broke off"))?
    }

    fn package(&self) -> Result<&crate::project::ProjectPackage, StepFailure> {
        self.project.package.as_ref().ok_or_else(|| StepFailure::new("the project has no package"))
    }

    /// Uploads what the index does not have yet.
    pub(crate) async fn upload(
        &self,
        index: &str,
        progress: &Progress,
    ) -> Result<Outcome, StepFailure> {
        let name = self.package()?.pyproject.normalized_name();
        let reader = self.services.index(index)?;
        let (set, expected) = (self.upload_set(index).await?, self.expected_files()?);
        if !set.distributions().iter().all(|one| expected.contains(&one.expected())) {
            return Err(StepFailure::refused(
                "the files to upload are not those that were built and recorded",
                "restore them, or close the release with --abort and start again",
            ));
        }
        let probe = reader.probe(&name, &expected).await;
        match probe.presence {
            Presence::Identical => return Ok(Outcome::already(&probe, "all files are there")),
            Presence::Diverged => {
                let reason = format!("{index} has other bytes under these file names");
                return Err(StepFailure::refused(reason, "release the next version"));
            }
            _ => {}
        }
        let all = set.distributions().len();
        let set = set.missing_from(&probe);
        let there = all - set.distributions().len();
        let credentials = self.services.credentials(index).await?;
        let writer = IndexWriter::new(reader.clone()).with_retry(self.services.upload_retry);
        let (bar, total) =
            (progress.clone(), set.distributions().iter().map(Distribution::size).sum());
        let observer: registry_pypi::UploadObserver = std::sync::Arc::new(move |event| {
            if let UploadEvent::Sent(bytes) = event {
                bar.advance(bytes, Some(total));
            }
        });
        let uploaded = writer.upload_set(&set, &credentials, Some(&observer)).await;
        let uploaded = uploaded.map_err(|partly| StepFailure {
            reason: format!(
                "{} of {all} files are uploaded; {}",
                there + partly.done.len(),
                operation::error_chain(&partly.error)
            ),
            ..StepFailure::from(partly.error)
        })?;
        let words = match there {
            0 => format!("{all} files, accepted"),
            _ => format!("{} of {all} files, accepted; the others were there", uploaded.len()),
        };
        Ok(Outcome::done(&uploaded, &words))
    }

    pub(crate) fn expected_files(&self) -> Result<Vec<ExpectedFile>, StepFailure> {
        let evidence = self.recorded::<PackageEvidence>("package.build");
        evidence
            .map(|evidence| evidence.files)
            .ok_or_else(|| StepFailure::new("the built files are not recorded"))
    }

    /// What a stranger does: installs the version into a clean environment.
    pub(crate) async fn install_from(
        &self,
        index: &str,
        progress: &Progress,
    ) -> Result<String, StepFailure> {
        let check = install_check(
            self.project,
            self.services,
            &self.environment.python,
            index,
            &self.pep440(),
        )?;
        let report = check.run(&|line: Line<'_>| progress.line(text_of(line))).await?;
        Ok(report.selected.file)
    }
}

/// The clean-environment check of a project's package at one index.
pub(crate) fn install_check(
    project: &crate::Project,
    services: &crate::clients::Services,
    python: &std::path::Path,
    index: &str,
    version: &str,
) -> Result<InstallCheck, StepFailure> {
    let package =
        project.package.as_ref().ok_or_else(|| StepFailure::new("the project has no package"))?;
    let settings = &package.settings.install_check;
    let name = package.pyproject.normalized_name();
    let own = package
        .pyproject
        .scripts
        .iter()
        .find(|script| python_project::normalize_name(&script.name) == name);
    let command = match (&settings.command, own) {
        (Some(command), _) => {
            Some(CommandCheck { argv: command.words().to_vec(), prints: vec![version.to_owned()] })
        }
        (None, Some(script)) => Some(CommandCheck {
            argv: vec![script.name.clone(), "--help".to_owned()],
            prints: Vec::new(),
        }),
        (None, None) => None,
    };
    let endpoints = services.index(index)?.endpoints();
    Ok(InstallCheck {
        name,
        version: version.to_owned(),
        index: PackageIndex::At {
            index: endpoints.simple.clone(),
            // Only dependencies are looked for elsewhere: another index must not
            // answer for the package itself.
            extra: match settings.dependencies {
                true => services.extra_indexes(index),
                false => Vec::new(),
            },
        },
        no_deps: !settings.dependencies,
        import_module: settings.module.clone(),
        command,
        python: python.to_owned(),
    })
}

fn open_distributions(folder: &Path) -> Result<Vec<Distribution>, StepFailure> {
    let entries = std::fs::read_dir(folder).map_err(StepFailure::io("read", folder))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "whl" || end == "gz"));
    paths.sort();
    Ok(paths.iter().map(Distribution::open).collect::<Result<_, _>>()?)
}

fn evidence_of(distributions: &[Distribution]) -> PackageEvidence {
    PackageEvidence { files: distributions.iter().map(Distribution::expected).collect() }
}

fn differing(recorded: &PackageEvidence, built: &PackageEvidence) -> String {
    let differs = |file: &&ExpectedFile| !built.files.contains(file);
    let names = recorded.files.iter().filter(differs).map(|file| file.file_name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

pub(crate) fn text_of(line: Line<'_>) -> &str {
    match line {
        Line::Stdout(text) | Line::Stderr(text) => text,
    }
}
