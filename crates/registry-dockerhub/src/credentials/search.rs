use super::{Credential, CredentialQuery, config_file::ConfigFile};
use crate::RegistryEndpoint;

/// One thing to try for a credential.
#[derive(Debug)]
pub(super) enum Attempt {
    /// This is it.
    Take(Credential),
    /// Ask the program `docker-credential-NAME` for this server.
    AskHelper { name: String, server: String },
}

/// What to try, in order, for the files in their order: `credHelpers`, then
/// `credsStore`, then `auths` (Docker CLI, `GetCredentialsStore`). A helper
/// that knows nothing leaves the turn to the next attempt.
pub(super) fn attempts(files: &[ConfigFile], query: &CredentialQuery) -> Vec<Attempt> {
    let keys = keys(query);
    files.iter().flat_map(|file| attempts_in(file, query, &keys)).collect()
}

fn attempts_in(file: &ConfigFile, query: &CredentialQuery, keys: &[String]) -> Vec<Attempt> {
    let own_helper = keys.iter().find_map(|key| file.cred_helpers.get(key));
    let store = Some(&file.creds_store).filter(|store| !store.is_empty());
    let helper = own_helper
        .or(store)
        .map(|name| Attempt::AskHelper { name: name.clone(), server: query.server.clone() });
    let inline = keys.iter().find_map(|key| inline(file, key)).map(Attempt::Take);
    helper.into_iter().chain(inline).collect()
}

/// Keys from the most special to the most general: podman's `host/path`
/// prefixes, the server's key itself, its bare host.
fn keys(query: &CredentialQuery) -> Vec<String> {
    let hosts = hosts(query);
    let prefixes = std::iter::successors(Some(query.path.as_str()), |path| {
        path.rsplit_once('/').map(|(parent, _)| parent)
    });
    let special = prefixes.flat_map(|path| hosts.iter().map(move |host| format!("{host}/{path}")));
    let general = std::iter::once(query.server.clone());
    special.chain(general).chain(hosts.iter().map(ToString::to_string)).collect()
}

/// The server's host, and for Docker Hub its name in references, which podman uses.
fn hosts(query: &CredentialQuery) -> Vec<&str> {
    let host = bare_host(&query.server);
    // A registry that was moved has the credentials of its new host only.
    let usual = RegistryEndpoint::of(&query.registry);
    let is_usual = usual.is_some_and(|usual| usual.credential_key() == query.server);
    let name = query.registry.as_str();
    std::iter::once(host).chain((is_usual && name != host).then_some(name)).collect()
}

/// An entry under this key, however it was written: with scheme, with a slash
/// at the end (Docker CLI, `ConvertToHostname`). The `…/access-token` and
/// `…/refresh-token` entries of a browser login never match: they are no passwords.
fn inline(file: &ConfigFile, key: &str) -> Option<Credential> {
    let same = |written: &str| bare(written) == bare(key);
    let exact = file.inline(key);
    exact.or_else(|| file.keys().filter(|written| same(written)).find_map(|one| file.inline(one)))
}

fn bare(key: &str) -> &str {
    let key = key.strip_prefix("https://").or(key.strip_prefix("http://")).unwrap_or(key);
    let key = key.trim_end_matches('/');
    key.strip_suffix("/v1").or(key.strip_suffix("/v2")).unwrap_or(key)
}

fn bare_host(server: &str) -> &str {
    let bare = bare(server);
    bare.split('/').next().unwrap_or(bare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn file(text: &str) -> ConfigFile {
        ConfigFile::parse(text, Path::new("config.json")).unwrap()
    }

    fn query(repository: &str) -> CredentialQuery {
        let repository: image_ref::Repository = repository.parse().unwrap();
        let endpoint = crate::RegistryEndpoint::of(repository.registry()).unwrap();
        CredentialQuery::of(&endpoint, &repository)
    }

    /// What is tried, as text: helper names and user names.
    fn tried(files: &[ConfigFile], repository: &str) -> Vec<String> {
        let name = |attempt: Attempt| match attempt {
            Attempt::Take(Credential::Password { user, .. }) => user,
            Attempt::Take(other) => format!("{other:?}"),
            Attempt::AskHelper { name, server } => format!("{name} for {server}"),
        };
        attempts(files, &query(repository)).into_iter().map(name).collect()
    }

    fn user(name: &str) -> String {
        format!(r#"{{"username":"{name}","password":"p"}}"#)
    }

    #[test]
    fn helpers_come_before_the_store_and_the_store_before_entries() {
        let both = format!(
            r#"{{"credHelpers":{{"ghcr.io":"special"}},"credsStore":"general","auths":{{"ghcr.io":{}}}}}"#,
            user("inline")
        );
        assert_eq!(tried(&[file(&both)], "ghcr.io/a/b"), ["special for ghcr.io", "inline"]);
        let store = r#"{"credHelpers":{"ghcr.io":"special"},"credsStore":"general"}"#;
        assert_eq!(tried(&[file(store)], "quay.io/a/b"), ["general for quay.io"]);
    }

    #[test]
    fn docker_hub_is_kept_under_its_old_address() {
        let hub = user("hub");
        let key = query("a/b").server;
        for key in [key.as_str(), bare_host(&key), "docker.io"] {
            let text = format!(r#"{{"auths":{{"{key}":{hub}}}}}"#);
            assert_eq!(tried(&[file(&text)], "a/b"), ["hub"], "{key}");
        }
    }

    #[test]
    fn the_tokens_of_a_browser_login_are_not_passwords() {
        let (hub, other, key) = (user("hub"), user("browser"), query("a/b").server);
        let text = format!(
            r#"{{"auths":{{"{key}access-token":{other},"{key}":{hub},"{key}refresh-token":{other}}}}}"#
        );
        assert_eq!(tried(&[file(&text)], "a/b"), ["hub"]);
    }

    #[test]
    fn a_registry_that_was_moved_has_not_the_credentials_of_its_name() {
        let text = format!(
            r#"{{"auths":{{"docker.io":{0},"127.0.0.1:5000":{1}}}}}"#,
            user("hub"),
            user("moved")
        );
        let moved = CredentialQuery { server: "127.0.0.1:5000".to_owned(), ..query("a/b") };
        let [Attempt::Take(Credential::Password { user, .. })] =
            &attempts(&[file(&text)], &moved)[..]
        else {
            panic!("not one credential")
        };
        assert_eq!(user, "moved");
    }

    #[test]
    fn podman_keeps_credentials_for_parts_of_a_registry() {
        let (team, whole) = (user("team"), user("whole"));
        let text = format!(r#"{{"auths":{{"quay.io/team":{team},"quay.io":{whole}}}}}"#);
        assert_eq!(tried(&[file(&text)], "quay.io/team/app"), ["team"]);
        assert_eq!(tried(&[file(&text)], "quay.io/teams/app"), ["whole"]);
    }

    #[test]
    fn credentials_of_a_similar_host_are_not_taken() {
        let text =
            format!(r#"{{"auths":{{"r.example.evil":{0},"r.example:5000":{0}}}}}"#, user("x"));
        assert_eq!(tried(&[file(&text)], "r.example/a"), [] as [&str; 0]);
    }

    #[test]
    fn the_first_file_comes_first() {
        let [one, two] =
            ["one", "two"].map(|name| format!(r#"{{"auths":{{"r.example":{}}}}}"#, user(name)));
        assert_eq!(tried(&[file(&one), file(&two)], "r.example/a"), ["one", "two"]);
    }
}
