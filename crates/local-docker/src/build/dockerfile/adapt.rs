//! What is changed in a Dockerfile before the classic builder gets it.
//!
//! The builder takes one platform for the whole build and applies it to every
//! `COPY`; stages for the engine's own platform then fail on their own images
//! (seen with 20.10.24 and 26.1.5). A Dockerfile with such stages is built
//! without that option, and each `FROM` names its platform instead.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    from_instruction::FromInstruction,
    source::{Dockerfile, declared_arguments},
};

/// A platform that is not the engine's own.
#[derive(Debug, Clone, Copy)]
pub(in crate::build) struct ForeignTarget<'a> {
    /// The platform, as Docker writes it.
    pub(in crate::build) platform: &'a str,
    /// The image that replaces `scratch`.
    pub(in crate::build) scratch_base: &'a str,
}

/// What the builder gets.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::build) struct AdaptedDockerfile {
    /// The changed text; `None` when nothing is changed.
    pub(in crate::build) text: Option<String>,
    /// Whether the request names the platform, for the build as a whole.
    pub(in crate::build) platform_option: bool,
}

/// Why a Dockerfile cannot be built for a foreign platform without BuildKit.
const MIXED: &str = "it has stages for several platforms and copies files from another image";

impl Dockerfile<'_> {
    /// Changes what must be changed: declares arguments that a `FROM` uses as
    /// BuildKit allows; replaces `scratch` and other bases for a foreign platform.
    pub(in crate::build) fn adapt(
        &self,
        foreign: Option<ForeignTarget<'_>>,
        arguments: &BTreeMap<String, String>,
    ) -> Result<AdaptedDockerfile, &'static str> {
        let mixed = foreign.is_some_and(|foreign| self.has_stage_for_another(foreign.platform));
        if foreign.is_some_and(|foreign| self.mixed_copy_on(foreign.platform).is_some()) {
            return Err(MIXED);
        }
        let mut declarations = self.missing_declarations(arguments);
        let mut stages = BTreeSet::new();
        let mut text = String::new();
        for instruction in &self.instructions {
            let (comments, raw) = instruction.split_comments();
            text.push_str(comments);
            let Some(from) = FromInstruction::from_text(&instruction.text) else {
                text.push_str(raw);
                continue;
            };
            text.push_str(&std::mem::take(&mut declarations));
            let needs_platform = mixed && !stages.contains(from.base);
            match foreign.and_then(|foreign| rebase(&from, foreign, needs_platform)) {
                Some(from) => text.push_str(&format!("{from}\n")),
                None => text.push_str(raw),
            }
            stages.extend(from.name.map(str::to_owned));
        }
        let platform_option = foreign.is_some() && !mixed;
        Ok(AdaptedDockerfile { text: (text != self.text()).then_some(text), platform_option })
    }

    fn stages(&self) -> impl Iterator<Item = FromInstruction<'_>> {
        self.instructions
            .iter()
            .filter_map(|instruction| FromInstruction::from_text(&instruction.text))
    }

    fn has_stage_for_another(&self, platform: &str) -> bool {
        self.stages().any(|stage| !stage.is_for(platform))
    }

    /// The line of the first `COPY --from` of an image instead of a stage, where stages are
    /// for another platform, too: the builder would silently take the engine's own platform
    /// of that image.
    pub(super) fn mixed_copy_on(&self, platform: &str) -> Option<usize> {
        let stages: BTreeSet<&str> = self.stages().filter_map(|stage| stage.name).collect();
        let copies = self.instructions.iter().filter(|instruction| instruction.is("COPY"));
        let mut from_images = copies.filter(|copy| {
            let mut sources =
                copy.text.split_whitespace().filter_map(|part| part.strip_prefix("--from="));
            sources.any(|source| source.parse::<u32>().is_err() && !stages.contains(source))
        });
        let first = from_images.next()?;
        self.has_stage_for_another(platform).then_some(first.line)
    }

    /// `ARG` lines for platform arguments that a `FROM` uses without one.
    fn missing_declarations(&self, arguments: &BTreeMap<String, String>) -> String {
        let global = self.instructions.iter().take_while(|instruction| !instruction.is("FROM"));
        let declared = declared_arguments(global);
        arguments
            .iter()
            .filter(|(name, _)| !declared.contains(name.as_str()) && self.is_used_by_from(name))
            .map(|(name, value)| format!("ARG {name}={value}\n"))
            .collect()
    }

    /// Whether a `FROM` contains `$name` or `${name…`.
    fn is_used_by_from(&self, name: &str) -> bool {
        let (plain, braced) = (format!("${name}"), format!("${{{name}"));
        self.instructions
            .iter()
            .filter(|instruction| instruction.is("FROM"))
            .any(|from| from.text.contains(&plain) || from.text.contains(&braced))
    }
}

