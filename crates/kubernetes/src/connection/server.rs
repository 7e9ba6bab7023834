use http::Uri;
use kube::config::Cluster;
use rustls::pki_types::CertificateDer;

use super::pem_source::{PemSource, parse_authority};
use crate::kubeconfig::without_credentials;

/// The address of a cluster's server, and how to verify it.
pub(super) struct Server {
    pub(super) address: Uri,
    /// The address, for messages.
    pub(super) displayed_address: String,
    pub(super) trust: ServerTrust,
    /// The name in its certificate, if that is not the address's.
    pub(super) certificate_name: Option<String>,
}

/// Which certificates of a server are accepted.
pub(super) enum ServerTrust {
    /// Those of these authorities.
    Authorities(Vec<CertificateDer<'static>>),
    /// Those that the system accepts.
    System,
    /// Every certificate: `insecure-skip-tls-verify`.
    Anything,
}

impl Server {
    /// The reason of the error is for people.
    pub(super) fn from_cluster(cluster: &Cluster) -> Result<Self, String> {
        let text = cluster.server.as_deref().unwrap_or_default();
        if text.is_empty() {
            return Err("the kubeconfig names no server for its cluster".to_owned());
        }
        let displayed_address = without_credentials(text);
        let address = parse_address(text, cluster)
            .ok_or_else(|| format!("invalid server address `{displayed_address}`"))?;
        let trust = ServerTrust::from_cluster(&address, cluster)?;
        let certificate_name = cluster.tls_server_name.clone().filter(|name| !name.is_empty());
        Ok(Self { address, displayed_address, trust, certificate_name })
    }
}

pub(super) fn is_encrypted(address: &Uri) -> bool {
    address.scheme_str() == Some("https")
}

/// An address without a scheme is encrypted when the entry mentions certificates
/// (`DefaultServerURL` of client-go).
fn parse_address(text: &str, cluster: &Cluster) -> Option<Uri> {
    let mentions_tls = cluster.insecure_skip_tls_verify.unwrap_or_default()
        || cluster.certificate_authority.is_some()
        || cluster.certificate_authority_data.is_some();
    let address: Uri = if text.contains("://") {
        text.parse().ok()?
    } else {
        format!("{}://{text}", if mentions_tls { "https" } else { "http" }).parse().ok()?
    };
    let is_http = matches!(address.scheme_str(), Some("http" | "https"));
    (is_http && address.host().is_some_and(|host| !host.is_empty())).then_some(address)
}

impl ServerTrust {
    fn from_cluster(address: &Uri, cluster: &Cluster) -> Result<Self, String> {
        // The system's certificates are hundreds of files; a connection that is not
        // encrypted needs none of them.
        if !is_encrypted(address) {
            return Ok(Self::Authorities(Vec::new()));
        }
        if cluster.insecure_skip_tls_verify.unwrap_or_default() {
            return Ok(Self::Anything);
        }
        let authority = PemSource {
            description: "certificate authority",
            data: cluster.certificate_authority_data.as_deref(),
            file: cluster.certificate_authority.as_deref(),
        };
        match authority.read_pem()? {
            Some(pem) => Ok(Self::Authorities(parse_authority(&pem)?)),
            None => Ok(Self::System),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster_at(server: &str) -> Cluster {
        Cluster { server: Some(server.into()), ..Cluster::default() }
    }

    fn address(cluster: &Cluster) -> Option<String> {
        Server::from_cluster(cluster).ok().map(|server| server.address.to_string())
    }

    #[test]
    fn an_address_without_a_scheme_is_plain_unless_certificates_are_mentioned() {
        let mut cluster = cluster_at("host:8080");
        assert_eq!(address(&cluster).unwrap(), "http://host:8080/");
        cluster.insecure_skip_tls_verify = Some(true);
        assert_eq!(address(&cluster).unwrap(), "https://host:8080/");
    }

    #[test]
    fn an_invalid_address_is_refused_without_its_password() {
        for text in ["https://me:canary@ho st", "ftp://me:canary@host", "https://", ""] {
            let refusal = Server::from_cluster(&cluster_at(text)).err().unwrap();
            assert!(!refusal.contains("canary"), "{refusal}");
        }
    }

    #[test]
    fn empty_certificates_count_as_none() {
        let cluster = Cluster {
            certificate_authority_data: Some(String::new()),
            certificate_authority: Some("/home/me/.kube/".into()),
            ..cluster_at("https://host")
        };
        let server = Server::from_cluster(&cluster).ok().unwrap();
        assert!(matches!(server.trust, ServerTrust::System));
    }

    #[test]
    fn an_authority_without_a_certificate_is_refused() {
        let cluster = Cluster {
            certificate_authority_data: Some("aGVsbG8=".into()),
            ..cluster_at("https://host")
        };
        let refusal = Server::from_cluster(&cluster).err().unwrap();
        assert_eq!(refusal, "the certificate authority contains no certificate");
    }
}
