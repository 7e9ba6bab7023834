use std::{cmp::Ordering, fmt};

/// The numbers of a version, `1.4.0` or `2026.06`, one to six of them, with the leading
/// zeros that some calendar versions have. Numbers that are missing count as zero, and
/// leading zeros do not count, as in PEP 440.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbers {
    values: [u64; Self::MOST],
    /// How many digits each number is written with, at least.
    widths: [u8; Self::MOST],
    count: usize,
}

impl Numbers {
    /// The highest number of numbers. Longer versions are not read.
    pub(crate) const MOST: usize = 6;

    pub(crate) const ZERO: Self = Self::three(0, 0, 0);

    pub(crate) const fn three(major: u64, minor: u64, patch: u64) -> Self {
        Self { values: [major, minor, patch, 0, 0, 0], widths: [0; Self::MOST], count: 3 }
    }

    /// The numbers that a text starts with: `2026.06` of `2026.06.dev1`. `None` when
    /// there are none, too many, or too large ones.
    pub(crate) fn from_prefix(text: &str) -> Option<Self> {
        let mut numbers = Self { count: 0, ..Self::ZERO };
        for part in text.split('.') {
            let digits = &part[..part.bytes().take_while(u8::is_ascii_digit).count()];
            if digits.is_empty() {
                break;
            }
            let index = numbers.count;
            *numbers.values.get_mut(index)? = digits.parse().ok()?;
            let padded = digits.len() > 1 && digits.starts_with('0');
            numbers.widths[index] = if padded { digits.len().try_into().ok()? } else { 0 };
            numbers.count += 1;
            if digits.len() < part.len() {
                break;
            }
        }
        (numbers.count > 0).then_some(numbers)
    }

    pub(crate) fn as_slice(&self) -> &[u64] {
        &self.values[..self.count]
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The number at this position, zero when it is not written.
    pub(crate) fn get(&self, index: usize) -> u64 {
        self.values.get(index).copied().unwrap_or(0)
    }

    /// The number at this position as it is written.
    pub(crate) fn text(&self, index: usize) -> String {
        let width = self.widths.get(index).copied().unwrap_or(0);
        format!("{:0width$}", self.get(index), width = usize::from(width))
    }

    pub(crate) fn is_padded(&self) -> bool {
        self.widths.iter().any(|&width| width > 0)
    }

    /// The same without leading zeros where the other has a number of one digit and no zero
    /// before it. A number of two digits does not show whether shorter ones have a zero.
    pub(crate) fn padded_like(&self, other: &Self) -> Self {
        let mut padded = *self;
        for (index, &number) in other.as_slice().iter().enumerate() {
            if number < 10 && other.widths[index] == 0 {
                padded.widths[index] = 0;
            }
        }
        padded
    }

    /// The same with one number raised and those after it zero. `None` when it is
    /// not written or cannot be higher.
    pub(crate) fn raised(&self, index: usize) -> Option<Self> {
        let mut raised = *self;
        raised.values[index] = self.as_slice().get(index)?.checked_add(1)?;
        raised.values[index + 1..].fill(0);
        Some(raised)
    }

    /// The same, written with so many numbers.
    pub(crate) fn with_count(&self, count: usize) -> Self {
        let mut resized = *self;
        resized.count = count.clamp(1, Self::MOST);
        resized.values[resized.count..].fill(0);
        resized.widths[resized.count..].fill(0);
        resized
    }

    /// Whether everything from this position on is zero.
    pub(crate) fn is_zero_from(&self, index: usize) -> bool {
        self.values[index..].iter().all(|&number| number == 0)
    }

    /// As PEP 440 normalises them: without leading zeros.
    pub(crate) fn normalized(&self) -> String {
        self.as_slice().iter().map(u64::to_string).collect::<Vec<_>>().join(".")
    }
}

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = (0..self.count).map(|index| self.text(index)).collect();
        f.write_str(&texts.join("."))
    }
}

impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl Eq for Numbers {}

impl std::hash::Hash for Numbers {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.values.hash(state);
    }
}

impl PartialOrd for Numbers {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Numbers {
    fn cmp(&self, other: &Self) -> Ordering {
        self.values.cmp(&other.values)
    }
}
