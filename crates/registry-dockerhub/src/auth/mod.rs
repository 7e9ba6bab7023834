//! Token authentication (distribution, "Token authentication specification").

mod authorizer;
mod cache;
mod challenge;
mod grant;
mod realm;
mod scope;
mod token;

pub(crate) use authorizer::{Authorized, Authorizer};
pub(crate) use challenge::Challenge;
pub(crate) use grant::Grant;
pub(crate) use scope::Access;
pub use scope::Right;
