//! What a builder's last words mean. Builders give one exit code for
//! everything, so that the text has to be read; each text is one that Docker
//! 20.10 to 28 or BuildKit prints, and what is not recognised stays as it is.

use image_ref::Platform;

use crate::EngineError;

/// Last lines that an error keeps.
const TAIL: usize = 20;

type Meaning = fn(&str, &str, &[Platform]) -> EngineError;

/// In the order in which they are looked for.
const MEANINGS: [(&[&str], Meaning); 6] = [
    (&["no space left on device"], |message, _, _| EngineError::NoSpace {
        doing: "build an image".to_owned(),
        message: message.to_owned(),
    }),
    (
        &[
            "exec format error",
            "no match for platform in manifest",
            "no matching manifest for",
            "does not match the specified platform",
            "multiple platforms feature is currently not supported",
            "Multi-platform build is not supported",
        ],
        |message, _, platforms| EngineError::PlatformNotBuildable {
            platform: joined(platforms),
            message: message.to_owned(),
        },
    ),
    (&["requires BuildKit", "Unknown flag: "], |message, _, _| EngineError::BuildKitNeeded {
        message: message.to_owned(),
    }),
    (&["Cannot connect to the Docker daemon", "error during connect"], |message, _, _| {
        EngineError::EngineGone { doing: "build an image".to_owned(), source: message.into() }
    }),
    (
        &[
            "pull access denied",
            "manifest unknown",
            "manifest for ",
            "failed to resolve source metadata",
            "failed to resolve reference",
            "error getting credentials",
            "TLS handshake timeout",
            "Get \"http",
        ],
        |message, _, _| EngineError::BaseImage { message: message.to_owned() },
    ),
    (
        &[
            "returned a non-zero code",
            "did not complete successfully: exit code",
            "executor failed running",
        ],
        |message, tail, _| EngineError::StepFailed {
            message: message.to_owned(),
            tail: tail.to_owned(),
        },
    ),
];

/// `message` is what the builder gives as the reason, `tail` the lines before.
pub(super) fn meaning(message: &str, tail: &str, platforms: &[Platform]) -> EngineError {
    // A foreign program's complaint is in the step's output, not in the reason.
    let step_cannot_run = tail.lines().rev().find(|line| line.ends_with("exec format error"));
    let reason = step_cannot_run.unwrap_or(message);
    let found = MEANINGS.iter().find(|(words, _)| words.iter().any(|word| reason.contains(word)));
    match found {
        Some((_, meaning)) => meaning(reason, tail, platforms),
        None => EngineError::BuildFailed { message: reason.to_owned(), tail: tail.to_owned() },
    }
}

fn joined(platforms: &[Platform]) -> String {
    platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The classic builder colours what a step writes to standard error.
fn without_colours(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let end = part.find(|letter: char| letter.is_ascii_alphabetic()).map(|end| end + 1);
        text + end.map_or(part, |end| &part[end..])
    })
}

/// Keeps the last lines of a build.
#[derive(Debug, Default)]
pub(super) struct Tail(std::collections::VecDeque<String>);

impl Tail {
    pub(super) fn push(&mut self, line: &str) {
        let line = &without_colours(line);
        if line.trim().is_empty() {
            return;
        }
        if self.0.len() == TAIL {
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

    fn of(message: &str, tail: &str) -> EngineError {
        meaning(message, tail, &["linux/arm64".parse().unwrap()])
    }

    #[test]
    fn colours_of_the_classic_builder_are_left_out() {
        let mut tail = super::Tail::default();
        tail.push("\u{1b}[91mexec /printer: exec format error");
        tail.push("\u{1b}[0m");
        assert_eq!(tail.text(), "exec /printer: exec format error");
    }

    #[test]
    fn a_foreign_platform_is_told_from_a_failing_step() {
        let failed = "The command '/bin/sh -c true' returned a non-zero code: 1";
        let foreign = of(failed, "Step 2/2 : RUN true\nexec /bin/sh: exec format error");
        assert!(matches!(foreign, EngineError::PlatformNotBuildable { .. }), "{foreign}");
        assert!(foreign.to_string().contains("linux/arm64"));
        assert!(matches!(of(failed, "oops"), EngineError::StepFailed { .. }));
        let buildkit = "process \"/bin/sh -c false\" did not complete successfully: exit code: 1";
        assert!(matches!(of(buildkit, ""), EngineError::StepFailed { .. }));
        let old_buildkit = "executor failed running [/bin/sh -c false]: exit code: 1";
        assert!(matches!(of(old_buildkit, ""), EngineError::StepFailed { .. }));
    }

    #[test]
    fn a_full_disk_is_told_first() {
        let error = of("write /x: no space left on device", "");
        assert!(matches!(error, EngineError::NoSpace { .. }));
    }

    #[test]
    fn instructions_that_only_buildkit_has_are_told() {
        let error = of("the --mount option requires BuildKit. Refer to the documentation", "");
        assert!(matches!(&error, EngineError::BuildKitNeeded { .. }));
        assert!(error.advice().is_some_and(|advice| advice.contains("buildx")));
    }

    #[test]
    fn a_base_image_that_cannot_be_had_is_told() {
        let error = of("pull access denied for nowhere, repository does not exist", "");
        assert!(matches!(error, EngineError::BaseImage { .. }));
    }

    #[test]
    fn the_tail_keeps_the_last_lines() {
        let mut tail = Tail::default();
        (0..30).for_each(|number| tail.push(&format!("line {number}")));
        let text = tail.text();
        assert!(text.starts_with("line 10\n") && text.ends_with("line 29"), "{text}");
    }
}
