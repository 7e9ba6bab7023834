//! What a builder's last output means. Builders have one exit code for
//! everything, so the text has to be read; each text here is one that Docker
//! 20.10 to 28 or BuildKit prints, and unknown ones are passed on as they are.

use std::collections::VecDeque;

use image_ref::Platform;

use crate::{
    error::EngineError,
    go_error::{innermost_cause, requested_host},
};

/// Lines of output that an error keeps.
const TAIL_LINES: usize = 20;

/// For errors: the operation that failed.
pub(super) const BUILD_IMAGE: &str = "build an image";

const NO_SPACE: &[&str] = &["no space left on device"];
const FOREIGN_PLATFORM: &[&str] = &[
    "exec format error",
    "no match for platform in manifest",
    "no matching manifest for",
    "does not match the specified platform",
    "multiple platforms feature is currently not supported",
    "Multi-platform build is not supported",
];
const BUILDKIT_NEEDED: &[&str] = &["requires BuildKit", "Unknown flag: "];
const ENGINE_GONE: &[&str] = &["Cannot connect to the Docker daemon", "error during connect"];
const BASE_IMAGE: &[&str] = &[
    "pull access denied",
    "manifest unknown",
    "manifest for ",
    "failed to resolve source metadata",
    "failed to resolve reference",
    "error getting credentials",
    "TLS handshake timeout",
    "Get \"http",
];
const STEP_FAILED: &[&str] = &[
    "returned a non-zero code",
    "did not complete successfully: exit code",
    "executor failed running",
];

/// `reason` is the builder's error message, `tail` the last lines before it.
pub(super) fn classify_failure(reason: &str, tail: &str, platforms: &[Platform]) -> EngineError {
    // The error of a foreign program is in the step's output, not in the reason.
    let foreign_program = tail.lines().rev().find(|line| line.ends_with("exec format error"));
    let message = foreign_program.unwrap_or(reason).to_owned();
    let (doing, tail) = (BUILD_IMAGE.to_owned(), tail.to_owned());
    if contains_any(&message, NO_SPACE) {
        return EngineError::NoSpace { doing, message };
    }
    if contains_any(&message, FOREIGN_PLATFORM) {
        return EngineError::PlatformNotBuildable { platform: platform_list(platforms), message };
    }
    if contains_any(&message, BUILDKIT_NEEDED) {
        return EngineError::BuildKitNeeded { message };
    }
    if contains_any(&message, ENGINE_GONE) {
        return EngineError::EngineGone { doing, source: message.into() };
    }
    if contains_any(&message, BASE_IMAGE) {
        return EngineError::BaseImage { message: without_causes(message) };
    }
    if contains_any(&message, STEP_FAILED) {
        return EngineError::StepFailed { message, tail };
    }
    EngineError::BuildFailed { message, tail }
}

/// A failed request in one sentence: the host and the innermost cause.
fn without_causes(message: String) -> String {
    match requested_host(&message) {
        Some(host) => format!("cannot reach {host}: {}", innermost_cause(&message)),
        None => message,
    }
}

fn contains_any(message: &str, texts: &[&str]) -> bool {
    texts.iter().any(|text| message.contains(text))
}

fn platform_list(platforms: &[Platform]) -> String {
    platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The classic builder colours the steps' standard error.
fn without_colours(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let end = part.find(|letter: char| letter.is_ascii_alphabetic()).map(|end| end + 1);
        text + end.map_or(part, |end| &part[end..])
    })
}

/// The last lines of a build's output.
#[derive(Debug, Default)]
pub(super) struct OutputTail(VecDeque<String>);

impl OutputTail {
    pub(super) fn push(&mut self, line: &str) {
        let line = &without_colours(line);
        if line.trim().is_empty() {
            return;
        }
        if self.0.len() == TAIL_LINES {
            self.0.pop_front();
        }
        self.0.push_back(line.to_owned());
    }

    pub(super) fn text(&self) -> String {
        self.0.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(message: &str, tail: &str) -> EngineError {
        classify_failure(message, tail, &["linux/arm64".parse().unwrap()])
    }

    #[test]
    fn colours_of_the_classic_builder_are_removed() {
        let mut tail = OutputTail::default();
        tail.push("\u{1b}[91mexec /printer: exec format error");
        tail.push("\u{1b}[0m");
        assert_eq!(tail.text(), "exec /printer: exec format error");
    }

    #[test]
    fn a_foreign_platform_is_distinguished_from_a_failing_step() {
        let failed = "The command '/bin/sh -c true' returned a non-zero code: 1";
        let foreign = failure(failed, "Step 2/2 : RUN true\nexec /bin/sh: exec format error");
        assert!(matches!(foreign, EngineError::PlatformNotBuildable { .. }), "{foreign}");
        assert!(foreign.to_string().contains("linux/arm64"));
        assert!(matches!(failure(failed, "oops"), EngineError::StepFailed { .. }));
        let buildkit = "process \"/bin/sh -c false\" did not complete successfully: exit code: 1";
        assert!(matches!(failure(buildkit, ""), EngineError::StepFailed { .. }));
        let old_buildkit = "executor failed running [/bin/sh -c false]: exit code: 1";
        assert!(matches!(failure(old_buildkit, ""), EngineError::StepFailed { .. }));
    }

    #[test]
    fn a_full_disk_is_recognised_first() {
        let error = failure("write /x: no space left on device", "");
        assert!(matches!(error, EngineError::NoSpace { .. }));
    }

    #[test]
    fn instructions_that_only_buildkit_has_are_recognised() {
        let error = failure("the --mount option requires BuildKit. Refer to the documentation", "");
        assert!(matches!(&error, EngineError::BuildKitNeeded { .. }));
        assert!(error.advice().is_some_and(|advice| advice.contains("buildx")));
    }

    #[test]
    fn a_missing_base_image_is_recognised() {
        let error = failure("pull access denied for nowhere, repository does not exist", "");
        assert!(matches!(error, EngineError::BaseImage { .. }));
    }

    #[test]
    fn a_registry_that_cannot_be_reached_is_one_sentence() {
        let error = failure(
            "failed to solve: alpine: failed to resolve source metadata for \
             docker.io/library/alpine:latest: failed to do request: Head \
             \"https://registry-1.docker.io/v2/library/alpine/manifests/latest\": dial tcp: \
             lookup registry-1.docker.io on 10.0.0.2:53: no such host",
            "",
        );
        assert_eq!(
            error.to_string(),
            "cannot get a base image: cannot reach registry-1.docker.io: no such host"
        );
    }

    #[test]
    fn the_tail_keeps_the_last_lines() {
        let mut tail = OutputTail::default();
        (0..30).for_each(|number| tail.push(&format!("line {number}")));
        let text = tail.text();
        assert!(text.starts_with("line 10\n") && text.ends_with("line 29"), "{text}");
    }
}
