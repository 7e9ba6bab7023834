//! Platforms that images are built for: Go's names, and the other spellings that Docker
//! reads as them. Platforms in answers of services are not restricted to these.

use crate::{ParseError, Platform, UnknownPlatform};

/// Operating systems and their architectures (`go tool dist list`, and `wasi/wasm` of Docker).
const PLATFORMS: [(&str, &[&str]); 10] = [
    (
        "linux",
        &[
            "amd64", "arm64", "arm", "386", "ppc64le", "s390x", "riscv64", "loong64", "mips64le",
            "mips64", "mipsle", "mips", "ppc64",
        ],
    ),
    ("windows", &["amd64", "arm64", "386", "arm"]),
    ("darwin", &["amd64", "arm64"]),
    ("freebsd", &["amd64", "arm64", "386", "arm", "riscv64"]),
    ("netbsd", &["amd64", "arm64", "386", "arm"]),
    ("openbsd", &["amd64", "arm64", "386", "arm", "ppc64", "riscv64"]),
    ("solaris", &["amd64"]),
    ("illumos", &["amd64"]),
    ("wasip1", &["wasm"]),
    ("wasi", &["wasm"]),
];

/// Variants of architectures (containerd `platforms/database.go`, Go's `GOARM` and `GOAMD64`).
const VARIANTS: [(&str, &[&str]); 3] = [
    ("amd64", &["v1", "v2", "v3", "v4"]),
    ("arm", &["v5", "v6", "v7", "v8"]),
    ("arm64", &["v8", "v9"]),
];

/// Other spellings of an architecture that Docker reads, with its name and variant
/// (containerd `platforms/database.go`, `normalizeArch`).
const ALIASES: [(&str, &str, Option<&str>); 6] = [
    ("x86_64", "amd64", None),
    ("x86-64", "amd64", None),
    ("aarch64", "arm64", None),
    ("i386", "386", None),
    ("armhf", "arm", Some("v7")),
    ("armel", "arm", Some("v6")),
];

/// Spellings that Docker does not read, and what they stand for elsewhere.
const SLIPS: [(&str, &str); 12] = [
    ("x64", "amd64"),
    ("x86", "386"),
    ("i686", "386"),
    ("arm64v8", "arm64"),
    ("armv8", "arm64"),
    ("arm32v5", "arm/v5"),
    ("arm32v6", "arm/v6"),
    ("arm32v7", "arm/v7"),
    ("armv6", "arm/v6"),
    ("armv6l", "arm/v6"),
    ("armv7", "arm/v7"),
    ("armv7l", "arm/v7"),
];

impl Platform {
    /// The platform that Docker builds for when it is given this text: `linux/x86_64` is
    /// `linux/amd64`, `linux/arm64/v8` is `linux/arm64`, `linux/arm` is `linux/arm/v7`.
    ///
    /// # Errors
    /// [`ParseError::Platform`], [`ParseError::UnknownPlatform`] with a suggestion.
    pub fn buildable(text: &str) -> Result<Self, ParseError> {
        let lower = text.to_ascii_lowercase();
        let parts: Vec<&str> = lower.split('/').collect();
        let (os, architecture, variant) = match parts.as_slice() {
            [os, architecture] => (*os, *architecture, None),
            [os, architecture, variant] => (*os, *architecture, Some(*variant)),
            _ => ("", "", None),
        };
        if os.is_empty() || architecture.is_empty() {
            return Err(ParseError::Platform(text.to_owned()));
        }
        let os = if os == "macos" { "darwin" } else { os };
        let (architecture, implied) = plain_architecture(architecture);
        let unknown = |part, value: &str| {
            let suggestion = suggest(os, architecture);
            let (text, value) = (text.to_owned(), value.to_owned());
            ParseError::UnknownPlatform(UnknownPlatform { text, part, value, suggestion })
        };
        let architectures = architectures_of(os).ok_or_else(|| unknown("operating system", os))?;
        if !architectures.contains(&architecture) {
            return Err(unknown("architecture", architecture));
        }
        let variant = variant.map(plain_variant).or(implied.map(str::to_owned));
        if let Some(variant) = &variant
            && !variants_of(architecture).contains(&variant.as_str())
        {
            return Err(unknown("variant", variant));
        }
        Ok(Self { variant: usual_variant(architecture, variant), ..Self::new(os, architecture) })
    }
}

fn architectures_of(os: &str) -> Option<&'static [&'static str]> {
    PLATFORMS.iter().find(|(name, _)| *name == os).map(|(_, architectures)| *architectures)
}

fn variants_of(architecture: &str) -> &'static [&'static str] {
    let found = VARIANTS.iter().find(|(name, _)| *name == architecture);
    found.map_or(&[], |(_, variants)| variants)
}

/// Go's name of an architecture, and the variant that the spelling implies.
fn plain_architecture(text: &str) -> (&str, Option<&'static str>) {
    let alias = ALIASES.iter().find(|(alias, _, _)| *alias == text);
    alias.map_or((text, None), |(_, name, variant)| (name, *variant))
}

