/// `FROM [--platform=…] base [AS name]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FromLine<'a> {
    pub(super) platform: Option<&'a str>,
    pub(super) base: &'a str,
    pub(super) name: Option<&'a str>,
}

impl<'a> FromLine<'a> {
    pub(super) fn parse(instruction: &'a str) -> Option<Self> {
        let mut words = instruction.split_whitespace();
        words.next().filter(|word| word.eq_ignore_ascii_case("FROM"))?;
        let (flags, rest): (Vec<_>, Vec<_>) = words.partition(|word| word.starts_with("--"));
        let platform = flags.iter().find_map(|flag| flag.strip_prefix("--platform="));
        let name = match rest.get(1..) {
            Some([word, name]) if word.eq_ignore_ascii_case("AS") => Some(*name),
            _ => None,
        };
        Some(Self { platform, base: rest.first()?, name })
    }

    /// Whether the stage is for the platform that the image is built for.
    pub(super) fn is_for(&self, target: &str) -> bool {
        let platform = self.platform;
        platform.is_none_or(|platform| platform == target || platform.contains("TARGETPLATFORM"))
    }

    pub(super) fn is_scratch(&self) -> bool {
        self.base == "scratch"
    }
}

impl std::fmt::Display for FromLine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FROM ")?;
        self.platform.iter().try_for_each(|platform| write!(f, "--platform={platform} "))?;
        f.write_str(self.base)?;
        self.name.iter().try_for_each(|name| write!(f, " AS {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_base_and_name_are_told_apart() {
        let line = FromLine::parse("from --platform=$BUILDPLATFORM golang:1 as build").unwrap();
        assert_eq!((line.platform, line.base), (Some("$BUILDPLATFORM"), "golang:1"));
        assert_eq!(line.to_string(), "FROM --platform=$BUILDPLATFORM golang:1 AS build");
        assert!(!line.is_for("linux/arm64"));
        assert!(FromLine::parse("FROM scratch").unwrap().is_for("linux/arm64"));
        assert_eq!(FromLine::parse("COPY --from=scratch a b"), None);
    }
}
