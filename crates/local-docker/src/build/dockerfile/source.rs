use std::collections::{BTreeMap, BTreeSet};

use image_ref::Platform;

use super::instruction::{Instruction, parse_instructions};

/// The arguments by which BuildKit passes on platforms; the classic builder has
/// none of them unless they are given.
pub(in crate::build) fn platform_arguments(
    build: &Platform,
    target: &Platform,
) -> BTreeMap<String, String> {
    arguments_of("BUILD", build).into_iter().chain(arguments_of("TARGET", target)).collect()
}

fn arguments_of(prefix: &str, platform: &Platform) -> [(String, String); 4] {
    [
        (format!("{prefix}PLATFORM"), platform.to_string()),
        (format!("{prefix}OS"), platform.os.clone()),
        (format!("{prefix}ARCH"), platform.architecture.clone()),
        (format!("{prefix}VARIANT"), platform.variant.clone().unwrap_or_default()),
    ]
}

/// A Dockerfile as a list of instructions.
#[derive(Debug, Clone)]
pub(in crate::build) struct Dockerfile<'a> {
    pub(super) instructions: Vec<Instruction<'a>>,
}

impl<'a> Dockerfile<'a> {
    pub(in crate::build) fn new(text: &'a str) -> Self {
        Self { instructions: parse_instructions(text) }
    }

    /// The arguments that an `ARG` declares: the classic builder warns of others.
    pub(in crate::build) fn retain_declared(
        &self,
        mut arguments: BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let declared = declared_arguments(self.instructions.iter());
        arguments.retain(|name, _| declared.contains(name.as_str()));
        arguments
    }

    /// The original text.
    pub(super) fn text(&self) -> String {
        self.instructions.iter().map(|instruction| instruction.raw).collect()
    }
}

/// Names that the `ARG` instructions among these declare.
pub(super) fn declared_arguments<'b>(
    instructions: impl Iterator<Item = &'b Instruction<'b>>,
) -> BTreeSet<&'b str> {
    instructions
        .filter(|instruction| instruction.is("ARG"))
        .flat_map(|instruction| instruction.text.split_whitespace().skip(1))
        .filter_map(|declaration| declaration.split('=').next())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_declared_arguments_are_kept() {
        let text = "FROM a\nARG TARGETARCH \\\n  # a remark\n  VERSION=1\nRUN x";
        let target = "linux/arm64/v8".parse().unwrap();
        let arguments = platform_arguments(&Platform::new("linux", "amd64"), &target);
        let declared = Dockerfile::new(text).retain_declared(arguments);
        assert_eq!(declared, BTreeMap::from([("TARGETARCH".to_owned(), "arm64".to_owned())]));
    }

    #[test]
    fn the_escape_character_can_be_changed() {
        let dockerfile = Dockerfile::new("# escape=`\nARG A `\n  B\n");
        let declared = declared_arguments(dockerfile.instructions.iter());
        assert_eq!(declared, BTreeSet::from(["A", "B"]));
    }
}
