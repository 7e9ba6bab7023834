use transport::{HeaderMap, Url};

/// What a registry asks for in `WWW-Authenticate`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// User and password with every request.
    Basic,
    /// A token of the server at `realm` (distribution, "Token authentication").
    Bearer { realm: Url, service: Option<String> },
}

impl Challenge {
    pub(crate) fn bearer(realm: Url, service: &str) -> Self {
        Self::Bearer { realm, service: Some(service.to_owned()) }
    }

    /// The best of all challenges in all headers: Bearer before Basic.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let texts = headers.get_all("www-authenticate").iter().filter_map(|v| v.to_str().ok());
        let all: Vec<Self> = texts.flat_map(parse).collect();
        all.iter().find(|one| matches!(one, Self::Bearer { .. })).or(all.first()).cloned()
    }
}

fn parse(header: &str) -> Vec<Challenge> {
    let parsed = http_auth::parse_challenges(header).unwrap_or_default();
    parsed.iter().filter_map(understood).collect()
}

fn understood(challenge: &http_auth::ChallengeRef<'_>) -> Option<Challenge> {
    let param = |name: &str| {
        let found = challenge.params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_unescaped())
    };
    if challenge.scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    let bearer = challenge.scheme.eq_ignore_ascii_case("bearer");
    let realm = param("realm").filter(|_| bearer)?.parse().ok()?;
    Some(Challenge::Bearer { realm, service: param("service") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Option<Challenge> {
        let pairs = values.iter().map(|value| {
            (
                "www-authenticate".parse::<transport::header::HeaderName>().unwrap(),
                value.parse().unwrap(),
            )
        });
        let mut headers = HeaderMap::new();
        pairs.for_each(|(name, value)| {
            headers.append(name, value);
        });
        Challenge::of(&headers)
    }

    #[test]
    fn realm_and_service_are_read_from_a_bearer_challenge() {
        let text = r#"Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push",error="insufficient_scope""#;
        let expected =
            Challenge::bearer("https://auth.example/token".parse().unwrap(), "registry.example");
        assert_eq!(of(&[text]), Some(expected));
    }

    #[test]
    fn bearer_wins_over_basic_in_one_header_or_in_two() {
        let (basic, bearer) = (r#"Basic realm="r""#, r#"Bearer realm="https://a.example/t""#);
        for values in [&[basic, bearer][..], &[&format!("{basic}, {bearer}")[..]]] {
            assert!(matches!(of(values), Some(Challenge::Bearer { .. })), "{values:?}");
        }
        assert_eq!(of(&[basic]), Some(Challenge::Basic));
    }

    #[test]
    fn nonsense_is_no_challenge() {
        for text in ["", "Negotiate", "Bearer realm=\"not a url\"", "\"\",,="] {
            assert_eq!(of(&[text]), None, "{text}");
        }
        assert_eq!(of(&[]), None);
    }
}
