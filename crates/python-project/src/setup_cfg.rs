//! `setup.cfg`, in which setuptools has metadata that are not in `pyproject.toml`
//! (setuptools documentation, "Configuring setuptools using setup.cfg files").

use std::ops::Range;

use crate::{DynamicVersion, PythonError, python_version::PythonVersion};

/// Where the value of a key is; `None` when the section does not have it, or when it is
/// empty or in the lines below. Keys and values are separated by `=` or `:` (Python
/// documentation, "configparser").
pub(crate) fn value_range(text: &str, section: &str, key: &str) -> Option<Range<usize>> {
    let (mut position, mut is_inside) = (0, false);
    for line in text.split_inclusive('\n') {
        let start = position;
        position += line.len();
        if let Some(title) = line.strip_prefix('[') {
            is_inside = title.split(']').next().map(str::trim) == Some(section);
        } else if is_inside && let Some(value) = value_in(line, key) {
            return Some(start + value.start..start + value.end);
        }
    }
    None
}

fn value_in(line: &str, key: &str) -> Option<Range<usize>> {
    let separator = line.find(['=', ':'])?;
    if line.starts_with([' ', '\t', '#', ';'])
        || !line[..separator].trim().eq_ignore_ascii_case(key)
    {
        return None;
    }
    let rest = &line[separator + 1..];
    let value = rest.trim();
    let start = separator + 1 + rest.find(value)?;
    (!value.is_empty()).then_some(start..start + value.len())
}

/// The source of the version: `attr:`, `file:`, or the text itself.
pub(crate) fn version_source(text: &str) -> Option<DynamicVersion> {
    let value = &text[value_range(text, "metadata", "version")?];
    Some(match value.split_once(':') {
        Some(("attr", name)) => DynamicVersion::Attribute(name.trim().to_owned()),
        Some(("file", path)) => DynamicVersion::File(path.trim().to_owned()),
        _ => DynamicVersion::SetupCfg,
    })
}

/// The version in `[metadata]`.
///
/// # Errors
/// [`PythonError::Key`] when there is none.
pub(crate) fn find_version(text: &str) -> Result<PythonVersion, PythonError> {
    let missing = PythonError::Key { key: "metadata.version of setup.cfg", problem: "is missing" };
    let range = value_range(text, "metadata", "version").ok_or(missing)?;
    Ok(PythonVersion::literal(text, range))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[bumpversion]\nversion = 9\n\n[metadata]\n# version = 8\nName: demo\r\n\
                        description =\n    version = 7\nversion = 0.1.0\n[options]\nversion = 6\n";

    #[test]
    fn values_are_found_in_their_section() {
        let value = |key| value_range(TEXT, "metadata", key).map(|range| &TEXT[range]);
        assert_eq!([value("name"), value("version")], [Some("demo"), Some("0.1.0")]);
        assert_eq!([value("description"), value("license")], [None, None]);
    }

    #[test]
    fn the_source_of_the_version_is_found() {
        for (value, source) in [
            ("0.1.0", "`version` of setup.cfg"),
            ("attr: demo.__version__", "attribute `demo.__version__`"),
            ("file: VERSION", "file `VERSION`"),
        ] {
            let found = version_source(&format!("[metadata]\nversion = {value}\n")).unwrap();
            assert_eq!(found.to_string(), source);
        }
    }
}
