use transport::{Fetched, Url};

/// The address of the next page: `Link: </v2/…?last=x>; rel="next"` (RFC 8288).
pub(super) fn next(answer: &Fetched) -> Option<Url> {
    let links = answer.headers.get_all("link").iter().filter_map(|value| value.to_str().ok());
    links.flat_map(split).find_map(|link| target_of_next(&link, &answer.url))
}

/// Links of one header: commas outside the angle brackets part them.
fn split(header: &str) -> Vec<String> {
    let mut inside = false;
    let parts = header.split(|c: char| {
        inside = if c == '<' { true } else { inside && c != '>' };
        c == ',' && !inside
    });
    parts.map(|part| part.trim().to_owned()).collect()
}

fn target_of_next(link: &str, base: &Url) -> Option<Url> {
    let (target, parameters) = link.strip_prefix('<')?.split_once('>')?;
    let is_next = parameters.split(';').any(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or_default();
        name.trim().eq_ignore_ascii_case("rel") && value.trim().trim_matches('"') == "next"
    });
    is_next.then(|| base.join(target).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(header: &str) -> Option<String> {
        let base: Url = "https://registry.example/v2/a/tags/list?n=2".parse().unwrap();
        let links = split(header);
        links.iter().find_map(|link| target_of_next(link, &base)).map(|url| url.to_string())
    }

    #[test]
    fn relative_and_absolute_targets_are_followed() {
        let expected = Some("https://registry.example/v2/a/tags/list?last=b&n=2".to_owned());
        assert_eq!(target(r#"</v2/a/tags/list?last=b&n=2>; rel="next""#), expected);
        assert_eq!(
            target("<https://registry.example/v2/a/tags/list?last=b&n=2>;rel=next"),
            expected
        );
    }

    #[test]
    fn commas_in_targets_do_not_part_links() {
        let header = r#"</first?a=1,2>; rel="prev", </second?a=1,2>; rel="next""#;
        assert_eq!(target(header).as_deref(), Some("https://registry.example/second?a=1,2"));
        assert_eq!(target(r#"</first>; rel="prev""#), None);
    }
}
