#![doc = include_str!("../README.md")]

mod authorization;
mod body;
mod client;
mod error;
mod multipart;
mod redact;
mod request;
mod response;
mod retry;
mod tls;

pub use authorization::Authorization;
pub use body::{Body, FilePart, Progress};
pub use client::HttpClient;
pub use error::HttpError;
pub use multipart::Multipart;
pub use redact::RedactedUrl;
pub use request::{Redirects, Request};
pub use response::{Fetched, Response};
pub use retry::RetryPolicy;

pub use reqwest::{Method, StatusCode, header, header::HeaderMap};
pub use url::Url;
