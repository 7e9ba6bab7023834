use std::{fs, time::Duration};

use http::HeaderValue;
use kube::config::{AuthInfo, AuthProviderConfig, Cluster};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    authorization::{basic_authorization, bearer_authorization},
    credential_plugin,
    pem_source::{ClientIdentity, PemSource},
};

/// The credentials of requests: a certificate with its key, and a token or a
/// password.
#[derive(Default)]
pub(super) struct Credentials {
    pub(super) identity: Option<ClientIdentity>,
    pub(super) authorization: Option<HeaderValue>,
    /// The user to impersonate, and nothing else.
    pub(super) impersonation: AuthInfo,
}

/// The reason of the error is for people and holds no credentials.
pub(super) async fn resolve_credentials(
    user: &AuthInfo,
    cluster: &Cluster,
    timeout: Duration,
) -> Result<Credentials, String> {
    let mut credentials = Credentials {
        identity: client_identity(user)?,
        authorization: None,
        impersonation: AuthInfo {
            impersonate: user.impersonate.clone().filter(|name| !name.is_empty()),
            impersonate_uid: user.impersonate_uid.clone(),
            impersonate_groups: user.impersonate_groups.clone(),
            impersonate_user_extra: user.impersonate_user_extra.clone(),
            ..AuthInfo::default()
        },
    };
    if let Some(token) = configured_token(user)? {
        credentials.authorization = Some(token_authorization(&token)?);
    } else if let (Some(name), Some(password)) = (&user.username, &user.password) {
        credentials.authorization = basic_authorization(name, password.expose_secret()).ok();
    } else if let Some(exec) = &user.exec {
        let output = credential_plugin::run_plugin(exec, cluster, timeout).await?;
        credentials.authorization = output.token.as_ref().map(token_authorization).transpose()?;
        credentials.identity = output.identity.or(credentials.identity);
    } else if let Some(provider) = &user.auth_provider {
        credentials.authorization = Some(token_authorization(&auth_provider_token(provider)?)?);
    }
    Ok(credentials)
}

fn client_identity(user: &AuthInfo) -> Result<Option<ClientIdentity>, String> {
    let certificate = PemSource {
        description: "client certificate",
        data: user.client_certificate_data.as_deref(),
        file: user.client_certificate.as_deref(),
    };
    let key = PemSource {
        description: "client key",
        data: user.client_key_data.as_ref().map(|key| key.expose_secret()),
        file: user.client_key.as_deref(),
    };
    match (certificate.read_pem()?, key.read_pem()?) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(ClientIdentity { certificate, key: key.into() })),
        (Some(_), None) => Err("the client certificate has no key".to_owned()),
        (None, Some(_)) => Err("the client key has no certificate".to_owned()),
    }
}

/// The file wins because it is newer (`NewBearerAuthWithRefreshRoundTripper` of
/// client-go). It usually ends with a line feed.
fn configured_token(user: &AuthInfo) -> Result<Option<SecretString>, String> {
    let inline = user.token.clone().filter(|token| !token.expose_secret().is_empty());
    let Some(file) = user.token_file.as_deref().filter(|f| !f.is_empty() && !f.ends_with('/'))
    else {
        return Ok(inline);
    };
    match fs::read_to_string(file) {
        Ok(text) if !text.trim().is_empty() => Ok(Some(text.trim().into())),
        _ if inline.is_some() => Ok(inline),
        Ok(_) => Err(format!("the token file {file} is empty")),
        Err(error) => Err(format!("cannot read the token file {file}: {error}")),
    }
}

fn token_authorization(token: &SecretString) -> Result<HeaderValue, String> {
    bearer_authorization(token.expose_secret())
        .map_err(|_| "its token contains invalid characters".to_owned())
}

/// The predecessors of plugins. kubectl supports only `oidc` since 1.26; an expired
/// token is not renewed here.
fn auth_provider_token(provider: &AuthProviderConfig) -> Result<SecretString, String> {
    let name = &provider.name;
    if name != "oidc" {
        return Err(format!("kubectl no longer supports the auth provider `{name}`"));
    }
    match provider.config.get("id-token").filter(|token| !token.is_empty()) {
        Some(token) => Ok(token.as_str().into()),
        None => Err("the auth provider `oidc` has no token".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(user: &AuthInfo) -> Result<Credentials, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let timeout = Duration::from_secs(5);
        runtime.block_on(resolve_credentials(user, &Cluster::default(), timeout))
    }

    fn refusal(user: &AuthInfo) -> String {
        resolve(user).err().unwrap()
    }

    fn authorization_header(user: &AuthInfo) -> String {
        let header = resolve(user).ok().unwrap().authorization.unwrap();
        assert!(header.is_sensitive());
        header.to_str().unwrap().to_owned()
    }

    fn with_auth_provider(name: &str) -> AuthInfo {
        AuthInfo {
            auth_provider: Some(AuthProviderConfig {
                name: name.into(),
                config: [("id-token".to_owned(), "t".to_owned())].into(),
                ..AuthProviderConfig::default()
            }),
            ..AuthInfo::default()
        }
    }

    #[test]
    fn the_token_file_wins_over_the_token_and_loses_its_line_feed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "newer\n").unwrap();
        let user = AuthInfo {
            token: Some("older".into()),
            token_file: Some(file.path().to_str().unwrap().into()),
            ..AuthInfo::default()
        };
        assert_eq!(authorization_header(&user), "Bearer newer");
        drop(file);
        assert_eq!(authorization_header(&user), "Bearer older");
        assert!(resolve(&AuthInfo { token: None, ..user }).is_err());
    }

    #[test]
    fn a_token_wins_over_a_password() {
        let mut user = AuthInfo {
            token: Some("t".into()),
            username: Some("me".into()),
            password: Some("p".into()),
            ..AuthInfo::default()
        };
        assert_eq!(authorization_header(&user), "Bearer t");
        user.token = Some("".into());
        assert_eq!(authorization_header(&user), "Basic bWU6cA==");
    }

    #[test]
    fn a_token_with_a_line_feed_inside_is_an_error_and_no_panic() {
        let user = AuthInfo { token: Some("can\nary".into()), ..AuthInfo::default() };
        let refusal = refusal(&user);
        assert!(!refusal.contains("ary"), "{refusal}");
    }

    #[test]
    fn half_an_identity_is_refused() {
        let user = AuthInfo { client_key_data: Some("Y2FuYXJ5".into()), ..AuthInfo::default() };
        assert_eq!(refusal(&user), "the client key has no certificate");
    }

    #[test]
    fn an_auth_provider_that_kubectl_no_longer_supports_is_refused_and_not_run() {
        assert_eq!(authorization_header(&with_auth_provider("oidc")), "Bearer t");
        assert!(refusal(&with_auth_provider("gcp")).contains("`gcp`"));
    }
}
