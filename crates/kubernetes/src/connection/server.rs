use http::Uri;
use kube::config::Cluster;
use rustls::pki_types::CertificateDer;

use super::material::{Material, certificates};
use crate::kubeconfig::without_credentials;

/// Where a cluster's server is and what is trusted there.
pub(super) struct Server {
    pub(super) address: Uri,
    /// The address for a person.
    pub(super) shown: String,
    pub(super) trust: Trust,
    /// The name that its certificate has, where that is not the address's.
    pub(super) name: Option<String>,
}

/// Which certificates of a server are accepted.
pub(super) enum Trust {
    /// Those of these authorities.
    These(Vec<CertificateDer<'static>>),
    /// Those that the system accepts.
    System,
    /// Each of them: `insecure-skip-tls-verify`.
    Anything,
}

impl Server {
    /// The reason of the error is for a person.
    pub(super) fn of(cluster: &Cluster) -> Result<Self, String> {
        let text = cluster.server.as_deref().unwrap_or_default();
        if text.is_empty() {
            return Err("the kubeconfig states no server for its cluster".to_owned());
        }
        let shown = without_credentials(text);
        let address = parse(text, cluster).ok_or_else(|| format!("`{shown}` is no address"))?;
        let trust = trust(&address, cluster)?;
        let name = cluster.tls_server_name.clone().filter(|name| !name.is_empty());
        Ok(Self { address, shown, trust, name })
    }
}

pub(super) fn is_encrypted(address: &Uri) -> bool {
    address.scheme_str() == Some("https")
}

/// An address without a scheme is encrypted when certificates are spoken of
/// (`DefaultServerURL` of client-go).
fn parse(text: &str, cluster: &Cluster) -> Option<Uri> {
    let about_tls = cluster.insecure_skip_tls_verify.unwrap_or_default()
        || cluster.certificate_authority.is_some()
        || cluster.certificate_authority_data.is_some();
    let text = match text.contains("://") {
        true => text.to_owned(),
        false => format!("{}://{text}", if about_tls { "https" } else { "http" }),
    };
    let address: Uri = text.parse().ok()?;
    let known = matches!(address.scheme_str(), Some("http" | "https"));
    (known && address.host().is_some_and(|host| !host.is_empty())).then_some(address)
}

fn trust(address: &Uri, cluster: &Cluster) -> Result<Trust, String> {
    // The system's certificates are hundreds of files; for a connection that
    // is not encrypted none is read.
    if !is_encrypted(address) {
        return Ok(Trust::These(Vec::new()));
    }
    if cluster.insecure_skip_tls_verify.unwrap_or_default() {
        return Ok(Trust::Anything);
    }
    let material = Material {
        what: "certificate authority",
        data: cluster.certificate_authority_data.as_deref(),
        file: cluster.certificate_authority.as_deref(),
    };
    let pem = material.read()?;
    pem.map_or(Ok(Trust::System), |pem| certificates(&pem).map(Trust::These))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(server: &str) -> Cluster {
        Cluster { server: Some(server.into()), ..Cluster::default() }
    }

    fn address(cluster: &Cluster) -> Option<String> {
        Server::of(cluster).ok().map(|server| server.address.to_string())
    }

    #[test]
    fn an_address_without_a_scheme_is_plain_unless_certificates_are_spoken_of() {
        let mut cluster = at("host:8080");
        assert_eq!(address(&cluster).unwrap(), "http://host:8080/");
        cluster.insecure_skip_tls_verify = Some(true);
        assert_eq!(address(&cluster).unwrap(), "https://host:8080/");
    }

    #[test]
    fn an_address_that_is_none_is_refused_without_its_password() {
        for text in ["https://me:canary@ho st", "ftp://me:canary@host", "https://", ""] {
            let reason = Server::of(&at(text)).err().unwrap();
            assert!(!reason.contains("canary"), "{reason}");
        }
    }

    #[test]
    fn empty_certificates_count_as_none() {
        let cluster = Cluster {
            certificate_authority_data: Some(String::new()),
            certificate_authority: Some("/home/me/.kube/".into()),
            ..at("https://host")
        };
        assert!(matches!(Server::of(&cluster).ok().unwrap().trust, Trust::System));
    }

    #[test]
    fn an_authority_without_a_certificate_is_refused() {
        let cluster =
            Cluster { certificate_authority_data: Some("aGVsbG8=".into()), ..at("https://host") };
        let reason = Server::of(&cluster).err().unwrap();
        assert_eq!(reason, "the certificate authority has no certificate");
    }
}
