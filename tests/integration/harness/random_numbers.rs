//! Numbers for soaks, which can be repeated.

/// Numbers that look random and come again with the same seed (xorshift).
pub(crate) struct RandomNumbers(u64);

impl RandomNumbers {
    /// That of `TIDEGATE_SEED`, else one of the clock.
    pub(crate) fn seed() -> u64 {
        let clock = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        number_of("TIDEGATE_SEED", u64::try_from(clock & 0xffff_ffff).unwrap())
    }

    pub(crate) fn new(seed: u64) -> Self {
        // Neighbouring seeds give neighbouring first numbers.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A number of the environment: soaks set more runs, and repeat a failure by its seed.
pub(crate) fn number_of(variable: &str, default: u64) -> u64 {
    let text = std::env::var(variable).ok();
    text.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable}: {text}")))
}
