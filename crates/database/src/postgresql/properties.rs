//! What belongs to a database itself: an archive does not contain it.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::{
    server::Server,
    sql::{identifier, literal},
};
use crate::error::DatabaseError;

/// Owner, encoding, locale, settings and privileges of a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Properties {
    owner: String,
    encoding: String,
    collate: String,
    ctype: String,
    /// `c`, `i` (ICU) or `b` (builtin); since PostgreSQL 15.
    provider: Option<String>,
    /// `daticulocale` of PostgreSQL 15 and 16, `datlocale` since 17.
    locale: Option<String>,
    icu_rules: Option<String>,
    tablespace: String,
    connection_limit: i64,
    pub(super) comment: Option<String>,
    /// `None`: the privileges that every new database has.
    privileges: Option<Vec<Privilege>>,
    /// By role and name.
    settings: Vec<Setting>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Privilege {
    /// `None`: everybody.
    grantee: Option<String>,
    kind: String,
    grantable: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Setting {
    /// `None`: for every role.
    role: Option<String>,
    name: String,
    value: String,
}

/// Columns that only some versions have are read from the row as JSON.
pub(super) fn question(database: &str) -> String {
    format!(
        "SELECT pg_get_userbyid(datdba) AS owner, pg_encoding_to_char(encoding) AS encoding,
            datcollate AS collate, datctype AS ctype, to_jsonb(d)->>'datlocprovider' AS provider,
            coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale') AS locale,
            to_jsonb(d)->>'daticurules' AS icu_rules,
            (SELECT spcname FROM pg_tablespace t WHERE t.oid = dattablespace) AS tablespace,
            datconnlimit AS connection_limit, shobj_description(d.oid, 'pg_database') AS comment,
            CASE WHEN datacl IS NOT NULL THEN (SELECT coalesce(json_agg(json_build_object(
                'grantee', CASE WHEN grantee <> 0 THEN pg_get_userbyid(grantee) END,
                'kind', privilege_type, 'grantable', is_grantable)
                ORDER BY grantee, privilege_type), '[]') FROM aclexplode(datacl)) END AS privileges,
            (SELECT coalesce(json_agg(json_build_object(
                'role', CASE WHEN setrole <> 0 THEN pg_get_userbyid(setrole) END,
                'name', split_part(setting, '=', 1),
                'value', substr(setting, strpos(setting, '=') + 1))
                ORDER BY setrole, position), '[]')
                FROM pg_db_role_setting,
                    unnest(setconfig) WITH ORDINALITY AS entry (setting, position)
                WHERE setdatabase = d.oid) AS settings
        FROM pg_database d WHERE datname = {}",
        literal(database)
    )
}

/// The properties of a database; `None` when it does not exist.
pub(super) async fn properties(
    server: &Server,
    database: &str,
) -> Result<Option<Properties>, DatabaseError> {
    let doing = format!("read the properties of database {database}");
    let query =
        format!("SELECT coalesce(json_agg(row), '[]') FROM ({}) AS row;\n", question(database));
    let answer = server.administer(&doing, database, &query).await?;
    let rows: Vec<Properties> = crate::container::parse(&doing, &answer)?;
    Ok(rows.into_iter().next())
}

impl Properties {
    pub(super) fn to_json(&self) -> serde_json::Value {
        // Its members are strings and numbers, which JSON has.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// `None` when a manifest has none, or they cannot be read.
    pub(super) fn from_json(value: &serde_json::Value) -> Option<Self> {
        serde_json::from_value(value.clone()).ok()
    }

    /// Creates an empty database like this one. What cannot be set here is set by
    /// [`Properties::finishing_statements`].
    pub(super) fn creating_statement(&self, name: &str) -> String {
        let mut statement = format!(
            "CREATE DATABASE {} TEMPLATE template0 OWNER {} ENCODING {} LC_COLLATE {} LC_CTYPE {} \
             TABLESPACE {}",
            identifier(name),
            identifier(&self.owner),
            literal(&self.encoding),
            literal(&self.collate),
            literal(&self.ctype),
            identifier(&self.tablespace)
        );
        let locale = self.locale.as_deref().map(literal);
        let _ = match (self.provider.as_deref(), locale) {
            (Some("i"), Some(locale)) => {
                write!(statement, " LOCALE_PROVIDER icu ICU_LOCALE {locale}")
            }
            (Some("b"), Some(locale)) => {
                write!(statement, " LOCALE_PROVIDER builtin BUILTIN_LOCALE {locale}")
            }
            _ => Ok(()),
        };
        if let Some(rules) = &self.icu_rules {
            let _ = write!(statement, " ICU_RULES {}", literal(rules));
        }
        statement + ";\n"
    }

    /// Settings, privileges and the limit of connections, which would be in the way before the
    /// content is restored.
    pub(super) fn finishing_statements(&self, name: &str) -> String {
        let database = identifier(name);
        let mut statements =
            format!("ALTER DATABASE {database} CONNECTION LIMIT {};\n", self.connection_limit);
        for setting in &self.settings {
            statements += &setting.statement(&database);
        }
        if let Some(privileges) = &self.privileges {
            let owner = identifier(&self.owner);
            statements += &format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC, {owner};\n");
            privileges.iter().for_each(|each| statements += &each.statement(&database));
        }
        statements
    }

    /// Whether another database has the same, apart from its comment.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let without_comment = |properties: &Self| {
            let mut copy = Self { comment: None, ..properties.clone() };
            copy.settings.sort_by(|a, b| (&a.role, &a.name).cmp(&(&b.role, &b.name)));
            copy
        };
        without_comment(self) == without_comment(other)
    }
}

impl Setting {
    /// The stored form of a list is not what `SET` takes, but `set_config` does.
    fn statement(&self, database: &str) -> String {
        let (name, value) = (literal(&self.name), literal(&self.value));
        let target = match &self.role {
            Some(role) => format!("ROLE {} IN DATABASE {database}", identifier(role)),
            None => format!("DATABASE {database}"),
        };
        let parts: Vec<String> = self.name.split('.').map(identifier).collect();
        format!(
            "BEGIN;\nDO $tidegate$ BEGIN PERFORM set_config({name}, {value}, true); END $tidegate$;\n\
             ALTER {target} SET {} FROM CURRENT;\nCOMMIT;\n",
            parts.join(".")
        )
    }
}

impl Privilege {
    fn statement(&self, database: &str) -> String {
        let grantee = self.grantee.as_deref().map_or("PUBLIC".to_owned(), identifier);
        let option = if self.grantable { " WITH GRANT OPTION" } else { "" };
        format!("GRANT {} ON DATABASE {database} TO {grantee}{option};\n", self.kind)
    }
}
