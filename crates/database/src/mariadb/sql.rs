//! Names and values in statements, for every `sql_mode`.

/// A name in backticks.
pub(super) fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A name of a database and one in it.
pub(super) fn qualified(database: &str, name: &str) -> String {
    format!("{}.{}", identifier(database), identifier(name))
}

/// One table of `RENAME TABLE`, which goes into another database with its name.
pub(super) fn moving(from: &str, to: &str, table: &str) -> String {
    format!("{} TO {}", qualified(from, table), qualified(to, table))
}

/// A statement that makes a database; `what` may say that it can exist.
pub(super) fn creating(what: &str, name: &str, character_set: &str, collation: &str) -> String {
    let name = identifier(name);
    format!("CREATE {what} {name} CHARACTER SET {character_set} COLLATE {collation};\n")
}

/// A text. Hexadecimal digits mean the same whether `NO_BACKSLASH_ESCAPES` is set or not.
pub(super) fn literal(text: &str) -> String {
    if text.is_empty() {
        return "''".to_owned();
    }
    let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("_utf8mb4 x'{digits}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_and_no_text_ends_its_quotes() {
        assert_eq!(qualified("a`b", "c.d"), "`a``b`.`c.d`");
        assert_eq!(literal("a'\\"), "_utf8mb4 x'61275c'");
        assert_eq!(literal(""), "''");
    }
}
