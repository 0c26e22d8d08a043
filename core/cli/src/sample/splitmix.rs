//! Random numbers that are the same everywhere and for ever: SplitMix64 (Steele, Lea and Flood, 2014).
//!
//! Not for secrets. A library's generator may change between versions; a sample must not.

/// A stream of numbers.
#[derive(Debug)]
pub struct SplitMix(u64);

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl SplitMix {
    /// The stream of a key. Streams of different keys have nothing to do with each other.
    pub fn of(seed: u64, key: &str, number: u64) -> Self {
        let named = key.bytes().fold(mixed(seed), |state, byte| mixed(state ^ u64::from(byte)));
        Self(mixed(named ^ mixed(number.wrapping_add(STEP))))
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// A number below `bound`; 0 where there is none.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The upper half of the product: uniform but for one part in 2^64 / bound.
        let product = u128::from(self.next()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or_default()
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        least.saturating_add_unsigned(self.below(most.abs_diff(least).saturating_add(1)))
    }

    /// One of several, each as often as its weight says.
    pub fn choose<T>(&mut self, mut all: impl Iterator<Item = T> + Clone, weight: impl Fn(&T) -> u64) -> Option<T> {
        let mut rest = self.below(all.clone().map(|one| weight(&one)).sum());
        all.find(|one| {
            let weight = weight(one);
            let found = rest < weight;
            rest = rest.saturating_sub(weight);
            found
        })
    }

    /// One of several, each as often as any other.
    pub fn any<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        self.choose(all.iter(), |_| 1)
    }

    /// The numbers below `count` in some order (Fisher and Yates).
    pub fn shuffled(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for end in (1..count).rev() {
            let other = self.below(u64::try_from(end).unwrap_or(u64::MAX).saturating_add(1));
            order.swap(end, usize::try_from(other).unwrap_or(end));
        }
        order
    }
}

const fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_published_algorithm() {
        let mut stream = SplitMix(1_234_567);
        let first = [stream.next(), stream.next(), stream.next()];
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn weights_and_bounds_are_kept() {
        let mut stream = SplitMix::of(1, "weights", 0);
        let drawn: Vec<u64> =
            (0..10_000).filter_map(|_| stream.choose([0, 1, 3].into_iter(), |weight| *weight)).collect();
        let threes = drawn.iter().filter(|one| **one == 3).count();
        assert!(drawn.len() == 10_000 && !drawn.contains(&0) && (7_300..7_700).contains(&threes), "{threes}");
        assert!((0..1_000).map(|_| stream.between(-2, 2)).all(|one| (-2..=2).contains(&one)));
        assert_eq!((stream.below(0), stream.below(1), stream.any::<u8>(&[])), (0, 0, None));
    }

    #[test]
    fn a_shuffle_keeps_everyone() {
        let mut order = SplitMix::of(7, "shuffle", 3).shuffled(1_000);
        assert_ne!(order, (0..1_000).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..1_000).collect::<Vec<_>>());
    }
}
