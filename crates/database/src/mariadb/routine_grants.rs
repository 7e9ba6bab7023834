//! Rights on single routines, which the server removes with the routine.

use super::{
    counting::ROUTINES,
    server::MariaDbServer,
    sql::{identifier, literal, qualified},
};
use crate::error::DatabaseError;

/// One account's rights on one routine: `mysql.procs_priv`
/// (<https://mariadb.com/kb/en/mysqlprocs_priv-table/>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RoutineGrant {
    host: String,
    user: String,
    routine: String,
    /// `FUNCTION` or `PROCEDURE`.
    kind: String,
    /// Such as `Execute,Alter Routine,Grant`.
    rights: String,
}

pub(super) async fn read(
    server: &MariaDbServer,
    doing: &str,
    database: &str,
) -> Result<Vec<RoutineGrant>, DatabaseError> {
    let query = format!(
        "SELECT JSON_ARRAY(p.Host, p.User, p.Routine_name, p.Routine_type, p.Proc_priv) \
         FROM mysql.procs_priv AS p JOIN information_schema.ROUTINES AS r \
         ON r.ROUTINE_SCHEMA = p.Db AND r.ROUTINE_NAME = p.Routine_name \
         AND r.ROUTINE_TYPE = p.Routine_type WHERE p.Db = {};\n",
        literal(database)
    );
    let rows: Vec<(String, String, String, String, String)> = match server.rows(doing, &query).await
    {
        // Whoever may not read the rights of others could not give them again either.
        Err(DatabaseError::PermissionDenied { .. }) => Vec::new(),
        rows => rows?,
    };
    let grant =
        |(host, user, routine, kind, rights)| RoutineGrant { host, user, routine, kind, rights };
    Ok(rows.into_iter().map(grant).collect())
}

/// Gives them again, where the routine exists.
pub(super) async fn give(
    server: &MariaDbServer,
    doing: &str,
    database: &str,
    grants: &[RoutineGrant],
) -> Result<(), DatabaseError> {
    let mut statements = String::new();
    for kind in ["FUNCTION", "PROCEDURE"] {
        let condition = format!("ROUTINE_TYPE = '{kind}'");
        let routines = server.names(doing, ROUTINES, database, &condition).await?;
        let of_kind = grants.iter().filter(|grant| grant.kind == kind);
        let kept = of_kind.filter(|grant| routines.contains(&grant.routine));
        statements.extend(kept.map(|grant| grant.statement(database)));
    }
    if statements.is_empty() {
        return Ok(());
    }
    server.execute(doing, "", &statements).await.map(drop)
}

impl RoutineGrant {
    fn statement(&self, database: &str) -> String {
        let Self { host, user, routine, kind, rights } = self;
        let (grant, rights): (Vec<&str>, Vec<&str>) =
            rights.split(',').partition(|right| *right == "Grant");
        let rights = if rights.is_empty() { "USAGE".to_owned() } else { rights.join(", ") };
        let option = if grant.is_empty() { "" } else { " WITH GRANT OPTION" };
        let (routine, user, host) =
            (qualified(database, routine), identifier(user), identifier(host));
        format!("GRANT {rights} ON {kind} {routine} TO {user}@{host}{option};\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_right_is_given_again_with_the_right_to_give_it_on() {
        let grant = |rights: &str| RoutineGrant {
            host: "%".to_owned(),
            user: "re`port".to_owned(),
            routine: "total".to_owned(),
            kind: "FUNCTION".to_owned(),
            rights: rights.to_owned(),
        };
        let rest = "ON FUNCTION `shop`.`total` TO `re``port`@`%`";
        for (rights, given, option) in [
            ("Execute", "Execute", ""),
            ("Execute,Alter Routine,Grant", "Execute, Alter Routine", " WITH GRANT OPTION"),
            ("Grant", "USAGE", " WITH GRANT OPTION"),
        ] {
            let statement = grant(rights).statement("shop");
            assert_eq!(statement, format!("GRANT {given} {rest}{option};\n"));
        }
    }
}
