//! Encryption at rest (T18): marked persons enter the register by every way that there is, and none of their values is found in
//! any form in any file; whatever is moved between sealed rows does not open.
//!
//! Not here: the ciphers and their published vectors (`nuan-domain`), nonces and rotation (`nuan-kernel`).

mod entry;
mod files;
mod rotation;
mod swaps;

use std::sync::Arc;

use nuan_domain::crypto::CryptoSuite;
use nuan_kernel::{Kernel, Keys, Surroundings};
use nuan_tests::installation::{Database, StillWorld, kernel_with, package, postgres};
use sqlx::migrate::MigrateDatabase;

/// Whether everything runs at full size.
fn is_long() -> bool {
    std::env::var_os("NUAN_LONG").is_some()
}

/// A kernel with the national rules and keys of a suite, whose checkpoints go to a file where there is a place for them.
async fn kernel(database: &Database, suite: CryptoSuite, outside: Option<std::path::PathBuf>) -> Kernel {
    let rules = vec![package("plugins/basic-living").unwrap()];
    let change = |setup: &mut nuan_kernel::Setup| {
        setup.keys = Keys::new(suite, scrambled(1), "test", scrambled(9));
        setup.outside.file = outside;
        setup.surroundings = Arc::new(Random(StillWorld::default()));
    };
    kernel_with(StillWorld::default(), rules, database, change).await.unwrap()
}

fn scrambled(seed: u64) -> [u8; 32] {
    let mut key = [0; 32];
    StillWorld::at(seed << 32).fill_random(&mut key);
    key
}

/// The still clock, and chance as the system gives it.
struct Random(StillWorld);

impl Surroundings for Random {
    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).unwrap();
    }
}

/// A database of its own on the test server, for keys and suites that other tests do not have. The server goes in the end, and
/// the database with it.
pub async fn fresh_postgres(name: &str) -> Database {
    let server = postgres().unwrap();
    let (server, options) = server.split_once('?').unwrap_or((&server, ""));
    let (server, _) = server.rsplit_once('/').unwrap();
    let address = format!("{server}/nuan_{name}_{}?{options}", std::process::id());
    sqlx::any::install_default_drivers();
    sqlx::Any::create_database(&address).await.unwrap();
    Database::at_address(&address).await.unwrap()
}
