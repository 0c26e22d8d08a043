//! Time and chance, passed in. Only `api` and `cli` hold the real ones; a test holds its own.

use std::sync::Arc;

use jiff::Timestamp;
use nuan_vocabulary::date::Date;
use uuid::Uuid;

/// What the kernel asks of the world outside. A trait because a test cannot use the real clock.
pub trait Surroundings: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
    /// Random bytes that nobody can guess.
    fn fill_random(&self, bytes: &mut [u8]);
}

/// The surroundings as they are shared.
pub type Shared = Arc<dyn Surroundings>;

/// An id that sorts by time (UUID version 7).
pub fn new_uuid(surroundings: &dyn Surroundings) -> Uuid {
    let mut random = [0; 10];
    surroundings.fill_random(&mut random);
    let millis = u64::try_from(surroundings.now().as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// An instant as stores and leaves write it: RFC 3339, UTC, microseconds.
pub fn instant_text(instant: Timestamp) -> String {
    format!("{instant:.6}")
}

/// The civil date in China, which keeps one time zone without summer time since 1992.
pub fn today(now: Timestamp) -> Date {
    let local = jiff::tz::Offset::constant(8).to_datetime(now);
    Date::from(local.date())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(i64);
    impl Surroundings for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::from_millisecond(self.0).unwrap()
        }
        fn fill_random(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn ids_sort_by_time_and_instants_as_text() {
        assert!(new_uuid(&Fixed(1_000)) < new_uuid(&Fixed(2_000)));
        assert_eq!(today(Fixed(1_661_961_600_000).now()).to_string(), "2022-09-01");
        assert_eq!(today(Fixed(1_661_961_599_000).now()).to_string(), "2022-08-31");
        assert_eq!(instant_text(Fixed(1_662_019_200_000).now()), "2022-09-01T08:00:00.000000Z");
    }
}
