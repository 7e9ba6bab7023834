//! The rules for the names of uploaded files.

use std::str::FromStr as _;

use pep440_rs::Version;

use super::form::Kind;
use super::name::{WheelName, file_prefix, normalized, quoted, split_sdist};
use super::platform;
use super::refusal::Refusal;

/// Checks characters and extension.
pub(crate) fn check_form(filename: &str, kind: Kind) -> Result<(), Refusal> {
    let wrong = |text: String| Err(Refusal::FileName(text));
    if filename.chars().any(|c| c.is_ascii_control()) {
        return wrong(
            "Cannot upload a file with non-printable characters (ordinals 0-31) or the DEL \
             character (ordinal 127) in the name."
                .into(),
        );
    }
    if filename.contains(['/', '\\']) {
        return wrong("Cannot upload a file with '/' or '\\' in the name.".into());
    }
    let Some(extension) = [".tar.gz", ".zip", ".whl"].into_iter().find(|e| filename.ends_with(e))
    else {
        return wrong(
            "Invalid file extension: Use .tar.gz, .whl or .zip extension. See \
             https://peps.python.org/pep-0527/ for more information."
                .into(),
        );
    };
    if (kind == Kind::Wheel) != (extension == ".whl") {
        let filetype = kind.packagetype();
        return wrong(format!(
            "Invalid file extension: Extension {extension} is invalid for filetype {filetype}."
        ));
    }
    Ok(())
}

/// Checks that the name says what the metadata says, in the normalised spelling.
pub(crate) fn check_meaning(
    filename: &str,
    kind: Kind,
    project: &str,
    version: &Version,
) -> Result<(), Refusal> {
    match kind {
        Kind::Sdist => check_sdist(filename, project, version),
        Kind::Wheel => check_wheel(filename, project, version),
    }
    .map_err(Refusal::FileName)
}

/// PEP 625: exactly one name is right.
fn check_sdist(filename: &str, project: &str, version: &Version) -> Result<(), String> {
    let (name, _) = split_sdist(filename)
        .ok_or_else(|| format!("Invalid source distribution filename: {filename}"))?;
    let prefix = file_prefix(project);
    let expected = format!("{prefix}-{version}.tar.gz");
    if normalized(name) != normalized(project) && filename != expected {
        return Err(format!("Start filename for {} with {}.", quoted(project), quoted(&prefix)));
    }
    if filename != expected {
        let (found, right) = (quoted(filename), quoted(&expected));
        return Err(format!("Filename {found} is invalid, should be {right}."));
    }
    Ok(())
}

fn check_wheel(filename: &str, project: &str, version: &Version) -> Result<(), String> {
    let name = WheelName::parse(filename)?;
    if let Some(tag) = name.platforms.iter().find(|tag| !platform::is_accepted(tag)) {
        let filename = quoted(filename);
        return Err(format!(
            "Binary wheel {filename} has an unsupported platform tag {}.",
            quoted(tag)
        ));
    }
    let prefix = file_prefix(project);
    if normalized(&name.prefix) != normalized(project) {
        return Err(format!("Start filename for {} with {}.", quoted(project), quoted(&prefix)));
    }
    if name.prefix != prefix {
        return Err(format!(
            "Filename {} should contain the normalized project name {}, not {}.",
            quoted(filename),
            quoted(&prefix),
            quoted(&name.prefix)
        ));
    }
    if name.version != *version {
        let (right, found) = (version.to_string(), name.version.to_string());
        let (right, found) = (quoted(&right), quoted(&found));
        return Err(format!("Version in filename should be {right} not {found}."));
    }
    Ok(())
}

/// A version in any spelling.
pub(crate) fn version(text: &str) -> Option<Version> {
    Version::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(filename: &str, kind: Kind) -> String {
        let version = version("1.0").unwrap();
        check_form(filename, kind)
            .and_then(|()| check_meaning(filename, kind, "My.Greeter", &version))
            .map_or_else(|refusal| refusal.to_string(), |()| String::new())
    }

    #[test]
    fn accepts_the_normalised_names() {
        assert_eq!(refusal("my_greeter-1.0.tar.gz", Kind::Sdist), "");
        assert_eq!(refusal("my_greeter-1.0-py3-none-any.whl", Kind::Wheel), "");
        assert_eq!(refusal("my_greeter-1.0.0-1-py3-none-any.whl", Kind::Wheel), "");
    }

    #[test]
    fn names_the_rule_that_an_sdist_breaks() {
        for (filename, part) in [
            ("my-greeter-1.0.tar.gz", "is invalid, should be 'my_greeter-1.0.tar.gz'"),
            ("My.Greeter-1.0.tar.gz", "is invalid, should be 'my_greeter-1.0.tar.gz'"),
            ("my_greeter-1.0.0.tar.gz", "is invalid, should be 'my_greeter-1.0.tar.gz'"),
            ("my_greeter-1.0.zip", "is invalid, should be 'my_greeter-1.0.tar.gz'"),
            ("other-1.0.tar.gz", "Start filename for 'My.Greeter' with 'my_greeter'"),
            ("my_greeter.tar.gz", "Invalid source distribution filename"),
            ("my_greeter-1.0.tar.bz2", "Use .tar.gz, .whl or .zip extension"),
            ("my_greeter-1.0-py3-none-any.whl", "Extension .whl is invalid for filetype sdist"),
            ("a/my_greeter-1.0.tar.gz", "'/' or '\\' in the name"),
        ] {
            let found = refusal(filename, Kind::Sdist);
            assert!(found.contains(part), "{filename}: {found}");
        }
    }

    #[test]
    fn names_the_rule_that_a_wheel_breaks() {
        for (filename, part) in [
            ("My_Greeter-1.0-py3-none-any.whl", "should contain the normalized project name"),
            ("other-1.0-py3-none-any.whl", "Start filename for 'My.Greeter' with 'my_greeter'"),
            ("my_greeter-2.0-py3-none-any.whl", "Version in filename should be '1.0' not '2.0'"),
            ("my_greeter-1.0-py3-none-linux_x86_64.whl", "unsupported platform tag 'linux_x86_64'"),
            ("my_greeter-1.0.whl", "wrong number of parts"),
        ] {
            let found = refusal(filename, Kind::Wheel);
            assert!(found.contains(part), "{filename}: {found}");
        }
    }
}
