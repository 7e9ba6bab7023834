use toml_edit::Item;

use crate::{
    PythonError,
    project::{ProjectVersion, PyProject},
    toml_document::{item_at, parse_toml},
};

/// The text of a `pyproject.toml` with another version, everything else byte
/// for byte as before. Only `[project] version`, or `[tool.poetry] version` if
/// the version is set there, changes; `version` keys of other tables do not.
///
/// # Errors
/// [`PythonError::DynamicVersion`] when the build backend determines the
/// version, [`PythonError::Toml`], [`PythonError::Key`].
pub fn set_version(text: &str, version: &str) -> Result<String, PythonError> {
    if let ProjectVersion::Dynamic(source) = text.parse::<PyProject>()?.version {
        return Err(PythonError::DynamicVersion { from: source.to_string() });
    }
    let document = parse_toml(text)?;
    let places = [["project", "version"].as_slice(), &["tool", "poetry", "version"]];
    let span =
        places.iter().find_map(|path| item_at(document.as_table(), path).and_then(Item::span));
    let missing = PythonError::Key { key: "project.version", problem: "has no place in the text" };
    let span = span.ok_or(missing)?;
    let quote = if text[span.clone()].starts_with('\'') { '\'' } else { '"' };
    Ok(format!("{}{quote}{version}{quote}{}", &text[..span.start], &text[span.end..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The original changed every line that begins with `version = `.
    const TRAPS: &str = "# version = \"0\"\r\n[tool.other]\r\nversion = \"9\"\r\n\
        [project] # the project\r\nname        = \"a\"\r\nversion     = '0.1.0'   # set by hand\r\n\
        description = '''\r\nversion = \"0.1.0\"\r\n'''\r\n[tool.last]\nversion = \"0.1.0\"";

    #[test]
    fn only_the_projects_version_changes() {
        let changed = set_version(TRAPS, "0.2.0").unwrap();
        assert_eq!(changed, TRAPS.replace("'0.1.0'", "'0.2.0'"));
        assert_eq!(set_version(&changed, "0.1.0").unwrap(), TRAPS);
    }

    #[test]
    fn a_byte_order_mark_stays_where_it_is() {
        let text = "\u{feff}[project]\nname = 'a'\nversion = '1'\n";
        assert_eq!(set_version(text, "2").unwrap(), text.replace("'1'", "'2'"));
    }

    #[test]
    fn dotted_inline_and_poetry_versions_are_found() {
        for (text, expected) in [
            (
                "project.name='a'\nproject.version=\"1\"\n",
                "project.name='a'\nproject.version=\"2\"\n",
            ),
            ("project = {name = 'a', version = '1'}", "project = {name = 'a', version = '2'}"),
            (
                "[tool.poetry]\nname='a'\nversion = \"1\"",
                "[tool.poetry]\nname='a'\nversion = \"2\"",
            ),
            (
                "[project]\nname='a'\ndynamic=['version']\n[tool.poetry]\nversion='1'",
                "[project]\nname='a'\ndynamic=['version']\n[tool.poetry]\nversion='2'",
            ),
        ] {
            assert_eq!(set_version(text, "2").unwrap(), expected);
        }
    }

    #[test]
    fn a_dynamic_version_is_not_written() {
        let text = "[project]\nname='a'\ndynamic=['version']\n[tool.setuptools.dynamic]\nversion={attr='a.b'}";
        let error = set_version(text, "2").unwrap_err();
        assert!(error.to_string().contains("attribute `a.b`"), "{error}");
    }

    proptest! {
        #[test]
        fn setting_is_idempotent_and_keeps_all_other_bytes(
            comment in "[ -~]{0,20}", blank in "[ \t]{0,3}", ending in "(\n|\r\n)", version in "[0-9]\\.[0-9]{1,3}(rc[0-9])?"
        ) {
            let text = |version: &str| format!(
                "#{comment}{ending}{ending}[project]{blank}#{comment}{ending}name{blank}= 'a'{ending}\
                 version{blank}={blank}\"{version}\"{blank}# {comment}{ending}[tool.x]{ending}version='0'"
            );
            let once = set_version(&text("0.0"), &version).unwrap();
            prop_assert_eq!(&once, &text(&version));
            prop_assert_eq!(set_version(&once, &version).unwrap(), once);
        }
    }
}
