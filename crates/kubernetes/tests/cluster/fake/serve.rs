use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    rt::{Read, Write},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{Fault, State, responses};

type Shared = Arc<Mutex<State>>;

pub(super) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, state: Shared) {
    while let Ok((socket, _)) = listener.accept().await {
        let (tls, state) = (tls.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            match tls {
                None => serve_connection(TokioIo::new(socket), state, false).await,
                Some(tls) => {
                    // A client that does not trust the certificate leaves here.
                    if let Ok(stream) = tls.accept(socket).await {
                        let has_certificate = stream.get_ref().1.peer_certificates().is_some();
                        serve_connection(TokioIo::new(stream), state, has_certificate).await;
                    }
                }
            }
        });
    }
}

async fn serve_connection<T: Read + Write + Unpin + Send + 'static>(
    io: T,
    state: Shared,
    has_certificate: bool,
) {
    let service = service_fn(move |request| respond(request, Arc::clone(&state), has_certificate));
    let _ = http1::Builder::new().serve_connection(io, service).await;
}

/// `Err` closes the connection.
async fn respond(
    request: Request<Incoming>,
    state: Shared,
    has_certificate: bool,
) -> Result<Response<Full<Bytes>>, &'static str> {
    let fault = record_request(&request, &mut state.lock().unwrap());
    match fault {
        Some(Fault::Hangs) => {
            tokio::time::sleep(Duration::from_secs(600)).await;
            Err("hung")
        }
        Some(Fault::HangsUp) => Err("hung up"),
        Some(Fault::Status(status, body)) => Ok(json_response(status, body)),
        Some(Fault::Body(body)) => Ok(json_response(200, body)),
        Some(Fault::Busy(_)) => Ok(json_response(503, "starting".to_owned())),
        None => {
            let state = &mut state.lock().unwrap();
            let token = bearer_token(request.headers());
            let is_authenticated = has_certificate
                || state.tokens.is_empty()
                || token.is_some_and(|token| state.tokens.contains(token));
            let (status, body) = responses::respond(request.uri(), state, is_authenticated);
            Ok::<_, Infallible>(json_response(status, body.to_string()))
                .map_err(|never| match never {})
        }
    }
}

/// Records the request; returns its fault.
fn record_request(request: &Request<Incoming>, state: &mut State) -> Option<Fault> {
    state.requests.push(request.uri().path_and_query().unwrap().to_string());
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().into()));
    state.headers.push(headers.collect());
    let fault = state.faults.get_mut(request.uri().path())?;
    if let Fault::Busy(times) = fault {
        *times = times.checked_sub(1)?;
    }
    Some(fault.clone())
}

fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")
}

fn json_response(status: u16, body: String) -> Response<Full<Bytes>> {
    let response = Response::builder().status(status).header("content-type", "application/json");
    response.body(Full::new(body.into())).unwrap()
}
