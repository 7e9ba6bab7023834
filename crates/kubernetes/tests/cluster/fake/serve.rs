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

use super::{Accident, State, answers};

type Shared = Arc<Mutex<State>>;

pub(super) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, state: Shared) {
    while let Ok((socket, _)) = listener.accept().await {
        let (tls, state) = (tls.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            match tls {
                None => connection(TokioIo::new(socket), state, false).await,
                Some(tls) => {
                    // A client that does not trust the certificate leaves here.
                    if let Ok(stream) = tls.accept(socket).await {
                        let known = stream.get_ref().1.peer_certificates().is_some();
                        connection(TokioIo::new(stream), state, known).await;
                    }
                }
            }
        });
    }
}

async fn connection<T: Read + Write + Unpin + Send + 'static>(io: T, state: Shared, known: bool) {
    let service = service_fn(move |request| answer(request, Arc::clone(&state), known));
    let _ = http1::Builder::new().serve_connection(io, service).await;
}

/// `Err` closes the connection.
async fn answer(
    request: Request<Incoming>,
    state: Shared,
    known: bool,
) -> Result<Response<Full<Bytes>>, &'static str> {
    let accident = note(&request, &mut state.lock().unwrap());
    match accident {
        Some(Accident::Hangs) => {
            tokio::time::sleep(Duration::from_secs(600)).await;
            Err("hung")
        }
        Some(Accident::HangsUp) => Err("hung up"),
        Some(Accident::Status(status, body)) => Ok(plain(status, body)),
        Some(Accident::Says(body)) => Ok(plain(200, body)),
        Some(Accident::Busy(_)) => Ok(plain(503, "starting".to_owned())),
        None => {
            let state = &mut state.lock().unwrap();
            let token = bearer(request.headers());
            let known =
                known || state.tokens.is_empty() || token.is_some_and(|t| state.tokens.contains(t));
            let (status, body) = answers::answer(request.uri(), state, known);
            Ok::<_, Infallible>(plain(status, body.to_string())).map_err(|never| match never {})
        }
    }
}

/// Writes the request down; tells what is to go wrong with it.
fn note(request: &Request<Incoming>, state: &mut State) -> Option<Accident> {
    state.asked.push(request.uri().path_and_query().unwrap().to_string());
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().into()));
    state.headers.push(headers.collect());
    let accident = state.accidents.get_mut(request.uri().path())?;
    if let Accident::Busy(times) = accident {
        *times = times.checked_sub(1)?;
    }
    Some(accident.clone())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")
}

fn plain(status: u16, body: String) -> Response<Full<Bytes>> {
    let response = Response::builder().status(status).header("content-type", "application/json");
    response.body(Full::new(body.into())).unwrap()
}
