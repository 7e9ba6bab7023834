use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::target::InstanceConfiguration;

/// What changes when an instance of `now` is replaced by one of `then`, a line each. Names
/// only: values are secrets.
pub(super) fn differences(
    now: Option<&InstanceConfiguration>,
    then: &InstanceConfiguration,
) -> Vec<String> {
    let Some(now) = now else {
        return vec!["no container runs to compare it with".to_owned()];
    };
    let (old, new) = (&now.variables, &then.variables);
    let changed = new.iter().filter(|(name, value)| old.get(*name).is_some_and(|it| it != *value));
    let added = new.keys().filter(|name| !old.contains_key(*name));
    let removed = old.keys().filter(|name| !new.contains_key(*name));
    let lines = [
        line("variables with another value", changed.map(|(name, _)| name)),
        line("variables that come back", added),
        line("variables that are removed", removed),
        line("other parts", changed_parts(&now.parts, &then.parts)),
    ];
    lines.into_iter().flatten().collect()
}

fn changed_parts<'a>(
    now: &'a BTreeMap<String, Value>,
    then: &'a BTreeMap<String, Value>,
) -> impl Iterator<Item = &'a String> {
    let names: BTreeSet<&String> = now.keys().chain(then.keys()).collect();
    names.into_iter().filter(|name| now.get(*name) != then.get(*name))
}

fn line<'a>(title: &str, names: impl Iterator<Item = &'a String>) -> Option<String> {
    let names: Vec<&str> = names.map(String::as_str).collect();
    (!names.is_empty()).then(|| format!("{title}: {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn configuration(variables: &[(&str, &str)], parts: &[(&str, Value)]) -> InstanceConfiguration {
        let pairs = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        InstanceConfiguration {
            variables: pairs.collect(),
            parts: parts.iter().map(|(name, it)| ((*name).to_owned(), it.clone())).collect(),
            identity: None,
            instance_name: None,
            exclusive: None,
            incomplete: None,
            data: Value::Null,
        }
    }

    #[test]
    fn differences_are_named_without_values() {
        let now = configuration(
            &[("KEEP", "1"), ("KEY", "hush-b"), ("NEW", "hush-n")],
            &[("mounts", json!(["/hush"])), ("command", json!(["run"]))],
        );
        let then = configuration(
            &[("KEEP", "1"), ("KEY", "hush-a"), ("OLD", "hush-o")],
            &[("command", json!(["run"])), ("ports", json!(["80"]))],
        );
        let lines = differences(Some(&now), &then);
        let expected = [
            "variables with another value: KEY",
            "variables that come back: OLD",
            "variables that are removed: NEW",
            "other parts: mounts, ports",
        ];
        assert_eq!(lines, expected);
        assert_eq!(differences(Some(&then), &then), [""; 0]);
        assert_ne!(now.digest(), then.digest());
        assert!(!format!("{now:?}").contains("hush"));
    }
}
