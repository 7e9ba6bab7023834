/// `FROM [--platform=…] base [AS name]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FromInstruction<'a> {
    pub(super) platform: Option<&'a str>,
    pub(super) base: &'a str,
    pub(super) name: Option<&'a str>,
}

impl<'a> FromInstruction<'a> {
    /// `None` for other instructions.
    pub(super) fn from_text(text: &'a str) -> Option<Self> {
        let mut parts = text.split_whitespace();
        parts.next().filter(|keyword| keyword.eq_ignore_ascii_case("FROM"))?;
        let (flags, rest): (Vec<_>, Vec<_>) = parts.partition(|part| part.starts_with("--"));
        let platform = flags.iter().find_map(|flag| flag.strip_prefix("--platform="));
        let name = match rest.get(1..) {
            Some([keyword, name]) if keyword.eq_ignore_ascii_case("AS") => Some(*name),
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

impl std::fmt::Display for FromInstruction<'_> {
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
    fn flags_base_and_name_are_recognised() {
        let from =
            FromInstruction::from_text("from --platform=$BUILDPLATFORM golang:1 as build").unwrap();
        assert_eq!((from.platform, from.base), (Some("$BUILDPLATFORM"), "golang:1"));
        assert_eq!(from.to_string(), "FROM --platform=$BUILDPLATFORM golang:1 AS build");
        assert!(!from.is_for("linux/arm64"));
        assert!(FromInstruction::from_text("FROM scratch").unwrap().is_for("linux/arm64"));
        assert_eq!(FromInstruction::from_text("COPY --from=scratch a b"), None);
    }
}
