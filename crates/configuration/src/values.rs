//! Values that are checked when the file is read, so that a mistake has its line.

use image_ref::Platform;
use serde::{Deserialize, Deserializer, de::Error as _};

/// Platforms that images are built for, in Docker's spelling.
pub(crate) fn platforms<'de, D: Deserializer<'de>>(list: D) -> Result<Vec<Platform>, D::Error> {
    let platforms = Vec::<BuildPlatform>::deserialize(list)?;
    Ok(platforms.into_iter().map(|platform| platform.0).collect())
}

struct BuildPlatform(Platform);

impl<'de> Deserialize<'de> for BuildPlatform {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        let text = String::deserialize(text)?;
        Platform::buildable(&text).map(Self).map_err(D::Error::custom)
    }
}

/// `owner/name`, as part of the forge's addresses.
pub(crate) fn owner_and_name<'de, D: Deserializer<'de>>(text: D) -> Result<String, D::Error> {
    let text = String::deserialize(text)?;
    if is_owner_and_name(&text) {
        return Ok(text);
    }
    let problem = format!("`{text}` is not a GitHub repository");
    Err(D::Error::custom(match inside_address(&text) {
        Some(name) => format!("{problem}; did you mean `{name}`?"),
        None => format!("{problem}; write `owner/name`"),
    }))
}

fn is_owner_and_name(text: &str) -> bool {
    text.split_once('/').is_some_and(|(owner, name)| is_plain(owner) && is_plain(name))
}

/// Whether a part cannot change the structure of an address.
fn is_plain(part: &str) -> bool {
    !matches!(part, "" | "." | "..")
        && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// The last two parts of `https://HOST/owner/name`, `git@HOST:owner/name.git` and
/// `HOST/owner/name`.
fn inside_address(text: &str) -> Option<String> {
    let path = text.trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let (_, path) = path.split_once([':', '/'])?;
    is_owner_and_name(path).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::parse;

    fn message(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_platform_that_does_not_exist_is_refused_with_its_line() {
        let text =
            "[[image]]\nrepository = \"a/b\"\nplatforms = [\"linux/amd64\", \"linux/amd\"]\n";
        assert_eq!(
            message(text),
            "line 3: `linux/amd`: unknown architecture `amd`; did you mean `linux/amd64`?"
        );
    }

    #[test]
    fn platforms_have_dockers_spelling() {
        let text =
            "[[image]]\nrepository = \"a/b\"\nplatforms = [\"linux/x86_64\", \"linux/arm64/v8\"]\n";
        let platforms = parse(text).unwrap().images.remove(0).platforms;
        let texts: Vec<String> = platforms.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["linux/amd64", "linux/arm64"]);
    }

    #[test]
    fn a_repository_that_is_not_owner_and_name_is_refused_with_its_line() {
        for (value, expected) in [
            ("tool", "`tool` is not a GitHub repository; write `owner/name`"),
            ("", "`` is not a GitHub repository; write `owner/name`"),
            ("acme/", "`acme/` is not a GitHub repository; write `owner/name`"),
            ("acme/my tool", "`acme/my tool` is not a GitHub repository; write `owner/name`"),
            (
                "https://github.com/acme/tool",
                "`https://github.com/acme/tool` is not a GitHub repository; did you mean `acme/tool`?",
            ),
            (
                "git@github.com:acme/tool.git",
                "`git@github.com:acme/tool.git` is not a GitHub repository; did you mean `acme/tool`?",
            ),
            (
                "github.com/acme/tool",
                "`github.com/acme/tool` is not a GitHub repository; did you mean `acme/tool`?",
            ),
        ] {
            let text = format!("[github]\noptional = true\nrepository = \"{value}\"\n");
            assert_eq!(message(&text), format!("line 3: {expected}"), "{value}");
        }
        assert!(parse("[github]\nrepository = \"acme/My_tool.py\"\n").is_ok());
    }
}
