//! As much of a Dockerfile as the classic builder needs help with: which
//! arguments it declares, and what to change for a foreign platform.

use std::collections::{BTreeMap, BTreeSet};

use image_ref::Platform;

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

/// A Dockerfile, line by line; continued lines are one instruction.
#[derive(Debug, Clone)]
pub(super) struct Dockerfile<'a> {
    text: &'a str,
    instructions: Vec<String>,
}

impl<'a> Dockerfile<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        Self { text, instructions: instructions(text) }
    }

    /// Names that any `ARG` declares.
    pub(super) fn declared(&self) -> BTreeSet<&str> {
        self.arguments_of(self.instructions.iter())
    }

    /// Those of `given` that are declared: the classic builder warns of others.
    pub(super) fn only_declared(
        &self,
        given: BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let declared = self.declared();
        given.into_iter().filter(|(name, _)| declared.contains(name.as_str())).collect()
    }

    /// The text with `FROM scratch` replaced by `FROM seed`, and the arguments
    /// declared that a `FROM` uses as if BuildKit had; `None` when nothing
    /// changes.
    pub(super) fn adapted(
        &self,
        seed: Option<&str>,
        arguments: &BTreeMap<String, String>,
    ) -> Option<String> {
        let missing: String = self.missing_before_from(arguments);
        let mut declared = missing.is_empty();
        let mut adapted = String::with_capacity(self.text.len() + 64);
        for line in self.text.split_inclusive('\n') {
            if !declared && is_instruction(line, "FROM") {
                adapted.push_str(&missing);
                declared = true;
            }
            match seed.and_then(|seed| from_seed(line, seed)) {
                Some(line) => adapted.push_str(&line),
                None => adapted.push_str(line),
            }
        }
        (adapted != self.text).then_some(adapted)
    }

    /// `ARG` lines for platform arguments that a `FROM` uses without one.
    fn missing_before_from(&self, arguments: &BTreeMap<String, String>) -> String {
        let is_from = |line: &&String| is_instruction(line, "FROM");
        let global = self.instructions.iter().take_while(|line| !is_from(line));
        let declared = self.arguments_of(global);
        let used = |name: &str| {
            let (plain, braced) = (format!("${name}"), format!("${{{name}"));
            let mut froms = self.instructions.iter().filter(is_from);
            froms.any(|line| line.contains(&plain) || line.contains(&braced))
        };
        let missing =
            arguments.iter().filter(|(name, _)| used(name) && !declared.contains(name.as_str()));
        missing.map(|(name, value)| format!("ARG {name}={value}\n")).collect()
    }

    fn arguments_of<'b>(&self, lines: impl Iterator<Item = &'b String>) -> BTreeSet<&'b str> {
        let args = lines.filter(|line| is_instruction(line, "ARG"));
        let words = args.flat_map(|line| line.split_whitespace().skip(1));
        words.filter_map(|word| word.split('=').next()).collect()
    }
}

fn is_instruction(line: &str, name: &str) -> bool {
    line.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case(name))
}

/// Joins continued lines; comments between them are dropped, as Docker does.
fn instructions(text: &str) -> Vec<String> {
    let escape = escape_character(text);
    let mut instructions = Vec::new();
    let mut open = String::new();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.strip_suffix(escape) {
            Some(begin) => open = format!("{open}{begin} "),
            None => instructions.push(std::mem::take(&mut open) + line),
        }
    }
    instructions.extend((!open.is_empty()).then_some(open));
    instructions
}

/// `# escape=` among the first lines chooses between backslash and backtick.
fn escape_character(text: &str) -> char {
    let directives = text.lines().map_while(|line| line.trim().strip_prefix('#'));
    let escapes = directives.filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        name.trim().eq_ignore_ascii_case("escape").then(|| value.trim().chars().next())?
    });
    escapes.last().unwrap_or('\\')
}

/// The line with the seed as its base, if its base is `scratch`.
fn from_seed(line: &str, seed: &str) -> Option<String> {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    let (from, rest) = words.split_first_mut()?;
    let base = rest.iter_mut().find(|word| !word.starts_with("--"))?;
    if !from.eq_ignore_ascii_case("FROM") || *base != "scratch" {
        return None;
    }
    *base = seed;
    Some(words.join(" ") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CROSS: &str = "# syntax=docker/dockerfile:1\n\
        FROM --platform=$BUILDPLATFORM golang AS build\n\
        ARG TARGETARCH \\\n  # a remark\n  VERSION=1\n\
        RUN go build\n\
        FROM scratch\n\
        COPY --from=build /x /x\n";

    fn arguments() -> BTreeMap<String, String> {
        platform_arguments(&Platform::new("linux", "amd64"), &"linux/arm64/v8".parse().unwrap())
    }

    #[test]
    fn only_declared_arguments_are_given() {
        let dockerfile = Dockerfile::parse(CROSS);
        assert_eq!(dockerfile.declared(), BTreeSet::from(["TARGETARCH", "VERSION"]));
        let given = dockerfile.only_declared(arguments());
        assert_eq!(given, BTreeMap::from([("TARGETARCH".to_owned(), "arm64".to_owned())]));
    }

    #[test]
    fn scratch_becomes_the_seed_and_the_build_platform_is_declared() {
        let adapted = Dockerfile::parse(CROSS).adapted(Some("seed:1"), &arguments()).unwrap();
        let expected = CROSS
            .replace("FROM scratch", "FROM seed:1")
            .replace("FROM --platform", "ARG BUILDPLATFORM=linux/amd64\nFROM --platform");
        assert_eq!(adapted, expected);
    }

    #[test]
    fn a_dockerfile_that_needs_nothing_is_not_changed() {
        let text = "ARG BUILDPLATFORM\nFROM --platform=$BUILDPLATFORM a\nFROM b";
        assert_eq!(Dockerfile::parse(text).adapted(Some("seed"), &arguments()), None);
        assert_eq!(Dockerfile::parse("FROM scratch").adapted(None, &arguments()), None);
    }

    #[test]
    fn named_stages_and_flags_stay() {
        let line = from_seed("from --platform=linux/arm64 scratch as final\n", "seed").unwrap();
        assert_eq!(line, "from --platform=linux/arm64 seed as final\n");
        assert_eq!(from_seed("COPY --from=scratch a b", "seed"), None);
        assert_eq!(from_seed("FROM scratchy", "seed"), None);
    }

    #[test]
    fn the_escape_character_can_be_another() {
        let text = "# escape=`\nARG A `\n  B\n";
        assert_eq!(Dockerfile::parse(text).declared(), BTreeSet::from(["A", "B"]));
    }
}
