//! One request and its answer, with the faults that were asked for.

use std::io;
use std::sync::Arc;

use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::connection::Control;
use super::log::RequestLog;
use super::{Body, Request, Response, Service};
use crate::fault::{Cut, Effect, FaultPlan, Stale, garbage, status, truncated};

#[derive(Clone)]
pub(crate) struct Exchange {
    service: Arc<dyn Service>,
    faults: FaultPlan,
    log: RequestLog,
}

impl Exchange {
    pub(crate) fn new(service: Arc<dyn Service>, faults: FaultPlan, log: RequestLog) -> Self {
        Self { service, faults, log }
    }

    /// An error ends the connection without an answer.
    pub(crate) async fn answer(
        &self,
        request: http::Request<Incoming>,
        control: Control,
    ) -> Result<Response, Cut> {
        let request = request.map(|body| Body::wrap(body.map_err(io::Error::other)));
        let entry = self.log.arrived(&request);
        let firing = self.faults.fire(request.method(), request.uri());
        if !firing.delay.is_zero() {
            tokio::time::sleep(firing.delay).await;
        }
        let response = match firing.effect {
            Some(effect) => self.disturbed(effect, request, &control).await?,
            None => self.service.respond(request).await,
        };
        entry.answered(response.status());
        Ok(response)
    }

    async fn disturbed(
        &self,
        effect: Effect,
        mut request: Request,
        control: &Control,
    ) -> Result<Response, Cut> {
        match effect {
            Effect::Status { code, headers, body } => {
                read_in_full(request).await;
                Ok(status(code, headers, body))
            }
            Effect::Garbage => {
                read_in_full(request).await;
                Ok(garbage())
            }
            Effect::Delay(_) => Ok(self.service.respond(request).await),
            Effect::Stale => {
                request.extensions_mut().insert(Stale);
                Ok(self.service.respond(request).await)
            }
            Effect::TruncatedBody => {
                let response = self.service.respond(request).await;
                Ok(truncated(response, control.clone()).await)
            }
            Effect::ResetBeforeBody => Err(cut(control)),
            Effect::ResetAfterBody => {
                read_in_full(request).await;
                Err(cut(control))
            }
            Effect::LostAnswer => {
                let _processed = self.service.respond(request).await;
                Err(cut(control))
            }
        }
    }
}

fn cut(control: &Control) -> Cut {
    control.reset();
    Cut
}

/// A client that hangs up meanwhile has made its own fault: nothing is left to do.
async fn read_in_full(request: Request) {
    let _ = request.into_body().discard().await;
}
