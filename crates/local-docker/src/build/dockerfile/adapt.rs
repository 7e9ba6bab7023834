//! What is changed in a Dockerfile before the classic builder gets it.
//!
//! The builder takes one platform for the whole build and applies it to every
//! `COPY`; stages for the engine's own platform then fail on their own images
//! (seen with 20.10.24 and 26.1.5). A Dockerfile with such stages is built
//! without that option, and each `FROM` says its platform instead.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dockerfile, declared, from_line::FromLine};

/// A platform that is not the engine's own.
#[derive(Debug, Clone, Copy)]
pub(in crate::build) struct Foreign<'a> {
    /// The platform, as Docker writes it.
    pub(in crate::build) target: &'a str,
    /// Stands in for `scratch`.
    pub(in crate::build) seed: &'a str,
}

/// What the builder gets.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::build) struct Adapted {
    /// The changed text; `None` when nothing is changed.
    pub(in crate::build) text: Option<String>,
    /// Whether the platform is to be asked for, for the build as a whole.
    pub(in crate::build) platform_option: bool,
}

/// Why a Dockerfile cannot be built for a foreign platform without BuildKit.
pub(in crate::build) const MIXED: &str =
    "it has stages for several platforms and copies files from another image";

impl Dockerfile<'_> {
    /// Changes what must be changed: arguments declared that a `FROM` uses as
    /// BuildKit allows; `scratch` and other bases for a foreign platform.
    pub(in crate::build) fn adapted(
        &self,
        foreign: Option<Foreign<'_>>,
        arguments: &BTreeMap<String, String>,
    ) -> Result<Adapted, &'static str> {
        let mixed = foreign.filter(|foreign| self.has_stage_for_another(foreign.target));
        if mixed.is_some() && self.copies_from_images() {
            return Err(MIXED);
        }
        let mut missing = self.missing_before_from(arguments);
        let mut stages = BTreeSet::new();
        let mut text = String::new();
        for line in &self.lines {
            let (comments, raw) = line.split_comments();
            text.push_str(comments);
            let Some(from) = FromLine::parse(&line.instruction) else {
                text.push_str(raw);
                continue;
            };
            text.push_str(&std::mem::take(&mut missing));
            let known = stages.contains(from.base);
            match foreign.and_then(|foreign| rebased(&from, foreign, mixed.is_some() && !known)) {
                Some(from) => text.push_str(&format!("{from}\n")),
                None => text.push_str(raw),
            }
            stages.extend(from.name.map(str::to_owned));
        }
        let platform_option = foreign.is_some() && mixed.is_none();
        Ok(Adapted { text: (text != self.text()).then_some(text), platform_option })
    }

    fn has_stage_for_another(&self, target: &str) -> bool {
        let mut stages = self.lines.iter().filter_map(|line| FromLine::parse(&line.instruction));
        stages.any(|stage| !stage.is_for(target))
    }

    /// `COPY --from` of something that is no stage: its platform would be the
    /// engine's own, without a word.
    fn copies_from_images(&self) -> bool {
        let stages: BTreeSet<&str> =
            self.lines.iter().filter_map(|line| FromLine::parse(&line.instruction)?.name).collect();
        let copies = self.lines.iter().filter(|line| line.is("COPY"));
        let words = copies.flat_map(|line| line.instruction.split_whitespace());
        let mut sources = words.filter_map(|word| word.strip_prefix("--from="));
        sources.any(|source| source.parse::<u32>().is_err() && !stages.contains(source))
    }

    /// `ARG` lines for platform arguments that a `FROM` uses without one.
    fn missing_before_from(&self, arguments: &BTreeMap<String, String>) -> String {
        let global = declared(self.lines.iter().take_while(|line| !line.is("FROM")));
        let used = |name: &str| {
            let (plain, braced) = (format!("${name}"), format!("${{{name}"));
            let mut froms = self.lines.iter().filter(|line| line.is("FROM"));
            froms
                .any(|from| from.instruction.contains(&plain) || from.instruction.contains(&braced))
        };
        let missing =
            arguments.iter().filter(|(name, _)| used(name) && !global.contains(name.as_str()));
        missing.map(|(name, value)| format!("ARG {name}={value}\n")).collect()
    }
}

