//! Arguments as they are shown: on one line, bounded, without secrets.

use std::{borrow::Cow, ffi::OsString};

/// Longest argument that is shown whole; scripts and texts are longer.
const LONGEST_ARGUMENT: usize = 200;

/// Anything shorter guards nothing, and would be found in every second word.
const SHORTEST_SECRET: usize = 4;

/// Parts of names whose values are secret, in options and `NAME=value`.
const SECRET_NAMES: [&str; 8] = [
    "authorization",
    "credential",
    "extraheader",
    "key",
    "passphrase",
    "password",
    "secret",
    "token",
];

/// A program with its arguments. Secrets of the command, values of options and
/// variables that are named like secrets, and users, passwords and queries of
/// addresses are left out.
pub(crate) fn redacted_command_line(program: &str, args: &[OsString], secrets: &[&str]) -> String {
    let mut line = quoted(program);
    let mut value_is_secret = false;
    for arg in args {
        let arg = arg.to_string_lossy();
        let shown = if value_is_secret { "…".into() } else { redacted_argument(&arg, secrets) };
        value_is_secret = !arg.contains('=') && arg.starts_with("--") && is_secret_name(&arg);
        line = format!("{line} {}", quoted(&shortened(&shown)));
    }
    line
}

fn redacted_argument<'a>(arg: &'a str, secrets: &[&str]) -> Cow<'a, str> {
    if let Some((name, _)) = arg.split_once('=')
        && is_secret_name(name)
        && !name.contains(char::is_whitespace)
    {
        return format!("{name}=…").into();
    }
    let secrets = secrets.iter().filter(|secret| secret.len() >= SHORTEST_SECRET);
    let without_secrets = secrets.fold(arg.to_owned(), |arg, secret| arg.replace(secret, "…"));
    redacted_addresses(&without_secrets).into()
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// Every address in a text, without user, password and query.
fn redacted_addresses(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(position) = rest.find("://") {
        let (before, after) = rest.split_at(position + 3);
        let end = after.find(|c: char| c.is_whitespace() || "\"'<>".contains(c));
        let (address, following) = after.split_at(end.unwrap_or(after.len()));
        shown += before;
        shown += &redacted_address(address);
        rest = following;
    }
    shown + rest
}

/// `address` comes without its scheme.
fn redacted_address(address: &str) -> String {
    let (path, query) = match address.split_once('?') {
        Some((path, _)) => (path, "?…"),
        None => (address, ""),
    };
    let authority_end = path.find('/').unwrap_or(path.len());
    let user_end = path[..authority_end].rfind('@').map_or(0, |position| position + 1);
    format!("{}{query}", &path[user_end..])
}

fn shortened(arg: &str) -> Cow<'_, str> {
    match arg.char_indices().nth(LONGEST_ARGUMENT) {
        Some((end, _)) => format!("{}…", &arg[..end]).into(),
        None => arg.into(),
    }
}

/// In quotes, with escapes, when it would not be one word on one line.
fn quoted(arg: &str) -> String {
    if !arg.is_empty() && arg.chars().all(is_plain) { arg.to_owned() } else { format!("{arg:?}") }
}

fn is_plain(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !"\"'\\".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(args: &[&str]) -> String {
        let args: Vec<OsString> = args.iter().map(Into::into).collect();
        redacted_command_line("git", &args, &["canary-own", ""])
    }

    #[test]
    fn arguments_are_shown_as_one_line() {
        assert_eq!(line(&["status", "--porcelain=v2"]), "git status --porcelain=v2");
        assert_eq!(line(&["commit", "-m", "a\nb", ""]), r#"git commit -m "a\nb" """#);
        assert_eq!(line(&[&"ä".repeat(201)]), format!("git {}…", "ä".repeat(200)));
    }

    #[test]
    fn addresses_are_shown_without_user_password_and_query() {
        let address = "https://me:canary@host.example:8443/a?sig=canary";
        assert_eq!(line(&["push", address]), "git push https://host.example:8443/a?…");
        assert_eq!(line(&[&format!("url={address}")]), "git url=https://host.example:8443/a?…");
        assert_eq!(
            line(&[&format!("fetch {address} 'ssh://git@host.example/b'")]),
            r#"git "fetch https://host.example:8443/a?… 'ssh://host.example/b'""#
        );
        assert_eq!(line(&["https://host.example/a@b"]), "git https://host.example/a@b");
    }

    #[test]
    fn what_is_named_like_a_secret_is_not_shown() {
        assert_eq!(line(&["--password", "canary", "x"]), "git --password … x");
        assert_eq!(line(&["--api-token=canary"]), "git --api-token=…");
        assert_eq!(line(&["-e", "GH_TOKEN=canary"]), "git -e GH_TOKEN=…");
        assert_eq!(line(&["http.extraHeader=canary"]), "git http.extraHeader=…");
    }

    #[test]
    fn secrets_of_the_command_are_shown_nowhere() {
        assert_eq!(line(&["echo", "(canary-own)"]), "git echo (…)");
    }
}
