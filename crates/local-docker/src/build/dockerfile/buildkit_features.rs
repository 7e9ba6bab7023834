//! What only BuildKit can do (Dockerfile reference; `frontend/dockerfile/docs/reference.md`
//! of BuildKit). The classic builder refuses most of it, and misreads the rest.

use super::heredoc::has_heredoc;

const FLAGS: [(&str, &[&str]); 3] = [
    ("RUN", &["--mount", "--network", "--security", "--device"]),
    ("COPY", &["--link", "--chmod", "--parents", "--exclude"]),
    ("ADD", &["--link", "--chmod", "--checksum", "--keep-git-dir", "--unpack", "--exclude"]),
];

/// What of an instruction needs BuildKit.
pub(super) fn features(instruction: &str) -> Vec<String> {
    let mut parts = instruction.split_whitespace().skip_while(|part| is(part, "ONBUILD"));
    let Some(keyword) = parts.next().map(str::to_ascii_uppercase) else { return Vec::new() };
    let Some((_, special)) = FLAGS.iter().find(|(name, _)| *name == keyword) else {
        return Vec::new();
    };
    let (flags, rest): (Vec<&str>, Vec<&str>) = {
        let parts: Vec<&str> = parts.collect();
        let count = parts.iter().take_while(|part| part.starts_with("--")).count();
        (parts[..count].to_vec(), parts[count..].to_vec())
    };
    let names = flags.iter().filter_map(|flag| flag.split('=').next());
    let mut found: Vec<String> = names
        .filter(|name| special.contains(name))
        .map(|name| format!("{keyword} {name}"))
        .collect();
    found.dedup();
    if has_heredoc(instruction) {
        found.push("a here-document".to_owned());
    }
    if keyword == "ADD" && rest.first().is_some_and(|source| is_git_repository(source)) {
        found.push("ADD of a git repository".to_owned());
    }
    found
}

/// The frontend that `# syntax=` names, unless it is Docker's own: what that adds is
/// found in the instructions.
pub(super) fn custom_frontend(text: &str) -> Option<&str> {
    let mut directives = text.lines().map_while(|line| line.trim().strip_prefix('#'));
    let frontend = directives.find_map(|line| {
        let (name, value) = line.split_once('=')?;
        name.trim().eq_ignore_ascii_case("syntax").then(|| value.trim())
    })?;
    let name = frontend.strip_prefix("docker.io/").unwrap_or(frontend);
    let is_dockers = ["docker/dockerfile", "docker/dockerfile-upstream"].iter().any(|own| {
        name.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '@']))
    });
    (!is_dockers).then_some(frontend)
}

fn is(part: &str, keyword: &str) -> bool {
    part.eq_ignore_ascii_case(keyword)
}

/// `git@HOST:…` and `https://HOST/….git` (Dockerfile reference, "ADD").
fn is_git_repository(source: &str) -> bool {
    let address = source.split('#').next().unwrap_or_default();
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    source.starts_with("git@")
        || source.starts_with("git://")
        || source.starts_with("ssh://")
        || (is_web && address.ends_with(".git"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_count_only_before_the_arguments() {
        for (instruction, expected) in [
            ("run --mount=type=secret,id=a --mount=type=cache,target=/c x", vec!["RUN --mount"]),
            ("RUN x --mount=y", vec![]),
            ("ONBUILD COPY --chmod=1 a b", vec!["COPY --chmod"]),
            ("ADD https://forge.example/a.git#v1 /a", vec!["ADD of a git repository"]),
            ("ADD https://forge.example/a.tar /a", vec![]),
            ("COPY --chown=1:1 --from=x a b", vec![]),
            ("FROM --platform=$BUILDPLATFORM a", vec![]),
        ] {
            assert_eq!(features(instruction), expected, "{instruction}");
        }
    }
}
