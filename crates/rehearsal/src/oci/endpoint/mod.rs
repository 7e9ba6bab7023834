//! The endpoints of the distribution specification.

mod blob;
mod manifest_delete;
mod manifest_get;
mod manifest_put;
mod referrers;
mod tags;
mod upload;

use http::Method;

pub(super) use manifest_get::resolve;

use super::call::{Answer, Call};
use super::route::Reference;
use super::service::RegistryService;
use crate::server::Body;

impl RegistryService {
    pub(super) async fn manifest(
        &self,
        call: &Call,
        name: &str,
        reference: &Reference,
        body: &mut Body,
    ) -> Answer {
        match call.method {
            Method::GET | Method::HEAD => self.get_manifest(call, name, reference),
            Method::PUT => self.put_manifest(call, name, reference, body).await,
            Method::DELETE => self.delete_manifest(name, reference),
            _ => Err(call.wrong_method("DELETE, GET, HEAD, PUT")),
        }
    }
}
