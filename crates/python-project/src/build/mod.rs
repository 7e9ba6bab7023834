mod backend;
mod output;
mod run;

pub use run::{Build, BuiltDistributions};
