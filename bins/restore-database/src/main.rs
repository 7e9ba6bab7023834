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
    if let Some(ending) = args.ending() {
        let (name, confirmed) = (args.database.as_deref(), args.change.yes);
        return database_backup::end_restore(&databases, &environment, name, ending, confirmed)
            .await;
    }
    let (request, interrupt) = (args.request(), cli::interrupt());
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
