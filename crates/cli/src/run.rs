use std::{io::Write, process::ExitCode};

use clap::Parser;
use operation::{Environment, Failure, Present};
use tokio::runtime::Builder;

use crate::{CommonArgs, environment::Messages, exit, failure};

/// Parses the arguments, runs the operation, shows its result or its error, and
/// gives the exit code. `common` finds the common flags in the arguments.
pub fn run<A, F, T, E>(
    common: impl Fn(&A) -> &CommonArgs,
    operation: impl FnOnce(A, Environment) -> F,
) -> ExitCode
where
    A: Parser,
    F: Future<Output = Result<T, E>>,
    T: Present,
    E: Failure,
{
    let messages = Messages::OnStandardOutput;
    run_in(&mut Builder::new_multi_thread(), messages, common, operation)
}

/// As [`run`], for programs that mostly wait for answers: more threads would cost
/// them more than they bring.
pub fn run_on_one_thread<A, F, T, E>(
    common: impl Fn(&A) -> &CommonArgs,
    operation: impl FnOnce(A, Environment) -> F,
) -> ExitCode
where
    A: Parser,
    F: Future<Output = Result<T, E>>,
    T: Present,
    E: Failure,
{
    let messages = Messages::OnStandardOutput;
    run_in(&mut Builder::new_current_thread(), messages, common, operation)
}

/// As [`run`], for programs whose results other programs read: messages for people go to
/// standard error.
pub fn run_for_programs<A, F, T, E>(
    common: impl Fn(&A) -> &CommonArgs,
    operation: impl FnOnce(A, Environment) -> F,
) -> ExitCode
where
    A: Parser,
    F: Future<Output = Result<T, E>>,
    T: Present,
    E: Failure,
{
    run_in(&mut Builder::new_multi_thread(), Messages::OnStandardError, common, operation)
}

fn run_in<A, F, T, E>(
    builder: &mut Builder,
    messages: Messages,
    common: impl Fn(&A) -> &CommonArgs,
    operation: impl FnOnce(A, Environment) -> F,
) -> ExitCode
where
    A: Parser,
    F: Future<Output = Result<T, E>>,
    T: Present,
    E: Failure,
{
    let args = A::parse();
    let flags = common(&args).clone();
    flags.show_traces();
    let environment = flags.environment(messages);
    let reporter = environment.reporter.clone();
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "[ERROR] cannot start: {error}");
            return ExitCode::from(exit::FAILED);
        }
    };
    match runtime.block_on(operation(args, environment)) {
        Ok(result) => {
            result.present(&reporter);
            ExitCode::from(exit::DONE)
        }
        Err(error) => {
            error.present(&reporter);
            failure::print(&error, &flags);
            ExitCode::from(exit::code(error.kind()))
        }
    }
}
