#![doc = include_str!("../README.md")]

mod args;
mod confirm;
mod environment;
pub mod exit;
mod failure;
mod interrupt;
mod run;
mod trace;

pub use args::{
    ChangeArgs, Color, CommonArgs, ComposeArgs, DestinationArgs, EngineArgs, EnginesArgs, Format,
    PythonArgs,
};
pub use interrupt::interrupt;
pub use run::{run, run_for_programs, run_on_one_thread};
