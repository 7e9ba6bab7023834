use std::collections::BTreeMap;

use image_ref::{Digest, Platform};

use crate::{
    build::{
        context::ReplacementDockerfile,
        dockerfile::{AdaptedDockerfile, Dockerfile, ForeignTarget, platform_arguments},
        request::BuildRequest,
    },
    error::EngineError,
};

/// What is sent for one platform; does no I/O, except to resolve the Dockerfile's
/// path.
#[derive(Debug)]
pub(super) struct BuildPlan {
    /// Path within the context that is sent.
    pub(super) dockerfile: String,
    pub(super) replacement: Option<ReplacementDockerfile>,
    pub(super) arguments: BTreeMap<String, String>,
    /// For the build as a whole; empty for the engine's own.
    pub(super) platform: String,
}

impl BuildPlan {
    pub(super) fn new(
        request: &BuildRequest,
        native: &Platform,
        platform: &Platform,
        scratch_base: Option<&str>,
        text: &str,
    ) -> Result<Self, EngineError> {
        let dockerfile = Dockerfile::new(text);
        let target = platform.to_string();
        let predefined = predefined_arguments(request, native, platform);
        let foreign =
            scratch_base.map(|scratch_base| ForeignTarget { platform: &target, scratch_base });
        let AdaptedDockerfile { text: adapted, platform_option } = dockerfile
            .adapt(foreign, &predefined)
            .map_err(|reason| EngineError::BuildKitNeeded { message: reason.to_owned() })?;
        let mut arguments = dockerfile.retain_declared(predefined);
        arguments.extend(request.build_args.clone());
        let (dockerfile, replacement) = dockerfile_to_send(request, adapted, text);
        let platform = if platform_option { target } else { String::new() };
        Ok(Self { dockerfile, replacement, arguments, platform })
    }
}

/// The project's own Dockerfile, or another text under another name.
fn dockerfile_to_send(
    request: &BuildRequest,
    adapted: Option<String>,
    text: &str,
) -> (String, Option<ReplacementDockerfile>) {
    match (adapted, request.dockerfile_in_context()) {
        (None, Some(path)) => (path.to_string_lossy().into_owned(), None),
        (adapted, _) => {
            let text = adapted.unwrap_or_else(|| text.to_owned());
            let replacement = ReplacementDockerfile { name: hidden_name(&text), text };
            (replacement.name.clone(), Some(replacement))
        }
    }
}

/// Arguments that BuildKit would define by itself.
fn predefined_arguments(
    request: &BuildRequest,
    native: &Platform,
    platform: &Platform,
) -> BTreeMap<String, String> {
    let mut arguments = platform_arguments(native, platform);
    let epoch = request.source_date_epoch;
    arguments.extend(epoch.map(|time| ("SOURCE_DATE_EPOCH".to_owned(), time.to_string())));
    arguments
}

/// Derived from the content, so that the same Dockerfile hits the same cache.
fn hidden_name(text: &str) -> String {
    format!(".dockerfile.{}", &Digest::of(text.as_bytes()).hex()[..20])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn plan(text: &str, platform: &str, scratch_base: Option<&str>) -> BuildPlan {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("Dockerfile"), text).unwrap();
        let mut request = BuildRequest::new(folder.path(), "x".parse().unwrap(), vec![]);
        request.build_args.insert("VERSION".into(), "2".into());
        let native = Platform::new("linux", "amd64");
        BuildPlan::new(&request, &native, &platform.parse().unwrap(), scratch_base, text).unwrap()
    }

    #[test]
    fn the_projects_dockerfile_is_used_when_nothing_must_change() {
        let plan = plan("FROM scratch\nARG TARGETARCH\nARG VERSION", "linux/amd64", None);
        assert_eq!(plan.dockerfile, "Dockerfile");
        assert_eq!(plan.replacement, None);
        let arguments: Vec<_> = plan.arguments.into_iter().collect();
        let expected = [("TARGETARCH", "amd64"), ("VERSION", "2")];
        assert_eq!(arguments, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn a_foreign_platform_has_another_base_than_scratch() {
        let plan = plan("FROM scratch\n", "linux/arm64", Some("base:x"));
        let replacement = plan.replacement.unwrap();
        assert_eq!(replacement.text, "FROM --platform=linux/arm64 base:x\n");
        assert_eq!(plan.platform, "linux/arm64");
        assert_eq!(replacement.name, plan.dockerfile);
    }
}
