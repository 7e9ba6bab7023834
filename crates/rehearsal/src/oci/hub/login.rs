//! Tokens for Docker Hub's own API.

use http::{Method, StatusCode};
use serde_json::json;

use super::super::call::{Answer, Call};
use super::super::service::RegistryService;
use super::route::LoginForm;
use super::{document, unauthorized};
use crate::server::{Body, reply};

impl RegistryService {
    pub(super) async fn hub_login(&self, call: &Call, form: LoginForm, body: &mut Body) -> Answer {
        if call.method != Method::POST {
            return Err(call.wrong_method("POST"));
        }
        let (name, secret, answer) = match form {
            LoginForm::Current => ("identifier", "secret", "access_token"),
            LoginForm::Deprecated => ("username", "password", "token"),
        };
        let document = document(body).await?;
        let field = |key: &str| document[key].as_str().unwrap_or_default();
        let token = match &self.gate {
            Some(gate) => gate.hub_login(field(name), field(secret)),
            None => Some("everybody-is-welcome".to_owned()),
        };
        let token = token.ok_or_else(|| unauthorized("Incorrect authentication credentials"))?;
        Ok(reply::json(StatusCode::OK, &json!({answer: token})))
    }
}
