//! One request and its response, with the faults that apply to it.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::body::Body;
use super::connection::{ConnectionControl, ConnectionCut};
use super::log::RequestLog;
use super::reply;
use super::service::{Request, Response, Service};
use super::truncation::truncate;
use crate::fault::{Effect, FaultPlan, Stale};

/// Logs requests, applies faults, and passes requests to the service.
#[derive(Clone)]
pub(super) struct Exchange {
    service: Arc<dyn Service>,
    faults: FaultPlan,
    log: RequestLog,
}

impl Exchange {
    pub(super) fn new(service: Arc<dyn Service>, faults: FaultPlan, log: RequestLog) -> Self {
        Self { service, faults, log }
    }

    /// Handles one request; an error ends the connection without a response.
    pub(super) async fn handle(
        &self,
        request: http::Request<Incoming>,
        control: ConnectionControl,
    ) -> Result<Response, ConnectionCut> {
        let request = request.map(|body| Body::wrap(body.map_err(io::Error::other)));
        let entry = self.log.record(&request);
        let disturbance = self.faults.trigger(request.method(), request.uri());
        if !disturbance.delay.is_zero() {
            tokio::time::sleep(disturbance.delay).await;
        }
        let response = match disturbance.effect {
            Some(effect) => self.apply_effect(effect, request, &control).await?,
            None => self.service.respond(request).await,
        };
        entry.set_status(response.status());
        Ok(response)
    }

    async fn apply_effect(
        &self,
        effect: Effect,
        mut request: Request,
        control: &ConnectionControl,
    ) -> Result<Response, ConnectionCut> {
        match effect {
            Effect::Status { code, headers, body } => {
                drain(request).await;
                Ok(status_response(code, headers, body))
            }
            Effect::Garbage => {
                drain(request).await;
                Ok(garbage_response())
            }
            Effect::Delay(_) => Ok(self.service.respond(request).await),
            Effect::Stale => {
                request.extensions_mut().insert(Stale);
                Ok(self.service.respond(request).await)
            }
            Effect::TruncatedBody => {
                let response = self.service.respond(request).await;
                Ok(truncate(response, control.clone()).await)
            }
            Effect::ResetBeforeBody => Err(reset_connection(control)),
            Effect::ResetAfterBody => {
                drain(request).await;
                Err(reset_connection(control))
            }
            Effect::LostResponse => {
                let _processed = self.service.respond(request).await;
                Err(reset_connection(control))
            }
        }
    }
}

fn reset_connection(control: &ConnectionControl) -> ConnectionCut {
    control.close_with_reset();
    ConnectionCut
}

/// Reads the whole body; a client that hangs up before its end needs no response anyway.
async fn drain(request: Request) {
    let _ = request.into_body().discard().await;
}

fn status_response(code: StatusCode, headers: HeaderMap, body: Bytes) -> Response {
    let mut response = reply::with_body(code, body);
    *response.headers_mut() = headers;
    response
}

/// Neither JSON nor HTML nor UTF-8.
fn garbage_response() -> Response {
    let nonsense = b"\x00\xff\xfe{[<nonsense\x1b\xc3\x28".repeat(8);
    reply::with_body(StatusCode::OK, nonsense)
}
