//! Words of a private language in identifiers.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use syn::{
    Field, Ident, ImplItemConst, ImplItemType, ItemConst, ItemEnum, ItemMod, ItemStatic,
    ItemStruct, ItemTrait, ItemType, ItemUnion, PatIdent, Signature, TraitItemConst, TraitItemType,
    Variant,
    ext::IdentExt,
    visit::{self, Visit},
};

use crate::{finding::Finding, sources::Source};

/// Words that a Rust engineer would not look for: each has a precise one to take its place.
const PRIVATE_WORDS: [&str; 13] = [
    "told", "tell", "said", "say", "says", "words", "meant", "here", "there", "sought", "known",
    "standing", "begun",
];

/// Every private word in the name of something that the sources define.
pub(crate) fn private_words(sources: &[Source]) -> Finding {
    let mut by_file: Vec<(&str, Vec<Occurrence>)> =
        sources.iter().map(|source| (source.path.as_str(), occurrences(source))).collect();
    by_file.retain(|(_, occurrences)| !occurrences.is_empty());
    by_file.sort_by_key(|(_, occurrences)| Reverse(occurrences.len()));
    let all = by_file.iter().flat_map(|(_, occurrences)| occurrences);
    Finding {
        figure: all.clone().count() as f64,
        basis: word_counts(all),
        offenders: by_file.iter().map(|(file, occurrences)| file_line(file, occurrences)).collect(),
    }
}

struct Occurrence {
    word: &'static str,
    identifier: String,
    line: usize,
}

fn occurrences(source: &Source) -> Vec<Occurrence> {
    let mut collector = IdentifierCollector { occurrences: Vec::new() };
    source.items.iter().for_each(|item| collector.visit_item(item));
    collector.occurrences
}

/// How often each word occurs, the most frequent first.
fn word_counts<'a>(occurrences: impl Iterator<Item = &'a Occurrence>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    occurrences.for_each(|occurrence| *counts.entry(occurrence.word).or_default() += 1);
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| Reverse(count));
    let counts: Vec<String> =
        counts.iter().map(|(word, count)| format!("{word} {count}")).collect();
    counts.join(", ")
}

fn file_line(file: &str, occurrences: &[Occurrence]) -> String {
    let mut lines: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for occurrence in occurrences {
        lines.entry(&occurrence.identifier).or_default().insert(occurrence.line);
    }
    let identifiers: Vec<String> = lines
        .iter()
        .map(|(identifier, lines)| {
            let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
            format!("{identifier} ({})", lines.join(", "))
        })
        .collect();
    format!("{file} ×{}: {}", occurrences.len(), identifiers.join(", "))
}

/// Visits the names that a file defines. A name counts once, where it is defined.
struct IdentifierCollector {
    occurrences: Vec<Occurrence>,
}

impl IdentifierCollector {
    fn add_identifier(&mut self, ident: &Ident) {
        let identifier = ident.unraw().to_string();
        let line = ident.span().start().line;
        let parts = split_identifier(&identifier);
        let words = PRIVATE_WORDS.iter().filter(|word| parts.iter().any(|part| part == *word));
        self.occurrences.extend(words.map(|word| Occurrence {
            word,
            identifier: identifier.clone(),
            line,
        }));
    }
}

/// Visits each kind of definition, and what is defined inside it.
macro_rules! visit_definitions {
    ($($method:ident: $definition:ty),* $(,)?) => {
        impl<'ast> Visit<'ast> for IdentifierCollector {
            $(fn $method(&mut self, definition: &'ast $definition) {
                self.add_identifier(&definition.ident);
                visit::$method(self, definition);
            })*

            fn visit_field(&mut self, field: &'ast Field) {
                field.ident.iter().for_each(|ident| self.add_identifier(ident));
                visit::visit_field(self, field);
            }
        }
    };
}

// Patterns bind parameters, `let`s, arms and parameters of closures alike.
visit_definitions! {
    visit_signature: Signature,
    visit_item_struct: ItemStruct,
    visit_item_enum: ItemEnum,
    visit_item_union: ItemUnion,
    visit_item_trait: ItemTrait,
    visit_item_type: ItemType,
    visit_impl_item_type: ImplItemType,
    visit_trait_item_type: TraitItemType,
    visit_item_const: ItemConst,
    visit_item_static: ItemStatic,
    visit_impl_item_const: ImplItemConst,
    visit_trait_item_const: TraitItemConst,
    visit_variant: Variant,
    visit_item_mod: ItemMod,
    visit_pat_ident: PatIdent,
}

/// The lower-case parts of `snake_case` and `CamelCase`.
fn split_identifier(identifier: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut previous_is_lower = false;
    for letter in identifier.chars() {
        if letter == '_' || (letter.is_uppercase() && previous_is_lower) {
            parts.push(String::new());
        }
        if letter != '_' {
            parts.last_mut().unwrap().extend(letter.to_lowercase());
        }
        previous_is_lower = !letter.is_uppercase();
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::made_up_sources;

    #[test]
    fn identifiers_are_split_at_underscores_and_capitals() {
        assert_eq!(split_identifier("_known_hosts"), ["known", "hosts"]);
        assert_eq!(split_identifier("ToldName2Tell"), ["told", "name2", "tell"]);
        assert_eq!(split_identifier("KNOWN_HOSTS"), ["known", "hosts"]);
        assert_eq!(split_identifier("there"), ["there"]);
    }

    #[test]
    fn words_count_where_a_name_is_defined() {
        let text = "struct Told { said: u8, whoever: u8 }
                    fn tell(words: &[u8]) { let here = words; here.iter().map(|there| there); }
                    enum Kind { Known(Told) }";
        let finding = private_words(&made_up_sources(&[("lib.rs", text)]));
        assert_eq!(finding.figure, 7.0);
        assert_eq!(
            finding.offenders,
            ["crates/made/src/lib.rs ×7: Known (3), Told (1), here (2), said (1), tell (2), \
              there (2), words (2)"]
        );
    }
}
