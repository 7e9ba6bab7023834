//! Backs up the databases of a project, and shows and keeps their backups.

mod args;

use std::process::ExitCode;

use database_backup::{Databases, ProjectDatabaseError, StoredBackups};
use operation::{Environment, LocalProject, Present as _};

use crate::args::Args;

fn main() -> ExitCode {
    cli::run_for_programs(|args: &Args| &args.common, execute)
}

async fn execute(args: Args, mut environment: Environment) -> Result<(), ProjectDatabaseError> {
    environment.confirm = args.change.confirm();
    let project = args.common.open_local_project()?;
    if args.list || args.prune || args.pin.is_some() || args.unpin.is_some() {
        return manage(&args, &project, &environment).await;
    }
    let choice = args.destination.choice(&args.common);
    let databases = Databases::open(choice, &project, &mut environment).await?;
    let request = args.request();
    if args.change.dry_run {
        let planned = database_backup::preview_back_up(&databases, &request).await?;
        planned.present(&environment.reporter);
        return Ok(());
    }
    let interrupt = cli::interrupt();
    let made =
        database_backup::back_up_databases(&databases, &environment, &request, interrupt).await?;
    made.present(&environment.reporter);
    Ok(())
}

/// What needs no engine.
async fn manage(
    args: &Args,
    project: &LocalProject,
    environment: &Environment,
) -> Result<(), ProjectDatabaseError> {
    let destination = args.destination.name.as_deref();
    let stored = StoredBackups::open(project, environment, destination, &args.databases)?;
    if let Some(id) = args.pin {
        return database_backup::pin_backup(&stored, environment, id, &args.reason);
    }
    if let Some(id) = args.unpin {
        return database_backup::unpin_backup(&stored, environment, id);
    }
    if args.list {
        database_backup::list_backups(&stored).await?.present(&environment.reporter);
        return Ok(());
    }
    let pruned = database_backup::prune_backups(&stored, environment, args.change.dry_run).await?;
    pruned.present(&environment.reporter);
    Ok(())
}
