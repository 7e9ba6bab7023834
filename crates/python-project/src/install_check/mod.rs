mod check;
mod command;
mod installed_package;
mod source;

pub use check::{InstallCheck, InstallReport};
pub use command::CommandCheck;
pub use source::InstallSource;
