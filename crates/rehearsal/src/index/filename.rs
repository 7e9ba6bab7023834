//! The rules for the names of uploaded files.

use pep440_rs::Version;

use super::error::UploadError;
use super::form::DistributionKind;
use super::name::{WheelName, filename_prefix, normalized, python_repr, split_sdist_filename};
use super::platform::is_accepted_platform;

const CONTROL_CHARACTERS: &str = "Cannot upload a file with non-printable characters (ordinals \
    0-31) or the DEL character (ordinal 127) in the name.";
const PATH_SEPARATORS: &str = "Cannot upload a file with '/' or '\\' in the name.";
const UNKNOWN_EXTENSION: &str = "Invalid file extension: Use .tar.gz, .whl or .zip extension. See \
    https://peps.python.org/pep-0527/ for more information.";

/// Checks characters and extension.
pub(super) fn check_characters_and_extension(
    filename: &str,
    kind: DistributionKind,
) -> Result<(), UploadError> {
    if filename.chars().any(|c| c.is_ascii_control()) {
        return Err(UploadError::FileName(CONTROL_CHARACTERS.into()));
    }
    if filename.contains(['/', '\\']) {
        return Err(UploadError::FileName(PATH_SEPARATORS.into()));
    }
    let mut extensions = [".tar.gz", ".zip", ".whl"].into_iter();
    let Some(extension) = extensions.find(|extension| filename.ends_with(extension)) else {
        return Err(UploadError::FileName(UNKNOWN_EXTENSION.into()));
    };
    if (kind == DistributionKind::Wheel) != (extension == ".whl") {
        let filetype = kind.packagetype();
        return Err(UploadError::FileName(format!(
            "Invalid file extension: Extension {extension} is invalid for filetype {filetype}."
        )));
    }
    Ok(())
}

/// Checks that the name agrees with the metadata, in the normalised spelling.
pub(super) fn check_name_and_version(
    filename: &str,
    kind: DistributionKind,
    project: &str,
    version: &Version,
) -> Result<(), UploadError> {
    match kind {
        DistributionKind::Sdist => check_sdist_name(filename, project, version),
        DistributionKind::Wheel => check_wheel_name(filename, project, version),
    }
    .map_err(UploadError::FileName)
}

/// Checks that a wheel is for platforms with a specified interface.
pub(super) fn check_platforms(filename: &str) -> Result<(), UploadError> {
    let name: WheelName = filename.parse().map_err(UploadError::FileName)?;
    let Some(tag) = name.platforms.iter().find(|tag| !is_accepted_platform(tag)) else {
        return Ok(());
    };
    let (filename, tag) = (python_repr(filename), python_repr(tag));
    let message = format!("Binary wheel {filename} has an unsupported platform tag {tag}.");
    Err(UploadError::FileName(message))
}

/// PEP 625: exactly one name is correct.
fn check_sdist_name(filename: &str, project: &str, version: &Version) -> Result<(), String> {
    let (name, _) = split_sdist_filename(filename)
        .ok_or_else(|| format!("Invalid source distribution filename: {filename}"))?;
    let expected = format!("{}-{version}.tar.gz", filename_prefix(project));
    if filename == expected {
        return Ok(());
    }
    if normalized(name) != normalized(project) {
        return Err(wrong_prefix(project));
    }
    let (filename, expected) = (python_repr(filename), python_repr(&expected));
    Err(format!("Filename {filename} is invalid, should be {expected}."))
}

fn check_wheel_name(filename: &str, project: &str, version: &Version) -> Result<(), String> {
    let name: WheelName = filename.parse()?;
    if normalized(&name.prefix) != normalized(project) {
        return Err(wrong_prefix(project));
    }
    let prefix = filename_prefix(project);
    if name.prefix != prefix {
        return Err(format!(
            "Filename {} should contain the normalized project name {}, not {}.",
            python_repr(filename),
            python_repr(&prefix),
            python_repr(&name.prefix)
        ));
    }
    if name.version != *version {
        return Err(format!(
            "Version in filename should be {} not {}.",
            python_repr(&version.to_string()),
            python_repr(&name.version.to_string())
        ));
    }
    Ok(())
}

fn wrong_prefix(project: &str) -> String {
    let prefix = filename_prefix(project);
    format!("Start filename for {} with {}.", python_repr(project), python_repr(&prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_message(filename: &str, kind: DistributionKind) -> String {
        let version = "1.0".parse().unwrap();
        check_characters_and_extension(filename, kind)
            .and_then(|()| check_name_and_version(filename, kind, "My.Greeter", &version))
            .and_then(|()| match kind {
                DistributionKind::Wheel => check_platforms(filename),
                DistributionKind::Sdist => Ok(()),
            })
            .map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn accepts_the_normalised_names() {
        assert_eq!(error_message("my_greeter-1.0.tar.gz", DistributionKind::Sdist), "");
        for wheel in ["my_greeter-1.0-py3-none-any.whl", "my_greeter-1.0.0-1-py3-none-any.whl"] {
            assert_eq!(error_message(wheel, DistributionKind::Wheel), "");
        }
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
            let message = error_message(filename, DistributionKind::Sdist);
            assert!(message.contains(part), "{filename}: {message}");
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
            let message = error_message(filename, DistributionKind::Wheel);
            assert!(message.contains(part), "{filename}: {message}");
        }
    }
}
