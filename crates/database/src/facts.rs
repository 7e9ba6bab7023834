//! What a database contains, counted, and how two counts differ.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// What a database contained in the snapshot that was dumped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Its name.
    pub database: String,
    /// The version of its server, such as `15.18`.
    pub server_version: String,
    /// Bytes that it takes on the server's disk or in its memory; 0 when that is not known.
    pub bytes: u64,
    /// Rows of each table, counted; for a server without tables, its entries. The names are
    /// quoted as the server quotes them.
    pub rows: BTreeMap<String, u64>,
    /// How many there are of each kind of object: `index`, `trigger`, `extension citext`.
    pub objects: BTreeMap<String, u64>,
    /// What belongs to the database itself and is not in its archive, as its adapter writes it:
    /// owner, encoding, settings, privileges.
    #[serde(default)]
    pub properties: serde_json::Value,
}

/// A count that should be the same and is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What was counted: `rows of public.users`.
    pub subject: String,
    /// The manifest's figure; `None` when it has none.
    pub expected: Option<u64>,
    /// The figure found; `None` when there is none.
    pub found: Option<u64>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figure =
            |count: Option<u64>| count.map_or("none".to_owned(), |count| count.to_string());
        write!(f, "{}: {}, not {}", self.subject, figure(self.found), figure(self.expected))
    }
}

impl Facts {
    /// Where `found` has other contents than these: none when what was restored is complete.
    /// Sizes and versions may differ.
    #[must_use]
    pub fn differences(&self, found: &Self) -> Vec<Difference> {
        let mut differences = compare("rows of ", &self.rows, &found.rows);
        differences.extend(compare("number of ", &self.objects, &found.objects));
        differences
    }

    /// Tables that `found` does not have, and kinds of objects of which it has another number:
    /// for a server that cannot count in the snapshot that it dumps, so that rows may have come
    /// and gone.
    #[must_use]
    pub fn missing_in(&self, found: &Self) -> Vec<Difference> {
        let rows = self.rows.iter().filter(|(table, _)| !found.rows.contains_key(*table));
        let mut missing: Vec<Difference> = rows.map(|(table, rows)| lost(table, *rows)).collect();
        missing.extend(compare("number of ", &self.objects, &found.objects));
        missing
    }

    /// The same without the settings of the database, some of which applications keep secret:
    /// for a place where more people read the facts than the archive.
    #[must_use]
    pub fn without_settings(mut self) -> Self {
        if let Some(settings) = self.properties.get_mut("settings") {
            *settings = serde_json::Value::Array(Vec::new());
        }
        self
    }
}

fn lost(table: &str, rows: u64) -> Difference {
    Difference { subject: format!("rows of {table}"), expected: Some(rows), found: None }
}

fn compare(
    prefix: &str,
    expected: &BTreeMap<String, u64>,
    found: &BTreeMap<String, u64>,
) -> Vec<Difference> {
    let names: std::collections::BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let difference = |name: &String| {
        let (expected, found) = (expected.get(name).copied(), found.get(name).copied());
        let subject = format!("{prefix}{name}");
        (expected != found).then_some(Difference { subject, expected, found })
    };
    names.into_iter().filter_map(difference).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn facts(rows: BTreeMap<String, u64>, objects: BTreeMap<String, u64>) -> Facts {
        let (database, server_version) = ("app".to_owned(), "15.1".to_owned());
        let properties = serde_json::Value::Null;
        Facts { database, server_version, bytes: 1, rows, objects, properties }
    }

    fn counts() -> impl Strategy<Value = BTreeMap<String, u64>> {
        proptest::collection::btree_map("[ab]", 0u64..3, 0..3)
    }

    #[test]
    fn settings_which_may_be_secret_can_be_left_out() {
        let mut with = facts(BTreeMap::new(), BTreeMap::new());
        with.properties = serde_json::json!({"owner": "app", "settings": [{"value": "hunter2"}]});
        let without = with.without_settings().properties;
        assert_eq!(without, serde_json::json!({"owner": "app", "settings": []}));
    }

    #[test]
    fn a_missing_table_is_not_an_empty_one() {
        let with = facts([("a".to_owned(), 0)].into(), BTreeMap::new());
        let without = facts(BTreeMap::new(), BTreeMap::new());
        let differences = with.differences(&without);
        assert_eq!(differences.len(), 1);
        assert_eq!(differences[0].to_string(), "rows of a: none, not 0");
    }

    proptest! {
        #[test]
        fn there_is_no_difference_exactly_when_all_counts_are_equal(
            rows in counts(), objects in counts(), other_rows in counts(), other_objects in counts(),
        ) {
            let (one, other) = (facts(rows, objects), facts(other_rows, other_objects));
            let equal = one.rows == other.rows && one.objects == other.objects;
            prop_assert_eq!(one.differences(&other).is_empty(), equal);
            prop_assert_eq!(one.differences(&other).len(), other.differences(&one).len());
            prop_assert!(one.differences(&one).is_empty());
        }
    }
}
