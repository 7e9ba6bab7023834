use std::collections::BTreeMap;

/// Settings about connections. They are kept when the rest of the user's
/// configuration is ignored.
const CONNECTION_SETTINGS: [&str; 8] = [
    "cert",
    "client-cert",
    "proxy",
    "trusted-host",
    "timeout",
    "default-timeout",
    "retries",
    "keyring-provider",
];

/// In the order in which they override each other (pip documentation, "Configuration").
const SECTIONS: [&str; 3] = ["global", "install", ":env:"];

/// What the user's pip is configured to do when it installs: files and variables.
/// Addresses may contain credentials, so this is not `Debug`.
#[derive(Default)]
pub(crate) struct PipSettings {
    /// `None` for a value that could not be read.
    values: BTreeMap<String, Option<String>>,
}

impl PipSettings {
    /// From the lines `section.key='value'` of `pip config list`.
    pub(crate) fn parse(listed: &str) -> Self {
        let mut values = BTreeMap::new();
        for section in SECTIONS {
            let lines =
                listed.lines().filter_map(|line| line.strip_prefix(section)?.strip_prefix('.'));
            for (key, value) in lines.filter_map(|line| line.split_once('=')) {
                values.insert(key.to_owned(), python_string(value));
            }
        }
        Self { values }
    }

    /// Keys and values; the value is `None` if it could not be read.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.values.iter().map(|(key, value)| (key.as_str(), value.as_deref()))
    }

    /// The settings about connections that could be read.
    pub(crate) fn connections(&self) -> Self {
        let connections = self.values.iter();
        let connections = connections
            .filter(|(key, value)| is_connection_setting(key) && value.is_some())
            .map(|(key, value)| (key.clone(), value.clone()));
        Self { values: connections.collect() }
    }
}

/// Whether a variable configures pip in another respect than connections.
pub(crate) fn is_selection_variable(variable: &str) -> bool {
    let setting = variable.strip_prefix("PIP_").map(|name| name.to_lowercase().replace('_', "-"));
    setting.is_some_and(|setting| !is_connection_setting(&setting))
}

/// The variable by which pip reads a setting.
pub(crate) fn pip_variable(key: &str) -> String {
    format!("PIP_{}", key.to_uppercase().replace('-', "_"))
}

fn is_connection_setting(key: &str) -> bool {
    CONNECTION_SETTINGS.contains(&key)
}

/// A string as `repr` of Python prints it; `None` for escapes other than those of
/// white space.
fn python_string(literal: &str) -> Option<String> {
    let literal = literal.trim();
    let quote = literal.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let text = literal.strip_prefix(quote)?.strip_suffix(quote)?;
    let text = text.replace("\\n", "\n").replace("\\t", "\t");
    (!text.contains('\\')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &str = "global.cert='/etc/ca.crt'\nglobal.index-url='https://me:canary@x/simple'\n\
        install.trusted-host='h'\n:env:.proxy='p'\nglobal.proxy='q'\nglobal.find-links='\\na\\nb'\n\
        global.timeout='\\x07'\ndownload.retries='3'\nodd\n";

    fn shown(settings: &PipSettings) -> Vec<(&str, Option<&str>)> {
        settings.iter().collect()
    }

    #[test]
    fn the_section_of_the_command_and_variables_override_the_global_ones() {
        let settings = PipSettings::parse(LISTED);
        let expected = [
            ("cert", Some("/etc/ca.crt")),
            ("find-links", Some("\na\nb")),
            ("index-url", Some("https://me:canary@x/simple")),
            ("proxy", Some("p")),
            ("timeout", None),
            ("trusted-host", Some("h")),
        ];
        assert_eq!(shown(&settings), expected);
    }

    #[test]
    fn only_connection_settings_are_kept() {
        let settings = PipSettings::parse(LISTED).connections();
        let expected =
            [("cert", Some("/etc/ca.crt")), ("proxy", Some("p")), ("trusted-host", Some("h"))];
        assert_eq!(shown(&settings), expected);
        assert!(is_selection_variable("PIP_INDEX_URL") && is_selection_variable("PIP_FIND_LINKS"));
        assert!(!is_selection_variable("PIP_CERT") && !is_selection_variable("PATH"));
    }
}
