//! Access control: accounts, the scopes that they are granted, and the tokens that prove them.

mod accounts;
mod gate;
mod scope;
mod token_endpoint;

pub use accounts::{Access, Account};
pub(super) use gate::Gate;
pub use scope::Action;
pub(super) use scope::Scope;
pub(super) use token_endpoint::serve_token;
