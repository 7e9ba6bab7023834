/// A number of bytes for people, in powers of 1000 as `docker images` has them.
#[must_use]
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if number < 1000 {
        return format!("{number} B");
    }
    let mut unit = 0;
    // Rounding must not give `1000 kB`.
    let mut scaled = number as f64 / 1000.0;
    while scaled >= 999.5 && unit + 1 < UNITS.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    let digits = if scaled < 9.995 { 2 } else { usize::from(scaled < 99.95) };
    format!("{scaled:.digits$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn three_digits_are_shown_in_the_unit_that_fits() {
        let shown = [0, 999, 1000, 12_345, 999_499, 999_999, 4_200_000, u64::MAX].map(bytes);
        let expected =
            ["0 B", "999 B", "1.00 kB", "12.3 kB", "999 kB", "1.00 MB", "4.20 MB", "18.4 EB"];
        assert_eq!(shown, expected);
    }
}
