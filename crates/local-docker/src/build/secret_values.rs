//! Which values look like secrets.

/// Beginnings of tokens, and how long a token is at least. The prefixes are those that the
/// services document for secret scanning.
const PREFIXES: [(&str, usize); 22] = [
    ("ghp_", 30),
    ("gho_", 30),
    ("ghu_", 30),
    ("ghs_", 30),
    ("ghr_", 30),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("pypi-AgE", 40),
    ("npm_", 36),
    ("dckr_pat_", 20),
    ("hf_", 30),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("xoxa-", 20),
    ("xapp-", 20),
    ("sk_live_", 20),
    ("rk_live_", 20),
    ("sk-ant-", 30),
    ("sk-proj-", 30),
    ("AIza", 39),
    ("SG.", 60),
    ("dop_v1_", 40),
];

/// Whether the value is a token of a known service, a private key or an address with a
/// password.
pub(super) fn has_form_of_secret(value: &str) -> bool {
    let has_prefix = PREFIXES.iter().any(|(prefix, length)| {
        value.starts_with(prefix) && value.len() >= *length && !value.contains(char::is_whitespace)
    });
    has_prefix
        || is_access_key(value)
        || is_web_token(value)
        || value.contains("PRIVATE KEY-----")
        || password_in_url(value).is_some()
}

/// An access key of AWS: `AKIA` or `ASIA` and 16 letters or digits.
fn is_access_key(value: &str) -> bool {
    let rest = value.strip_prefix("AKIA").or_else(|| value.strip_prefix("ASIA"));
    rest.is_some_and(|rest| {
        rest.len() == 16 && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    })
}

/// A JSON web token: three parts in base64, the first two of which are objects.
fn is_web_token(value: &str) -> bool {
    let parts: Vec<&str> = value.split('.').collect();
    matches!(parts.as_slice(), [head, body, sign]
        if head.starts_with("eyJ") && body.starts_with("eyJ") && !sign.is_empty())
}

/// `scheme://user:password@host`; a reference to a variable is not a password.
pub(super) fn password_in_url(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (user, _) = authority.rsplit_once('@')?;
    let (_, password) = user.split_once(':')?;
    Some(password).filter(|password| !password.is_empty() && !password.starts_with('$'))
}

/// Whether a long value has the mixture of letters and digits of a generated one. Digests
/// and commits, which are public, have no capital letters or only those.
pub(super) fn is_random(value: &str) -> bool {
    const SHORTEST: usize = 32;
    /// Bits for each character: text in a language and paths have fewer.
    const ENOUGH: f64 = 4.2;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '_' | '-' | '=');
    let digits = value.chars().filter(char::is_ascii_digit).count();
    value.len() >= SHORTEST
        && value.chars().all(is_plain)
        && !value.starts_with('/')
        && !["sha1-", "sha256-", "sha384-", "sha512-"].iter().any(|hash| value.starts_with(hash))
        && value.chars().any(|c| c.is_ascii_uppercase())
        && value.chars().any(|c| c.is_ascii_lowercase())
        && digits >= 2
        && entropy(value) >= ENOUGH
}

/// Shannon's entropy of the characters, in bits.
fn entropy(text: &str) -> f64 {
    let mut counts = std::collections::BTreeMap::new();
    text.bytes().for_each(|byte| *counts.entry(byte).or_insert(0_u32) += 1);
    let length = text.len() as f64;
    counts.values().map(|&count| f64::from(count) / length).map(|part| -part * part.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_keys_and_passwords_in_addresses_are_recognised() {
        for value in [
            "ghp_0123456789abcdefghijABCDEFGHIJ012345",
            "github_pat_11ABCDEFG0123456789_abcdefghijkl",
            "glpat-abcdefghij0123456789",
            "pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAwMC0wMDAw",
            "npm_0123456789abcdefghijABCDEFGHIJ012345",
            "AKIAIOSFODNN7EXAMPLE",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            "https://me:canary@index/simple",
        ] {
            assert!(has_form_of_secret(value), "{value}");
        }
    }

    #[test]
    fn what_only_begins_alike_is_no_secret() {
        for value in [
            "ghp_",
            "npm_config_cache",
            "hf_transfer",
            "pypi-server",
            "AKIA",
            "https://me@index/simple",
            "https://me:$PASSWORD@index/simple",
            "https://index:8080/a@b:c",
            "eyJ.x.y",
        ] {
            assert!(!has_form_of_secret(value), "{value}");
        }
    }

    #[test]
    fn digests_paths_and_sentences_are_not_random() {
        for value in
            ["q8Zt3Lw0PbX5vN1sRk7MdY2cJf9HgU6e", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1234"]
        {
            assert!(is_random(value), "{value}");
        }
        for value in [
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "A035C8C19219BA821ECEA86B64E628F8D684696D",
            "sha512-q8Zt3Lw0PbX5vN1sRk7MdY2cJf9HgU6eq8Zt3Lw0PbX5vN1sRk7M",
            "/usr/local/lib/Python3.12/SitePackages",
            "123e4567-e89b-12d3-a456-426614174000",
            "a-rather-long-name-of-a-branch-or-tag",
            "https://index.example/Simple/With/1/Long/Path",
            "short1A",
        ] {
            assert!(!is_random(value), "{value}");
        }
    }
}