/// The stage on another base: the replacement of `scratch`, and in a build without
/// the platform option every image with its platform.
fn rebase<'a>(
    from: &FromInstruction<'a>,
    foreign: ForeignTarget<'a>,
    needs_platform: bool,
) -> Option<FromInstruction<'a>> {
    if !from.is_for(foreign.platform) {
        return None;
    }
    let platform = Some(foreign.platform);
    if from.is_scratch() {
        return Some(FromInstruction { base: foreign.scratch_base, platform, ..from.clone() });
    }
    let add_platform = needs_platform && from.platform.is_none();
    add_platform.then(|| FromInstruction { platform, ..from.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::dockerfile::source::platform_arguments;
    use image_ref::Platform;

    const FOREIGN: Option<ForeignTarget<'_>> =
        Some(ForeignTarget { platform: "linux/arm64", scratch_base: "base:1" });

    fn adapted(
        text: &str,
        foreign: Option<ForeignTarget<'_>>,
    ) -> Result<AdaptedDockerfile, &'static str> {
        let [amd64, arm64] = ["amd64", "arm64"].map(|name| Platform::new("linux", name));
        Dockerfile::new(text).adapt(foreign, &platform_arguments(&amd64, &arm64))
    }

    #[test]
    fn scratch_is_replaced() {
        let text = "# syntax=docker/dockerfile:1\nFROM scratch AS x\nCOPY a b\nFROM base\n";
        let expected = "# syntax=docker/dockerfile:1\nFROM --platform=linux/arm64 base:1 AS x\n\
                        COPY a b\nFROM base\n";
        let adapted = adapted(text, FOREIGN).unwrap();
        assert_eq!(
            adapted,
            AdaptedDockerfile { text: Some(expected.to_owned()), platform_option: true }
        );
    }

    #[test]
    fn each_of_the_stages_for_two_platforms_names_its_platform() {
        let text = "FROM --platform=$BUILDPLATFORM golang AS build\nFROM alpine AS base\n\
                    FROM base\nCOPY --from=build /x /x\n";
        let expected = "ARG BUILDPLATFORM=linux/amd64\n\
                        FROM --platform=$BUILDPLATFORM golang AS build\n\
                        FROM --platform=linux/arm64 alpine AS base\n\
                        FROM base\nCOPY --from=build /x /x\n";
        let adapted = adapted(text, FOREIGN).unwrap();
        assert_eq!(
            adapted,
            AdaptedDockerfile { text: Some(expected.to_owned()), platform_option: false }
        );
    }

    #[test]
    fn a_stage_for_the_build_platform_keeps_scratch() {
        let text = "FROM --platform=linux/amd64 scratch\nFROM scratch\n";
        let expected = "FROM --platform=linux/amd64 scratch\nFROM --platform=linux/arm64 base:1\n";
        assert_eq!(adapted(text, FOREIGN).unwrap().text.as_deref(), Some(expected));
    }

    #[test]
    fn files_of_another_image_are_not_taken_from_the_wrong_platform() {
        let text = "FROM --platform=$BUILDPLATFORM a AS b\nFROM c\nCOPY --from=nginx /x /x\n";
        assert_eq!(adapted(text, FOREIGN), Err(MIXED));
        assert_eq!(Dockerfile::new(text).mixed_copy_on("linux/arm64"), Some(3));
        assert!(adapted(&text.replace("nginx", "b"), FOREIGN).is_ok());
        assert!(adapted(&text.replace("nginx", "0"), FOREIGN).is_ok());
    }

    #[test]
    fn a_dockerfile_that_needs_nothing_is_not_changed() {
        let unchanged = Ok(AdaptedDockerfile { text: None, platform_option: false });
        let declared = "ARG BUILDPLATFORM\nFROM --platform=$BUILDPLATFORM a\nFROM b";
        assert_eq!(adapted(declared, None), unchanged);
        assert_eq!(adapted("FROM scratch", None), unchanged);
        assert_eq!(adapted("FROM a\n", FOREIGN).unwrap().text, None);
    }
}
