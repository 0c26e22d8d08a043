//! The real clock and the machine's randomness: the only place of the CLI that holds them.

use nuan_kernel::Surroundings;

/// This machine.
pub struct RealWorld;

impl Surroundings for RealWorld {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        // Without randomness no key and no id is safe: nothing can go on.
        if let Err(error) = getrandom::fill(bytes) {
            tracing::error!(%error, "The machine gives no random bytes; nuan stops.");
            std::process::exit(3);
        }
    }
}
