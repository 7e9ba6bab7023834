use std::{fs, time::Duration};

use http::HeaderValue;
use kube::config::{AuthInfo, AuthProviderConfig, Cluster};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    material::{Identity, Material},
    plugin,
    way::basic,
};

/// Who asks: a certificate with its key, and a token or a password.
#[derive(Default)]
pub(super) struct Credentials {
    pub(super) identity: Option<Identity>,
    pub(super) authorization: Option<HeaderValue>,
    /// The user whose rights are taken on, and nothing else.
    pub(super) acts_as: AuthInfo,
}

/// The reason of the error is for a person and holds no credentials.
pub(super) async fn resolve(
    user: &AuthInfo,
    cluster: &Cluster,
    limit: Duration,
) -> Result<Credentials, String> {
    let mut found = Credentials {
        identity: identity(user)?,
        authorization: None,
        acts_as: AuthInfo {
            impersonate: user.impersonate.clone().filter(|name| !name.is_empty()),
            impersonate_uid: user.impersonate_uid.clone(),
            impersonate_groups: user.impersonate_groups.clone(),
            impersonate_user_extra: user.impersonate_user_extra.clone(),
            ..AuthInfo::default()
        },
    };
    if let Some(token) = token(user)? {
        found.authorization = Some(bearer(&token)?);
    } else if let (Some(name), Some(password)) = (&user.username, &user.password) {
        found.authorization = basic(name, password.expose_secret());
    } else if let Some(exec) = &user.exec {
        let given = plugin::run(exec, cluster, limit).await?;
        found.authorization = given.token.as_ref().map(bearer).transpose()?;
        found.identity = given.identity.or(found.identity);
    } else if let Some(provider) = &user.auth_provider {
        found.authorization = Some(bearer(&of_provider(provider)?)?);
    }
    Ok(found)
}

fn identity(user: &AuthInfo) -> Result<Option<Identity>, String> {
    let certificate = Material {
        what: "client certificate",
        data: user.client_certificate_data.as_deref(),
        file: user.client_certificate.as_deref(),
    };
    let key = Material {
        what: "client key",
        data: user.client_key_data.as_ref().map(|key| key.expose_secret()),
        file: user.client_key.as_deref(),
    };
    match (certificate.read()?, key.read()?) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(Identity { certificate, key: key.into() })),
        (Some(_), None) => Err("the client certificate has no key".to_owned()),
        (None, Some(_)) => Err("the client key has no certificate".to_owned()),
    }
}

/// The file wins: what it says is newer (`NewBearerAuthWithRefreshRoundTripper`
/// of client-go). It usually ends with a line feed.
fn token(user: &AuthInfo) -> Result<Option<SecretString>, String> {
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

fn bearer(token: &SecretString) -> Result<HeaderValue, String> {
    let value = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()));
    let mut value = value.map_err(|_| "its token has characters that no token has")?;
    value.set_sensitive(true);
    Ok(value)
}

/// The predecessors of plugins. kubectl knows only `oidc` since 1.26; a token
/// that has run out is not renewed here.
fn of_provider(provider: &AuthProviderConfig) -> Result<SecretString, String> {
    let name = &provider.name;
    if name != "oidc" {
        return Err(format!("the login `{name}` is of a kind that kubectl has given up"));
    }
    let token = provider.config.get("id-token").filter(|token| !token.is_empty());
    token.map(|token| token.as_str().into()).ok_or_else(|| "the login `oidc` has no token".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(user: &AuthInfo) -> Result<Credentials, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(resolve(user, &Cluster::default(), Duration::from_secs(5)))
    }

    fn reason(user: &AuthInfo) -> String {
        resolved(user).err().unwrap()
    }

    /// The header.
    fn sent(user: &AuthInfo) -> String {
        let header = resolved(user).ok().unwrap().authorization.unwrap();
        assert!(header.is_sensitive());
        header.to_str().unwrap().to_owned()
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
        assert_eq!(sent(&user), "Bearer newer");
        drop(file);
        assert_eq!(sent(&user), "Bearer older");
        assert!(resolved(&AuthInfo { token: None, ..user }).is_err());
    }

    #[test]
    fn a_token_wins_over_a_password() {
        let mut user = AuthInfo {
            token: Some("t".into()),
            username: Some("me".into()),
            password: Some("p".into()),
            ..AuthInfo::default()
        };
        assert_eq!(sent(&user), "Bearer t");
        user.token = Some("".into());
        assert_eq!(sent(&user), "Basic bWU6cA==");
    }

    #[test]
    fn a_token_with_a_line_feed_inside_is_an_error_and_no_panic() {
        let user = AuthInfo { token: Some("can\nary".into()), ..AuthInfo::default() };
        let reason = reason(&user);
        assert!(!reason.contains("ary"), "{reason}");
    }

    #[test]
    fn half_an_identity_is_refused() {
        let user = AuthInfo { client_key_data: Some("Y2FuYXJ5".into()), ..AuthInfo::default() };
        assert_eq!(reason(&user), "the client key has no certificate");
    }

    #[test]
    fn a_login_that_kubectl_has_given_up_is_refused_and_not_run() {
        let provider = |name: &str| AuthInfo {
            auth_provider: Some(AuthProviderConfig {
                name: name.into(),
                config: [("id-token".to_owned(), "t".to_owned())].into(),
                ..AuthProviderConfig::default()
            }),
            ..AuthInfo::default()
        };
        assert_eq!(sent(&provider("oidc")), "Bearer t");
        assert!(reason(&provider("gcp")).contains("`gcp`"));
    }
}
