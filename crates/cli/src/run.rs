use std::{io::Write, process::ExitCode};

use clap::Parser;
use operations::OperationError;
use tokio::runtime::Builder;

use crate::{CommonArgs, exit, failure};

/// Parses the arguments, carries the operation out, tells its error, and gives
/// the exit code. `common` finds the common flags in the arguments.
pub fn run<A, F>(common: impl Fn(&A) -> &CommonArgs, operation: impl FnOnce(A) -> F) -> ExitCode
where
    A: Parser + Clone,
    F: Future<Output = Result<(), OperationError>>,
{
    run_in(Builder::new_multi_thread(), common, operation)
}

/// Like [`run`], for programs that only ask and wait: a thread of their own for
/// each connection costs them more than it brings.
pub fn run_on_one_thread<A, F>(
    common: impl Fn(&A) -> &CommonArgs,
    operation: impl FnOnce(A) -> F,
) -> ExitCode
where
    A: Parser + Clone,
    F: Future<Output = Result<(), OperationError>>,
{
    run_in(Builder::new_current_thread(), common, operation)
}

fn run_in<A, F>(
    mut builder: Builder,
    common: impl Fn(&A) -> &CommonArgs,
    operation: impl FnOnce(A) -> F,
) -> ExitCode
where
    A: Parser + Clone,
    F: Future<Output = Result<(), OperationError>>,
{
    let args = A::parse();
    let flags = common(&args).clone();
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "[ERROR] cannot start: {error}");
            return ExitCode::from(exit::FAILED);
        }
    };
    match runtime.block_on(operation(args)) {
        Ok(()) => ExitCode::from(exit::DONE),
        Err(error) => {
            failure::tell(&error, &flags);
            ExitCode::from(exit::code(error.kind()))
        }
    }
}
