//! Paths in the tokens of macros and attributes, which are not parsed as Rust.

use proc_macro2::{Delimiter, Literal, Spacing, TokenStream, TokenTree};
use syn::{Attribute, LitStr, Meta, ext::IdentExt};

/// Paths in the arguments of a macro. A single name counts only if it looks like that of an item:
/// it begins with a capital, or is called.
pub(crate) fn token_paths(tokens: &TokenStream) -> Vec<Vec<String>> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut paths = Vec::new();
    let mut next = 0;
    while next < tokens.len() {
        let segments = path_at(&tokens[next..]);
        if let TokenTree::Group(group) = &tokens[next] {
            paths.extend(token_paths(&group.stream()));
        }
        // Two tokens of `::` stand before each segment but the first.
        let end = next + (3 * segments.len()).saturating_sub(2).max(1);
        let begins_path = !matches!(preceding_punct(&tokens, next), Some('.' | ':' | '\''));
        if begins_path && names_item(&segments, &tokens[end..]) {
            paths.push(segments);
        }
        next = end;
    }
    paths
}

/// Paths in the arguments of an attribute, and those that serde takes as strings.
pub(crate) fn attribute_paths(attribute: &Attribute) -> Vec<Vec<String>> {
    let Meta::List(list) = &attribute.meta else { return Vec::new() };
    let mut paths = token_paths(&list.tokens);
    if list.path.is_ident("serde") {
        paths.extend(serde_paths(&list.tokens));
    }
    paths
}

/// The segments of the path that the tokens begin with.
fn path_at(tokens: &[TokenTree]) -> Vec<String> {
    let Some(TokenTree::Ident(first)) = tokens.first() else { return Vec::new() };
    let mut segments = vec![first.unraw().to_string()];
    let mut rest = &tokens[1..];
    while let [TokenTree::Punct(first), TokenTree::Punct(second), TokenTree::Ident(name), ..] = rest
        && (first.as_char(), second.as_char()) == (':', ':')
    {
        segments.push(name.unraw().to_string());
        rest = &rest[3..];
    }
    segments
}

fn preceding_punct(tokens: &[TokenTree], position: usize) -> Option<char> {
    match tokens.get(position.checked_sub(1)?)? {
        // A colon between name and type is no `::`.
        TokenTree::Punct(punct) if punct.as_char() == ':' => {
            matches!(tokens.get(position.checked_sub(2)?)?, TokenTree::Punct(first)
                if first.as_char() == ':' && first.spacing() == Spacing::Joint)
            .then_some(':')
        }
        TokenTree::Punct(punct) => Some(punct.as_char()),
        _ => None,
    }
}

fn names_item(segments: &[String], following: &[TokenTree]) -> bool {
    match segments {
        [] => false,
        [name] => name.starts_with(char::is_uppercase) || is_call(following),
        _ => true,
    }
}

/// Whether the tokens go on with the arguments of a function or macro.
fn is_call(following: &[TokenTree]) -> bool {
    match following {
        [TokenTree::Group(group), ..] => group.delimiter() == Delimiter::Parenthesis,
        [TokenTree::Punct(mark), TokenTree::Group(_), ..] => mark.as_char() == '!',
        _ => false,
    }
}

/// Functions in `default = "…"` and `…with = "…"`; modules in `with = "…"`.
fn serde_paths(tokens: &TokenStream) -> Vec<Vec<String>> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let values = tokens.windows(3).filter_map(|window| match window {
        [TokenTree::Ident(key), TokenTree::Punct(equals), TokenTree::Literal(value)]
            if equals.as_char() == '=' =>
        {
            Some((key.to_string(), string_path(value)?))
        }
        _ => None,
    });
    values.flat_map(|(key, path)| serde_functions(&key, path)).collect()
}

fn serde_functions(key: &str, path: Vec<String>) -> Vec<Vec<String>> {
    match key {
        "default" | "serialize_with" | "deserialize_with" => vec![path],
        "with" => ["serialize", "deserialize"]
            .map(|function| [&path[..], &[function.to_owned()]].concat())
            .to_vec(),
        _ => Vec::new(),
    }
}

fn string_path(literal: &Literal) -> Option<Vec<String>> {
    let text = syn::parse_str::<LitStr>(&literal.to_string()).ok()?.value();
    Some(text.split("::").map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(paths: Vec<Vec<String>>) -> Vec<String> {
        paths.iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn paths_calls_and_types_in_macros_are_found() {
        let tokens = r#""{}", super::size(a.len()), name: Tag::of::<Deep>(b), count, limit(c), d.call(),
            ::std::mem::take(e), &'here LIMIT, vec![inner::LIST]"#;
        assert_eq!(
            joined(token_paths(&tokens.parse().unwrap())),
            ["super::size", "Tag::of", "Deep", "limit", "LIMIT", "vec", "inner::LIST"]
        );
    }

    #[test]
    fn serde_names_functions_in_strings() {
        let attribute: Attribute = syn::parse_quote! {
            #[serde(rename = "a", default = "b", with = "c::d", deserialize_with = "crate::e")]
        };
        assert_eq!(
            joined(attribute_paths(&attribute)),
            ["b", "c::d::serialize", "c::d::deserialize", "crate::e"]
        );
    }
}