/// The stage on another base: the seed for `scratch`, and in a build without
/// the platform option every image with its platform.
fn rebased<'a>(
    from: &FromLine<'a>,
    foreign: Foreign<'a>,
    state_platform: bool,
) -> Option<FromLine<'a>> {
    if !from.is_for(foreign.target) {
        return None;
    }
    if from.is_scratch() {
        return Some(FromLine {
            base: foreign.seed,
            platform: Some(foreign.target),
            ..from.clone()
        });
    }
    let stated = state_platform && from.platform.is_none();
    stated.then(|| FromLine { platform: Some(foreign.target), ..from.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::dockerfile::platform_arguments;
    use image_ref::Platform;

    const FOREIGN: Option<Foreign<'_>> = Some(Foreign { target: "linux/arm64", seed: "seed:1" });

    fn adapted(text: &str, foreign: Option<Foreign<'_>>) -> Result<Adapted, &'static str> {
        let [amd64, arm64] = ["amd64", "arm64"].map(|name| Platform::new("linux", name));
        Dockerfile::parse(text).adapted(foreign, &platform_arguments(&amd64, &arm64))
    }

    #[test]
    fn scratch_becomes_the_seed() {
        let text = "# syntax=docker/dockerfile:1\nFROM scratch AS x\nCOPY a b\nFROM base\n";
        let expected = "# syntax=docker/dockerfile:1\nFROM --platform=linux/arm64 seed:1 AS x\n\
                        COPY a b\nFROM base\n";
        let adapted = adapted(text, FOREIGN).unwrap();
        assert_eq!(adapted, Adapted { text: Some(expected.to_owned()), platform_option: true });
    }

    #[test]
    fn stages_for_two_platforms_say_each_their_own() {
        let text = "FROM --platform=$BUILDPLATFORM golang AS build\nFROM alpine AS base\n\
                    FROM base\nCOPY --from=build /x /x\n";
        let expected = "ARG BUILDPLATFORM=linux/amd64\n\
                        FROM --platform=$BUILDPLATFORM golang AS build\n\
                        FROM --platform=linux/arm64 alpine AS base\n\
                        FROM base\nCOPY --from=build /x /x\n";
        let adapted = adapted(text, FOREIGN).unwrap();
        assert_eq!(adapted, Adapted { text: Some(expected.to_owned()), platform_option: false });
    }

    #[test]
    fn a_stage_for_the_build_platform_keeps_scratch() {
        let text = "FROM --platform=linux/amd64 scratch\nFROM scratch\n";
        let expected = "FROM --platform=linux/amd64 scratch\nFROM --platform=linux/arm64 seed:1\n";
        assert_eq!(adapted(text, FOREIGN).unwrap().text.as_deref(), Some(expected));
    }

    #[test]
    fn files_of_another_image_are_not_taken_from_the_wrong_platform() {
        let text = "FROM --platform=$BUILDPLATFORM a AS b\nFROM c\nCOPY --from=nginx /x /x\n";
        assert_eq!(adapted(text, FOREIGN), Err(MIXED));
        assert!(adapted(&text.replace("nginx", "b"), FOREIGN).is_ok());
        assert!(adapted(&text.replace("nginx", "0"), FOREIGN).is_ok());
    }

    #[test]
    fn a_dockerfile_that_needs_nothing_is_not_changed() {
        let unchanged = Ok(Adapted { text: None, platform_option: false });
        let declared = "ARG BUILDPLATFORM\nFROM --platform=$BUILDPLATFORM a\nFROM b";
        assert_eq!(adapted(declared, None), unchanged);
        assert_eq!(adapted("FROM scratch", None), unchanged);
        assert_eq!(adapted("FROM a\n", FOREIGN).unwrap().text, None);
    }
}
