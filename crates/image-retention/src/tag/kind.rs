/// First parts of the tags of development images.
const DEVELOPMENT_PREFIXES: [&str; 27] = [
    "branch",
    "bugfix",
    "canary",
    "debug",
    "dev",
    "devel",
    "develop",
    "development",
    "edge",
    "experiment",
    "experimental",
    "feat",
    "feature",
    "fix",
    "hotfix",
    "issue",
    "local",
    "nightly",
    "pr",
    "snapshot",
    "staging",
    "temp",
    "test",
    "testing",
    "tests",
    "tmp",
    "wip",
];

/// Whether the tag is that of a development image: `dev`, `test-3`,
/// `feature-login`, but not `latest` or `stable`.
pub(crate) fn is_development_tag(tag: &str) -> bool {
    let first = tag.split(['-', '_', '.']).next().unwrap_or_default();
    DEVELOPMENT_PREFIXES.contains(&first.to_ascii_lowercase().as_str())
}
