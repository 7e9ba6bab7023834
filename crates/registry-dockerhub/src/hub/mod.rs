//! The API of Docker Hub itself: tags with sizes and dates, deletion of single tags.
//!
//! Other registries do not have it. Every field of its answers is optional:
//! its published description and its behaviour differ.

mod client;
mod rate_limit;
mod repository;
mod review;
mod tag;
mod token;

pub use client::HubClient;
pub use rate_limit::{PullLimit, RateLimit};
pub use repository::HubRepository;
pub use review::{review_link, tag_history_link};
pub use tag::{HubImage, HubTag};
pub use token::HubLogin;
