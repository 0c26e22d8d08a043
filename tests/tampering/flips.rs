//! One bit is flipped anywhere in the database, in its write-ahead log, or in the checkpoint outside: verification fails, or
//! the export is identical (T16).

use std::path::Path;

use nuan_tests::installation::scrambled;

use super::ground::{Ground, with_ending};

/// Flips in the short run and at full size.
const FLIPS: [u64; 2] = [500, 5_000];
/// Acts of the register.
const ACTS: usize = 60;

/// What became of a flip.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// It could not be opened or read, or something was found.
    Found,
    /// Nothing was found, and the export is what it was.
    Identical,
    /// Nothing was found, and the export is another.
    Silent,
}

fn flip(file: &Path, number: u64) -> u64 {
    let mut bytes = std::fs::read(file).unwrap();
    let bits = u64::try_from(bytes.len()).unwrap() * 8;
    let bit = scrambled(number) % bits;
    bytes[usize::try_from(bit.div_euclid(8)).unwrap()] ^= 1 << (bit % 8);
    std::fs::write(file, bytes).unwrap();
    bit
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_is_found_or_changes_nothing_that_is_exported() {
    let is_long_run = std::env::var_os("NUAN_LONG").is_some();
    let flips = if is_long_run { FLIPS[1] } else { FLIPS[0] };
    let mut ground = Ground::new("flips").await;
    ground.record(ACTS, 7).await;
    // Once as it is after a power cut, with all that is recorded in the write-ahead log, and once closed.
    let cut = ground.copy("cut");
    ground.close().await;
    let closed = ground.copy("closed");
    let outside = std::fs::read_to_string(&ground.outside.0).unwrap();
    let (findings, export) = closed.verify(Some(&outside)).await.unwrap();
    assert_eq!(findings, []);
    let export = export.unwrap();
    assert!(with_ending(&cut.0, "-wal").metadata().unwrap().len() > 100_000);

    let mut counts = [0_u64; 3];
    for number in 0..flips {
        let kept = crate::verifiers::Scratch::new("kept");
        std::fs::write(&kept.0, &outside).unwrap();
        let copy = if number % 8 < 4 { closed.again("flipped") } else { cut.again("flipped") };
        let file = match number % 8 {
            0..=3 => copy.0.clone(),
            4..=6 => with_ending(&copy.0, "-wal"),
            _ => kept.0.clone(),
        };
        let bit = flip(&file, number);
        let kept = std::fs::read(&kept.0).unwrap();
        let kept = String::from_utf8_lossy(&kept);
        let outcome = match copy.verify(Some(&kept)).await {
            Err(_) => Outcome::Found,
            Ok((findings, Ok(_))) if !findings.is_empty() => Outcome::Found,
            Ok((_, Err(_))) => Outcome::Found, // an export that fails says so
            Ok((_, Ok(same))) if same == export => Outcome::Identical,
            Ok(_) => Outcome::Silent,
        };
        assert_ne!(outcome, Outcome::Silent, "flip {number}, bit {bit} of {}", file.display());
        counts[usize::from(outcome == Outcome::Identical)] += 1;
    }
    let [found, identical, silent] = counts;
    assert!(found > flips.div_euclid(10), "{found} of {flips}");
    println!("T16b flipped bits, seed 0, N {flips}, found {found}, identical {identical}, failures {silent}");
}
