//! Brings the data of a backup back, and the data before it.

mod args;

use std::process::ExitCode;

use database_backup::{Databases, ProjectDatabaseError};
use operation::{Environment, Present as _};

use crate::args::Args;

fn main() -> ExitCode {
    cli::run_for_programs(|args: &Args| &args.common, execute)
}

async fn execute(args: Args, mut environment: Environment) -> Result<(), ProjectDatabaseError> {
    environment.confirm = args.change.confirm();
    let project = args.common.open_local_project()?;
    let choice = args.destination.choice(&args.common);
    let databases = Databases::open(choice, &project, &mut environment).await?;
    let databases = databases.accepting_foreign(args.from_elsewhere);
    if let Some(ending) = args.ending() {
        let (name, confirmed) = (args.database.as_deref(), args.change.yes);
        return database_backup::end_restore(&databases, &environment, name, ending, confirmed)
            .await;
    }
    let (request, interrupt) = (args.request(), cli::interrupt());
    if let Some(name) = &args.into {
        return database_backup::restore_copy(&databases, &environment, &request, name, interrupt)
            .await;
    }
    if args.change.dry_run {
        let planned =
            database_backup::preview_restore(&databases, &environment, &request, interrupt).await?;
        planned.present(&environment.reporter);
        return Ok(());
    }
    let restored =
        database_backup::restore_database(&databases, &environment, &request, interrupt).await?;
    restored.present(&environment.reporter);
    Ok(())
}
