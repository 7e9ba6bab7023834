//! As much of a Dockerfile as the classic builder needs help with: which
//! arguments it declares, and what to change for a foreign platform.

mod adapt;
mod from_line;
mod lines;

use std::collections::{BTreeMap, BTreeSet};

use image_ref::Platform;

pub(super) use adapt::{Adapted, Foreign};
use lines::{Line, lines};

/// The arguments by which BuildKit tells platforms; the classic builder has
/// none of them unless they are given.
pub(super) fn platform_arguments(build: &Platform, target: &Platform) -> BTreeMap<String, String> {
    let of = |kind: &str, platform: &Platform| {
        [
            (format!("{kind}PLATFORM"), platform.to_string()),
            (format!("{kind}OS"), platform.os.clone()),
            (format!("{kind}ARCH"), platform.architecture.clone()),
            (format!("{kind}VARIANT"), platform.variant.clone().unwrap_or_default()),
        ]
    };
    of("BUILD", build).into_iter().chain(of("TARGET", target)).collect()
}

/// A Dockerfile as a list of instructions.
#[derive(Debug, Clone)]
pub(super) struct Dockerfile<'a> {
    lines: Vec<Line<'a>>,
}

impl<'a> Dockerfile<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        Self { lines: lines(text) }
    }

    /// Those of `given` that an `ARG` declares: the classic builder warns of others.
    pub(super) fn only_declared(
        &self,
        given: BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let declared = declared(self.lines.iter());
        given.into_iter().filter(|(name, _)| declared.contains(name.as_str())).collect()
    }

    /// The text as it was.
    pub(super) fn text(&self) -> String {
        self.lines.iter().map(|line| line.raw).collect()
    }
}

/// Names that the `ARG` instructions among these declare.
fn declared<'b>(lines: impl Iterator<Item = &'b Line<'b>>) -> BTreeSet<&'b str> {
    let args = lines.filter(|line| line.is("ARG"));
    let words = args.flat_map(|line| line.instruction.split_whitespace().skip(1));
    words.filter_map(|word| word.split('=').next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_declared_arguments_are_given() {
        let text = "FROM a\nARG TARGETARCH \\\n  # a remark\n  VERSION=1\nRUN x";
        let target = "linux/arm64/v8".parse().unwrap();
        let known = platform_arguments(&Platform::new("linux", "amd64"), &target);
        let given = Dockerfile::parse(text).only_declared(known);
        assert_eq!(given, BTreeMap::from([("TARGETARCH".to_owned(), "arm64".to_owned())]));
    }

    #[test]
    fn the_escape_character_can_be_another() {
        let dockerfile = Dockerfile::parse("# escape=`\nARG A `\n  B\n");
        assert_eq!(declared(dockerfile.lines.iter()), BTreeSet::from(["A", "B"]));
    }
}
