//! The INI format of `.pypirc`, as Python's `RawConfigParser` reads it: no
//! interpolation, so that `%` in a password is just a percent sign.

/// One section in the order of the file; keys in lower case.
#[derive(Default, Clone)]
pub(super) struct Section {
    pub(super) name: String,
    settings: Vec<(String, String)>,
}

impl Section {
    /// The last value of a key that is not empty.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let found = self.settings.iter().rev().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// Reads the whole text.
///
/// # Errors
/// Number of the first line that is not understood, from 1. Never its text,
/// which may be a secret (twine printed tokens so).
pub(super) fn parse(text: &str) -> Result<Vec<Section>, usize> {
    let mut sections: Vec<Section> = Vec::new();
    let mut continuing = false;
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) && continuing {
            extend_last(&mut sections, content);
        } else if let Some(name) = header(content) {
            sections.push(Section { name: name.to_owned(), settings: Vec::new() });
            continuing = false;
        } else {
            let section = sections.last_mut().ok_or(number + 1)?;
            section.settings.push(setting(content).ok_or(number + 1)?);
            continuing = true;
        }
    }
    Ok(sections)
}

fn header(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.split_once(']').map(|(name, _)| name)
}

fn setting(line: &str) -> Option<(String, String)> {
    let (key, value) = line.split_once(['=', ':'])?;
    let key = key.trim().to_lowercase();
    (!key.is_empty()).then(|| (key, value.trim().to_owned()))
}

fn extend_last(sections: &mut [Section], content: &str) {
    if let Some((_, value)) = sections.last_mut().and_then(|section| section.settings.last_mut()) {
        value.push('\n');
        value.push_str(content);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_ignore_case_values_are_literal_and_lists_continue() {
        let text = "\u{feff}# me\n[distutils]\nindex-servers =\n    pypi\n    local\n\n[pypi]\n\
            UserName: __token__\nPASSWORD = a%b;c = d # e\n";
        let sections = parse(text).unwrap_or_default();
        assert_eq!(sections[0].get("index-servers"), Some("\npypi\nlocal"));
        assert_eq!(sections[1].get("username"), Some("__token__"));
        assert_eq!(sections[1].get("password"), Some("a%b;c = d # e"));
    }

    #[test]
    fn a_wrong_line_is_named_by_its_number() {
        assert_eq!(parse("[pypi]\npypi-canary\n").err(), Some(2));
        assert_eq!(parse("username = x\n").err(), Some(1));
    }
}
