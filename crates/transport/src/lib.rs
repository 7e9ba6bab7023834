#![doc = include_str!("../README.md")]

mod authorization;
mod backoff;
mod body;
mod client;
mod error;
mod fetched;
mod file_part;
pub mod lenient;
mod multipart;
mod over_stream;
mod rate_limit;
mod redacted_url;
mod request;
mod requested_wait;
mod response;
mod retry_policy;
mod root_cause;
mod tls;
mod trace;

pub use authorization::Authorization;
pub use backoff::Backoff;
pub use body::{Body, Progress};
pub use client::HttpClient;
pub use error::HttpError;
pub use fetched::Fetched;
pub use file_part::FilePart;
pub use multipart::Multipart;
pub use over_stream::get_over;
pub use redacted_url::RedactedUrl;
pub use request::{Redirects, Request};
pub use requested_wait::RequestedWait;
pub use response::Response;
pub use retry_policy::RetryPolicy;

pub use reqwest::{Method, StatusCode, header, header::HeaderMap};
pub use url::Url;
