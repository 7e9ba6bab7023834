//! Errors of the engine and of builders: chains of causes that Go joins with
//! colons.

/// The last cause of a chain: those before it name the layers of software that
/// the failure passed through.
pub(crate) fn innermost_cause(message: &str) -> &str {
    message.trim_end().rsplit(": ").next().unwrap_or(message)
}

/// The host of the HTTP request that failed, as in
/// `Get "https://HOST/v2/": dial tcp: …`.
pub(crate) fn requested_host(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("\"http")?;
    let (_, rest) = rest.split_once("://")?;
    rest.split(['/', '?', '"']).next().filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_name_resolution_has_a_host_and_a_cause() {
        let message = "failed to solve: alpine: failed to resolve source metadata for \
            docker.io/library/alpine:latest: failed to do request: Head \
            \"https://registry-1.docker.io/v2/library/alpine/manifests/latest\": dial tcp: \
            lookup registry-1.docker.io on 10.0.0.2:53: no such host";
        assert_eq!(requested_host(message), Some("registry-1.docker.io"));
        assert_eq!(innermost_cause(message), "no such host");
    }

    #[test]
    fn a_message_without_a_request_has_no_host() {
        for message in ["pull access denied for nowhere", "\"http", "", "Get \"https:///v2/\": EOF"]
        {
            assert_eq!(requested_host(message), None, "{message}");
        }
        assert_eq!(innermost_cause("EOF"), "EOF");
    }
}
