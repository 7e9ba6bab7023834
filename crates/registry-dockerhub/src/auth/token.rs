use std::time::{Duration, Instant};

use secrecy::SecretString;
use serde::Deserialize;
use transport::{Authorization, Request, Url};

use super::{grant::Grant, scope::Scope};
use crate::credentials::Credential;

/// How long a token is good when its server does not say (distribution, "Token
/// response fields").
const DEFAULT_LIFETIME: Duration = Duration::from_secs(60);
/// How this program calls itself at token servers.
const CLIENT_ID: &str = "tidegate";

/// A token, until when it is used, and what it allows.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) secret: SecretString,
    pub(crate) grant: Grant,
    pub(crate) use_until: Instant,
}

#[derive(Deserialize)]
struct Answer {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<u64>,
    scope: Option<String>,
}

impl Token {
    /// Reads a token server's answer that came at `now`. Its `issued_at` is not
    /// used: the clocks of two machines differ.
    pub(super) fn parse(body: &[u8], now: Instant) -> Option<Self> {
        let answer: Answer = serde_json::from_slice(body).ok()?;
        let text = answer.token.or(answer.access_token).filter(|text| !text.is_empty())?;
        let scope = answer.scope.filter(|scope| !scope.is_empty());
        let grant = match Grant::of_token(&text) {
            Grant::Unstated => scope.map_or(Grant::Unstated, |scope| Grant::of_scope(&scope)),
            stated => stated,
        };
        let lifetime = answer.expires_in.map_or(DEFAULT_LIFETIME, Duration::from_secs);
        // A tenth is left for requests under way and for slow clocks.
        let lifetime = lifetime.min(Duration::from_secs(86_400)).mul_f64(0.9);
        Some(Self { secret: text.into(), grant, use_until: now + lifetime })
    }
}

/// `GET realm?service=…&scope=…&scope=…`, with user and password or anonymously.
pub(super) fn plain_request(
    realm: &Url,
    service: Option<&str>,
    scopes: &[Scope],
    credential: Option<&Credential>,
) -> Request {
    let mut url = realm.clone();
    {
        let mut query = url.query_pairs_mut();
        service.iter().for_each(|service| {
            query.append_pair("service", service);
        });
        for scope in scopes {
            query.append_pair("scope", &scope.to_string());
        }
        query.append_pair("client_id", CLIENT_ID);
    }
    let basic = credential.and_then(|credential| match credential {
        Credential::Password { user, password } => {
            Some(Authorization::Basic { user: user.clone(), password: password.clone() })
        }
        // Servers without the OAuth2 form take it as the password of this user.
        Credential::IdentityToken(token) => {
            Some(Authorization::Basic { user: "<token>".to_owned(), password: token.clone() })
        }
        Credential::RegistryToken(_) => None,
    });
    Request::get(url).authorization(basic)
}

/// `POST realm` with a refresh token in a form (distribution, "OAuth2 token
/// authentication").
pub(super) fn refresh_request(
    realm: &Url,
    service: Option<&str>,
    scopes: &[Scope],
    identity_token: &SecretString,
) -> Request {
    let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    // A URL is the encoder at hand; only its query is used.
    let mut form = realm.clone();
    form.query_pairs_mut()
        .clear()
        .append_pair("grant_type", "refresh_token")
        .append_pair("refresh_token", secrecy::ExposeSecret::expose_secret(identity_token))
        .append_pair("service", service.unwrap_or_default())
        .append_pair("client_id", CLIENT_ID)
        .append_pair("scope", &scopes.join(" "));
    let body = form.query().unwrap_or_default().as_bytes().to_vec();
    Request::post(realm.clone(), body)
        .header("content-type", "application/x-www-form-urlencoded")
        .repeatable(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{grant::tests::unsigned_token, scope::Right};

    #[test]
    fn scopes_are_repeated_and_not_joined() {
        let scopes =
            [Scope::new("a/b", [Right::Pull, Right::Push]), Scope::new("c", [Right::Pull])];
        let realm = "https://auth.example/token".parse().unwrap();
        let request = plain_request(&realm, Some("registry"), &scopes, None);
        assert_eq!(
            request.url.query(),
            Some(
                "service=registry&scope=repository%3Aa%2Fb%3Apull%2Cpush&scope=repository%3Ac%3Apull&client_id=tidegate"
            )
        );
        assert!(request.authorization.is_none());
    }

    #[test]
    fn a_refresh_token_stays_out_of_the_address() {
        let realm = "https://auth.example/token".parse().unwrap();
        let request = refresh_request(&realm, Some("r"), &[], &"canary".into());
        assert_eq!(request.url, realm);
        assert!(!format!("{request:?}").contains("canary"));
    }

    #[test]
    fn a_token_without_a_lifetime_is_used_for_less_than_a_minute() {
        let now = Instant::now();
        let token = Token::parse(br#"{"access_token":"t"}"#, now).unwrap();
        assert_eq!(token.use_until - now, Duration::from_secs(54));
        let token = Token::parse(br#"{"token":"t","expires_in":300}"#, now).unwrap();
        assert_eq!(token.use_until - now, Duration::from_secs(270));
    }

    #[test]
    fn the_grant_is_read_from_the_token_before_the_scope() {
        let token = unsigned_token("a/b", &["pull"]);
        let body = format!(r#"{{"token":"{token}","scope":"repository:a/b:*"}}"#);
        let token = Token::parse(body.as_bytes(), Instant::now()).unwrap();
        assert_eq!(token.grant.lacks(&Scope::new("a/b", [Right::Push])), Some(Right::Push));
        assert!(!format!("{token:?}").contains("e30"));
    }

    #[test]
    fn an_answer_without_a_token_is_none() {
        for body in ["{}", r#"{"token":""}"#, "<html>", r#"{"token":null}"#] {
            assert!(Token::parse(body.as_bytes(), Instant::now()).is_none(), "{body}");
        }
    }
}
