use std::path::{Path, PathBuf};

use configuration::VersionFile;
use python_project::{
    VersionPattern, VersionPlace, VersionValues, generate_version_file, read_version_file,
    update_version_file,
};
use release_version::ReleaseVersion;

use crate::{ProjectPackage, step_error::ReleaseStepError};

/// What a release writes into the files that state the version of a package, each in its
/// own spelling.
pub(crate) struct VersionTexts<'a> {
    pub(crate) package: &'a ProjectPackage,
    /// The folder of the project, in the work tree or in a checkout.
    pub(crate) root: &'a Path,
    pub(crate) version: ReleaseVersion,
    pub(crate) tag: &'a str,
    /// Short name of the commit that the release is made from.
    pub(crate) commit: &'a str,
}

impl<'a> VersionTexts<'a> {
    /// The places that are found without configuration.
    pub(crate) fn places(&self) -> impl Iterator<Item = &'a VersionPlace> + use<'a> {
        self.package.version_place.iter().chain(&self.package.module_versions)
    }

    /// The text of the file of a place with the version.
    pub(crate) fn of_place(&self, place: &VersionPlace) -> Result<String, ReleaseStepError> {
        let folder = self.package_folder();
        let pep440 = self.version.pep440_like(&place.read(&folder)?);
        Ok(place.replace(&folder, &pep440, &self.version.to_string())?)
    }

    /// The text of a configured file with the version; of a new one if it does not exist.
    pub(crate) fn of_file(&self, file: &VersionFile) -> Result<String, ReleaseStepError> {
        let path = self.root.join(file.path());
        if file.pattern().is_none() && !path.exists() {
            return Ok(generate_version_file(self.values(&self.package_spelling()?)));
        }
        let text = std::fs::read_to_string(&path).map_err(ReleaseStepError::io("read", &path))?;
        match file.pattern() {
            Some(pattern) => {
                let pattern = VersionPattern::new(pattern)?;
                let version = self.version.pep440_like(pattern.find(&text)?);
                Ok(pattern.replace(&text, &version)?)
            }
            None => {
                let version = self.version.pep440_like(&read_version_file(&text)?);
                Ok(update_version_file(&text, self.values(&version))?)
            }
        }
    }

    fn values<'v>(&'v self, version: &'v str) -> VersionValues<'v> {
        VersionValues { version, commit: self.commit, describe: self.tag }
    }

    /// The version as the package spells it now, or as it was requested.
    fn package_spelling(&self) -> Result<String, ReleaseStepError> {
        match &self.package.version_place {
            Some(place) => Ok(self.version.pep440_like(&place.read(&self.package_folder())?)),
            None => Ok(self.version.pep440_as_written()),
        }
    }

    fn package_folder(&self) -> PathBuf {
        self.root.join(&self.package.settings.directory)
    }
}