/// `7` is `v7`.
fn plain_variant(text: &str) -> String {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { format!("v{text}") } else { text.to_owned() }
}

/// The variant as Docker's tools write it (containerd `platforms/database.go`).
fn usual_variant(architecture: &str, variant: Option<String>) -> Option<String> {
    match (architecture, variant.as_deref()) {
        ("arm64", Some("v8")) | ("amd64", Some("v1")) => None,
        ("arm", None) => Some("v7".to_owned()),
        _ => variant,
    }
}

/// The most similar platform that exists.
fn suggest(os: &str, architecture: &str) -> Option<String> {
    if architectures_of(architecture).is_some_and(|all| all.contains(&plain_architecture(os).0)) {
        return Some(format!("{architecture}/{}", plain_architecture(os).0));
    }
    let systems = PLATFORMS.iter().map(|(name, _)| *name);
    let os = most_similar(os, systems)?;
    let slip = SLIPS.iter().find(|(slip, _)| *slip == architecture).map(|(_, name)| *name);
    let architectures = architectures_of(os)?.iter().copied();
    let architecture = slip.or_else(|| most_similar(architecture, architectures))?;
    Some(format!("{os}/{architecture}"))
}

/// The name itself, one that it is the beginning of, or one that a typo away.
fn most_similar<'a>(text: &str, names: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    const ENOUGH: f64 = 0.8;
    let longer = || names.clone().find(|name| text.len() > 1 && name.starts_with(text));
    names.clone().find(|name| *name == text).or_else(longer).or_else(|| {
        let rated = names.clone().map(|name| (strsim::jaro_winkler(text, name), name));
        let best = rated.max_by(|a, b| a.0.total_cmp(&b.0))?;
        (best.0 >= ENOUGH).then_some(best.1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buildable(text: &str) -> String {
        match Platform::buildable(text) {
            Ok(platform) => platform.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn spellings_are_read_as_docker_reads_them() {
        for (text, platform) in [
            ("linux/amd64", "linux/amd64"),
            ("linux/x86_64", "linux/amd64"),
            ("linux/x86-64", "linux/amd64"),
            ("linux/amd64/v1", "linux/amd64"),
            ("linux/amd64/v3", "linux/amd64/v3"),
            ("linux/aarch64", "linux/arm64"),
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/arm64/8", "linux/arm64"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/arm/7", "linux/arm/v7"),
            ("linux/arm/v6", "linux/arm/v6"),
            ("linux/armhf", "linux/arm/v7"),
            ("linux/armel", "linux/arm/v6"),
            ("linux/i386", "linux/386"),
            ("Linux/AMD64", "linux/amd64"),
            ("windows/amd64", "windows/amd64"),
            ("macos/arm64", "darwin/arm64"),
            ("linux/riscv64", "linux/riscv64"),
            ("wasi/wasm", "wasi/wasm"),
        ] {
            assert_eq!(buildable(text), platform, "{text}");
        }
    }

    #[test]
    fn an_unknown_platform_is_refused_with_the_nearest_one() {
        for (text, message) in [
            ("linux/amd", "`linux/amd`: unknown architecture `amd`; did you mean `linux/amd64`?"),
            ("linux/x64", "`linux/x64`: unknown architecture `x64`; did you mean `linux/amd64`?"),
            (
                "linux/armv7",
                "`linux/armv7`: unknown architecture `armv7`; did you mean `linux/arm/v7`?",
            ),
            (
                "linux/arm64v8",
                "`linux/arm64v8`: unknown architecture `arm64v8`; did you mean `linux/arm64`?",
            ),
            (
                "linus/amd64",
                "`linus/amd64`: unknown operating system `linus`; did you mean `linux/amd64`?",
            ),
            (
                "amd64/linux",
                "`amd64/linux`: unknown operating system `amd64`; did you mean `linux/amd64`?",
            ),
            (
                "linux/arm64/v7",
                "`linux/arm64/v7`: unknown variant `v7`; did you mean `linux/arm64`?",
            ),
            (
                "linux/s390x/z13",
                "`linux/s390x/z13`: unknown variant `z13`; did you mean `linux/s390x`?",
            ),
            ("linux/quantum", "`linux/quantum`: unknown architecture `quantum`"),
            ("windows/riscv64", "`windows/riscv64`: unknown architecture `riscv64`"),
            ("amd64", "`amd64` is not a platform; write it like `linux/amd64` or `linux/arm/v7`"),
            (
                "linux/amd64/v1/x",
                "`linux/amd64/v1/x` is not a platform; write it like `linux/amd64` or `linux/arm/v7`",
            ),
            ("linux/", "`linux/` is not a platform; write it like `linux/amd64` or `linux/arm/v7`"),
        ] {
            assert_eq!(buildable(text), message, "{text}");
        }
    }
}
