//! The names that an item defines.

use proc_macro2::TokenTree;
use syn::{Ident, Item, ext::IdentExt};

/// A name that a file defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Definition {
    /// Index of the file among the sources.
    pub(crate) file: usize,
    pub(crate) name: String,
    /// Whether a path may go on behind the name: types and traits.
    pub(crate) is_type: bool,
}

/// The definition that an item of a file is, modules and imports left out.
pub(crate) fn definition_of(item: &Item, file: usize) -> Option<Definition> {
    let (ident, is_type): (&Ident, bool) = match item {
        Item::Const(item) => (&item.ident, false),
        Item::Enum(item) => (&item.ident, true),
        Item::Fn(item) => (&item.sig.ident, false),
        Item::Macro(item) => (item.ident.as_ref()?, false),
        Item::Static(item) => (&item.ident, false),
        Item::Struct(item) => (&item.ident, true),
        Item::Trait(item) => (&item.ident, true),
        Item::Type(item) => (&item.ident, true),
        Item::Union(item) => (&item.ident, true),
        _ => return None,
    };
    Some(Definition { file, name: ident.unraw().to_string(), is_type })
}

/// The types that a macro may define: `object_id! { CommitId }`. Its tokens do not show whether it
/// does, so these count only where nothing else has the name.
pub(crate) fn generated_types(item: &Item, file: usize) -> Vec<Definition> {
    let Item::Macro(call) = item else { return Vec::new() };
    if call.ident.is_some() {
        return Vec::new();
    }
    let names = call.mac.tokens.clone().into_iter().filter_map(|token| match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    });
    let types = names.filter(|name| name.starts_with(char::is_uppercase));
    types.map(|name| Definition { file, name, is_type: true }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(definitions: impl IntoIterator<Item = Definition>) -> Vec<String> {
        definitions.into_iter().map(|definition| definition.name).collect()
    }

    #[test]
    fn items_define_their_names() {
        let defined = |text: &str| names(definition_of(&syn::parse_str(text).unwrap(), 0));
        assert_eq!(defined("pub struct Tag;"), ["Tag"]);
        assert_eq!(defined("fn r#move() {}"), ["move"]);
        assert_eq!(defined("macro_rules! object_id { () => {} }"), ["object_id"]);
        assert!(defined("impl Tag {}").is_empty());
        assert!(defined("use super::Tag;").is_empty());
    }

    #[test]
    fn a_macro_may_define_the_types_that_it_names() {
        let generated = |text: &str| names(generated_types(&syn::parse_str(text).unwrap(), 0));
        assert_eq!(generated("object_id! { /// Text.\n CommitId, TagId }"), ["CommitId", "TagId"]);
        assert!(generated("macro_rules! object_id { () => { Tag } }").is_empty());
    }
}
