use image_ref::Platform;

use super::{
    assignments::assignments,
    buildkit_features::{custom_frontend, features},
    heredoc::without_heredocs,
    instruction::parse_instructions,
    source::Dockerfile,
    stages::Stages,
};
use crate::build::{SecretSign, secret_sign};

/// What can be found out about a Dockerfile before it is built.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DockerfileReview {
    /// Values in `ARG` and `ENV` that look like secrets: they stay in the image.
    pub secrets: Vec<DockerfileSecret>,
    /// What only BuildKit can do.
    pub buildkit_features: Vec<BuildKitFeature>,
    stages: Stages,
    /// The text without here-documents.
    text: String,
}

/// A value in a Dockerfile that looks like a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerfileSecret {
    /// Its line, from 1.
    pub line: usize,
    /// Name of the argument or variable.
    pub name: String,
    /// What makes it look like one.
    pub sign: SecretSign,
}

/// An instruction that only BuildKit can carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildKitFeature {
    /// Its line, from 1.
    pub line: usize,
    /// What of it, such as `RUN --mount`.
    pub feature: String,
}

impl DockerfileReview {
    /// Reviews the text of a Dockerfile.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let masked = without_heredocs(text);
        let instructions = numbered(&masked);
        let frontend = custom_frontend(text)
            .map(|frontend| BuildKitFeature { line: 1, feature: format!("syntax={frontend}") });
        let found = instructions.iter().flat_map(|(line, instruction)| {
            let named = features(instruction).into_iter();
            named.map(|feature| BuildKitFeature { line: *line, feature })
        });
        Self {
            secrets: instructions.iter().flat_map(secrets).collect(),
            buildkit_features: frontend.into_iter().chain(found).collect(),
            stages: Stages::new(&instructions),
            text: masked,
        }
    }

    /// The line of the first `RUN` whose programs are those of `platform`, in a stage that
    /// the build of `target` (by default the last stage) needs. Without one, an image can
    /// be built where programs of the platform do not run.
    #[must_use]
    pub fn first_run_on(&self, platform: &Platform, target: Option<&str>) -> Option<usize> {
        self.stages.first_run_on(&platform.to_string(), target)
    }

    /// The line of the first `COPY --from` of another image, if the Dockerfile has stages for
    /// another platform than `platform`, too. The classic builder can build such an image for
    /// its own platform only.
    #[must_use]
    pub fn mixed_copy_on(&self, platform: &Platform) -> Option<usize> {
        Dockerfile::new(&self.text).mixed_copy_on(&platform.to_string())
    }
}

/// Each instruction with its line, as one line of text.
fn numbered(text: &str) -> Vec<(usize, String)> {
    let instructions = parse_instructions(text).into_iter();
    let filled = instructions.filter(|instruction| !instruction.text.is_empty());
    filled.map(|instruction| (instruction.line, instruction.text)).collect()
}

fn secrets((line, instruction): &(usize, String)) -> Vec<DockerfileSecret> {
    let found = assignments(instruction).into_iter().filter_map(|(name, value)| {
        // The value of a variable is not in the Dockerfile.
        let is_literal = !value.is_empty() && !value.contains('$');
        let sign = is_literal.then(|| secret_sign(&name, &value)).flatten()?;
        Some(DockerfileSecret { line: *line, name, sign })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features_of(text: &str) -> Vec<(usize, String)> {
        let found = DockerfileReview::new(text).buildkit_features.into_iter();
        found.map(|found| (found.line, found.feature)).collect()
    }

    #[test]
    fn what_only_buildkit_can_do_is_found_with_its_line() {
        let text = "# syntax=docker/dockerfile:1\nFROM a\n\n# a comment\nRUN --mount=type=cache,target=/c \\\n  x\n\
                    COPY --chown=1 --chmod=755 --link a b\nRUN <<EOF\nRUN --mount=x\nEOF\nADD --checksum=sha256:1 u /\n\
                    RUN echo --mount\nCOPY --from=x --chown=1 a b\n";
        let expected = [
            (5, "RUN --mount"),
            (7, "COPY --chmod"),
            (7, "COPY --link"),
            (8, "a here-document"),
            (11, "ADD --checksum"),
        ];
        assert_eq!(features_of(text), expected.map(|(line, text)| (line, text.to_owned())));
    }

    #[test]
    fn only_a_frontend_of_its_own_needs_buildkit() {
        for (text, expected) in [
            ("# syntax=docker/dockerfile:1.7\nFROM a\n", None),
            ("#syntax = docker.io/docker/dockerfile:1-labs\nFROM a\n", None),
            ("# syntax=acme/frontend:1\nFROM a\n", Some("syntax=acme/frontend:1")),
            ("FROM a\n# syntax=acme/frontend:1\n", None),
        ] {
            let found = features_of(text).first().map(|(_, feature)| feature.clone());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn values_that_look_like_secrets_are_found_with_their_line() {
        let text = "ARG NPM_TOKEN\nFROM a\nARG NPM_TOKEN=\"\"\nARG DB_PASSWORD=changeme\nENV A=1 \\\n  API_KEY=$KEY \\\n  \
                    GH=ghp_0123456789abcdefghijABCDEFGHIJ012345\nENV SECRET_KEY for building\nENV TOKEN_URL=https://x/\n\
                    ENV GPG_KEY A035C8C19219BA821ECEA86B64E628F8D684696D\n";
        let found = DockerfileReview::new(text).secrets;
        let found: Vec<_> = found.iter().map(|s| (s.line, s.name.as_str(), s.sign)).collect();
        let expected = [
            (4, "DB_PASSWORD", SecretSign::Name),
            (5, "GH", SecretSign::Value),
            (8, "SECRET_KEY", SecretSign::Name),
        ];
        assert_eq!(found, expected);
    }
}
