//! The INI format of `.pypirc`, as Python's `RawConfigParser` reads it: no
//! interpolation, so that `%` in a password is just a percent sign.

/// One section; its keys in lower case.
#[derive(Default, Clone)]
pub(super) struct Section {
    pub(super) name: String,
    settings: Vec<(String, String)>,
}

impl Section {
    /// The last value of a key that is not empty.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        let setting = self.settings.iter().rev().find(|(name, _)| name == key);
        setting.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// Parses the whole text.
///
/// # Errors
/// Number of the first invalid line, from 1. Never its text, which may be a
/// secret (twine once printed tokens this way).
pub(super) fn parse_ini(text: &str) -> Result<Vec<Section>, usize> {
    let mut sections: Vec<Section> = Vec::new();
    let mut after_setting = false;
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) && after_setting {
            extend_last(&mut sections, content);
        } else if let Some(name) = section_name(content) {
            sections.push(Section { name: name.to_owned(), settings: Vec::new() });
            after_setting = false;
        } else {
            let section = sections.last_mut().ok_or(number + 1)?;
            section.settings.push(parse_setting(content).ok_or(number + 1)?);
            after_setting = true;
        }
    }
    Ok(sections)
}

fn section_name(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.split_once(']').map(|(name, _)| name)
}

fn parse_setting(line: &str) -> Option<(String, String)> {
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
        let sections = parse_ini(text).unwrap_or_default();
        assert_eq!(sections[0].value("index-servers"), Some("\npypi\nlocal"));
        assert_eq!(sections[1].value("username"), Some("__token__"));
        assert_eq!(sections[1].value("password"), Some("a%b;c = d # e"));
    }

    #[test]
    fn an_invalid_line_is_reported_by_its_number() {
        assert_eq!(parse_ini("[pypi]\npypi-canary\n").err(), Some(2));
        assert_eq!(parse_ini("username = x\n").err(), Some(1));
    }
}
