use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use image_ref::{ImageTag, Platform, Reference, Repository};

use super::secrets::{SecretSign, secret_sign};
use crate::error::EngineError;

/// An image to build, for one platform or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildRequest {
    /// Folder whose files the Dockerfile can copy.
    pub context: PathBuf,
    /// The Dockerfile, absolute or relative to the context.
    pub dockerfile: PathBuf,
    /// Stage to stop at; by default the last one.
    pub target: Option<String>,
    /// Values for `ARG`. They stay readable in the image, so they must not be secret.
    pub build_args: BTreeMap<String, String>,
    /// Labels for the image's config.
    pub labels: BTreeMap<String, String>,
    /// Platforms that the image shall run on; at least one.
    pub platforms: Vec<Platform>,
    /// Whether results of earlier builds may be used.
    pub cache: bool,
    /// Network for `RUN` steps: `default`, `none`, `host`.
    pub network: Option<String>,
    /// Local repository for this build only; it has one tag for each platform
    /// while the images are needed.
    pub name: Repository,
    /// Seconds since 1970 for the time stamps that the builder sets; file times of
    /// the context are not later.
    pub source_date_epoch: Option<u64>,
}

impl BuildRequest {
    /// A build of the context's `Dockerfile` with the cache.
    #[must_use]
    pub fn new(context: impl Into<PathBuf>, name: Repository, platforms: Vec<Platform>) -> Self {
        Self {
            context: context.into(),
            dockerfile: PathBuf::from("Dockerfile"),
            target: None,
            build_args: BTreeMap::new(),
            labels: BTreeMap::new(),
            platforms,
            cache: true,
            network: None,
            name,
            source_date_epoch: None,
        }
    }

    /// Checks the request before anything is built.
    ///
    /// # Errors
    /// `BuildContextMissing`, `DockerfileMissing`, `SecretBuildArgument`, `NoPlatform`.
    pub fn check(&self) -> Result<(), EngineError> {
        if let Some(name) = self.secret_argument() {
            return Err(EngineError::SecretBuildArgument { name: name.to_owned() });
        }
        if self.platforms.is_empty() {
            return Err(EngineError::NoPlatform);
        }
        if !self.context.is_dir() {
            return Err(EngineError::BuildContextMissing { folder: self.context.clone() });
        }
        let file = self.dockerfile_path();
        if file.is_file() { Ok(()) } else { Err(EngineError::DockerfileMissing { file }) }
    }

    /// The first build argument that looks like a secret, by name or value.
    #[must_use]
    pub fn secret_argument(&self) -> Option<&str> {
        let mut arguments = self.build_args.iter();
        let found = arguments.find(|(name, value)| {
            matches!(secret_sign(name, value), Some(SecretSign::Name | SecretSign::Value))
        });
        found.map(|(name, _)| name.as_str())
    }

    /// Path of the Dockerfile.
    #[must_use]
    pub fn dockerfile_path(&self) -> PathBuf {
        self.context.join(&self.dockerfile)
    }

    /// The Dockerfile's path within the context; `None` when it is outside.
    pub(super) fn dockerfile_in_context(&self) -> Option<PathBuf> {
        let context = self.context.canonicalize().ok()?;
        let file = self.dockerfile_path().canonicalize().ok()?;
        file.strip_prefix(context).ok().map(Path::to_owned)
    }

    /// The local reference of the image for one platform.
    pub(crate) fn local_reference(&self, platform: &Platform) -> Option<Reference> {
        let tag: ImageTag = platform.to_string().replace('/', "-").parse().ok()?;
        Some(self.name.tagged(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(context: &Path) -> BuildRequest {
        BuildRequest::new(context, "tidegate/x".parse().unwrap(), vec![Platform::host()])
    }

    #[test]
    fn missing_files_are_found_before_the_build() {
        let folder = tempfile::tempdir().unwrap();
        let missing = request(&folder.path().join("nowhere")).check().unwrap_err();
        assert!(matches!(missing, EngineError::BuildContextMissing { .. }));
        let missing = request(folder.path()).check().unwrap_err();
        assert!(missing.to_string().ends_with("/Dockerfile does not exist"), "{missing}");
        std::fs::write(folder.path().join("Dockerfile"), "FROM scratch").unwrap();
        assert!(request(folder.path()).check().is_ok());
    }

    #[test]
    fn a_secret_build_argument_is_refused_without_printing_its_value() {
        let mut request = request(Path::new("."));
        request.build_args.insert("PYPI_TOKEN".to_owned(), "canary".to_owned());
        let error = request.check().unwrap_err();
        assert!(matches!(error, EngineError::SecretBuildArgument { .. }));
        assert!(!error.to_string().contains("canary"));
    }

    #[test]
    fn a_dockerfile_may_be_outside_of_the_context() {
        let folder = tempfile::tempdir().unwrap();
        let context = folder.path().join("context");
        std::fs::create_dir_all(context.join("docker")).unwrap();
        for path in ["Dockerfile", "context/docker/Dockerfile"] {
            std::fs::write(folder.path().join(path), "FROM scratch").unwrap();
        }
        let mut request = request(&context);
        request.dockerfile = "../Dockerfile".into();
        assert_eq!(request.dockerfile_in_context(), None);
        request.dockerfile = "docker/../docker/Dockerfile".into();
        assert_eq!(request.dockerfile_in_context(), Some("docker/Dockerfile".into()));
    }

    #[test]
    fn each_platform_has_a_local_tag() {
        let platform = "linux/arm/v7".parse().unwrap();
        let reference = request(Path::new(".")).local_reference(&platform).unwrap();
        assert_eq!(reference.to_string(), "tidegate/x:linux-arm-v7");
    }
}
