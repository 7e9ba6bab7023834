mod check;
mod command;
mod index;

pub use check::{InstallCheck, InstallReport};
pub use command::CommandCheck;
pub use index::PackageIndex;
