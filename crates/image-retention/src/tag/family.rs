use std::fmt;

/// Tags that differ in nothing but the version: the text before it and the variant
/// after it. A `v` before the digits belongs to neither.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Family {
    prefix: String,
    variant: String,
    /// Its versions are plain numbers, beside a family of versions with dots.
    has_plain_numbers: bool,
}

impl Family {
    pub(super) fn new(prefix: &str, variant: String) -> Self {
        Self { prefix: prefix.to_owned(), variant, has_plain_numbers: false }
    }

    /// Turns it into the family of plain numbers beside this one.
    pub(crate) fn set_plain_numbers(&mut self) {
        self.has_plain_numbers = true;
    }

    /// The tag that moves with its versions: `cron` for `cron-0.9.1`.
    pub(crate) fn floating_tag(&self) -> &str {
        self.prefix.trim_end_matches(['-', '_'])
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}*{}", self.prefix, self.variant)
    }
}
