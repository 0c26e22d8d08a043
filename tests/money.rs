//! Money is exact (T24): random sums, products and roundings against whole numbers that cannot overflow; parts that are the whole;
//! and no float in any crate of the kernel.

use std::collections::BTreeSet;

use nuan_tests::installation::scrambled;
use nuan_tests::{kept_files, text};
use nuan_vocabulary::fen::{Fen, OutOfRange, Ratio, Rounding};

const LIMIT: i128 = (1 << 53) - 1;
const MILLION: i128 = 1_000_000;
const ROUNDINGS: [(Rounding, i128); 3] = [(Rounding::UpToFen, 1), (Rounding::UpToJiao, 10), (Rounding::UpToYuan, 100)];

/// Numbers that look random and follow from a seed.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        scrambled(self.0)
    }

    /// A number of any size: as many small ones as large ones, and those at the edges.
    fn number(&mut self) -> i64 {
        let bits = self.next() % 65;
        let number = if bits == 0 { 0 } else { self.next() >> (64 - bits) };
        let number = i64::from_ne_bytes(number.to_ne_bytes());
        let limit = i64::try_from(LIMIT).unwrap();
        match self.next() % 32 {
            0 => limit - number.rem_euclid(3),
            1 => -limit + number.rem_euclid(3),
            2 => [i64::MAX, i64::MIN, limit + 1, -limit - 1][usize::try_from(self.next() % 4).unwrap()],
            _ => number,
        }
    }
}

/// The amount, if it is one; anything else must be an error.
fn amount(exact: Option<i128>) -> Result<i64, OutOfRange> {
    let held = exact.filter(|exact| (-LIMIT..=LIMIT).contains(exact));
    held.map(|exact| i64::try_from(exact).unwrap()).ok_or(OutOfRange)
}

/// Up to the next multiple of the unit; a divisor that is no count of parts has no answer.
fn rounded_up(dividend: i128, divisor: i128, unit: i128) -> Option<i128> {
    let step = divisor * unit;
    (step > 0).then(|| (dividend.div_euclid(step) + i128::from(dividend.rem_euclid(step) != 0)) * unit)
}

/// What is out of range on the way may be refused though the end would not be; never is another number given.
#[track_caller]
fn check(what: &str, seen: Result<Fen, OutOfRange>, exact: Option<i128>, is_held_on_the_way: bool) -> usize {
    let expected = amount(exact);
    match seen.map(Fen::get) {
        Err(_) if !is_held_on_the_way => {}
        seen => assert_eq!(seen, expected, "{what}"),
    }
    1
}

fn in_i64(number: i128) -> bool {
    i64::try_from(number).is_ok()
}

fn one_case(draw: &mut Draw) -> usize {
    let (a, b) = (draw.number(), draw.number());
    let (x, y) = (i128::from(a), i128::from(b));
    let (one, other) = (Fen::new(a), Fen::new(b));
    let (rounding, unit) = ROUNDINGS[usize::try_from(draw.next() % 3).unwrap()];
    let what = format!("{a} {b} {rounding:?}");
    let mut checked = check(&what, one.plus(other), Some(x + y), in_i64(x + y));
    checked += check(&what, one.minus(other), Some(x - y), in_i64(x - y));
    checked += check(&what, one.times(b), Some(x * y), in_i64(x * y));
    checked += check(&what, one.divide(b, rounding), rounded_up(x, y, unit), in_i64(y * unit));
    let ratio = Ratio::from_millionths(b);
    let share = one.times_ratio(ratio);
    assert_eq!(share.is_ok(), in_i64(x * y), "{what}");
    let Ok(share) = share else { return checked };
    checked += check(&what, share.round(rounding), rounded_up(x * y, MILLION, unit), true);
    let parts = draw.number() % 1_000;
    let expected = rounded_up(x * y, MILLION * i128::from(parts), unit);
    checked + check(&what, share.divide(parts, rounding), expected, true)
}

/// A whole in parts: what the parts lack or exceed is the remainder and nothing else.
fn parts_are_the_whole(draw: &mut Draw) {
    let whole = Fen::new(draw.number() % 1_000_000_000_000);
    let count = i64::try_from(draw.next() % 400).unwrap() + 1;
    let (rounding, unit) = ROUNDINGS[usize::try_from(draw.next() % 3).unwrap()];
    let part = whole.divide(count, rounding).unwrap();
    let excess = i128::from(part.times(count).unwrap().minus(whole).unwrap().get());
    assert!((0..i128::from(count) * unit).contains(&excess), "{whole} in {count} parts {rounding:?}: {excess}");

    let cuts: BTreeSet<i64> = (0..draw.next() % 12).map(|_| draw.number().rem_euclid(whole.get().abs() + 1)).collect();
    let ends: Vec<i64> = [0].into_iter().chain(cuts).chain([whole.get().abs()]).collect();
    let pieces = ends.windows(2).map(|pair| Fen::new(pair[1]).minus(Fen::new(pair[0])).unwrap());
    let sum = pieces.fold(Fen::ZERO, |sum, piece| sum.plus(piece).unwrap());
    assert_eq!(sum.get(), whole.get().abs(), "the sum of the parts is the whole");
    assert_eq!(Fen::parse_yuan(&whole.to_string()), Ok(whole));
}

#[test]
fn a_million_cases_are_exact_or_refused() {
    let seed = jiff::Timestamp::now().as_microsecond().cast_unsigned();
    let cases = if std::env::var_os("NUAN_LONG").is_some() { 1_000_000 } else { 100_000 };
    println!("T24 money, seed {seed}, N {cases}");
    let mut draw = Draw(seed);
    let mut checked = 0;
    for _ in 0..cases {
        checked += one_case(&mut draw);
        parts_are_the_whole(&mut draw);
    }
    println!("T24 money, seed {seed}, N {checked} results of {cases} cases, failures 0");
    assert!(checked > 4 * cases);
}

#[test]
fn a_sum_that_wrapped_would_be_seen() {
    let wrapped = Fen::new(i64::MAX.wrapping_add(i64::MAX));
    let (exact, held) = (i128::from(i64::MAX) * 2, false);
    assert!(std::panic::catch_unwind(|| check("wrapped", Ok(wrapped), Some(exact), held)).is_err());
    assert!(std::panic::catch_unwind(|| check("a fen too little", Ok(Fen::new(6)), Some(7), true)).is_err());
}

/// What a manifest says to floats: its own table, or that of the workspace.
fn denies_floats(manifest: &str, workspace: &toml::Table) -> bool {
    let manifest: toml::Table = manifest.parse().unwrap();
    let Some(lints) = manifest.get("lints") else { return false };
    let inherits = lints.get("workspace").and_then(toml::Value::as_bool) == Some(true);
    let table = if inherits { &workspace["workspace"]["lints"] } else { lints };
    table.get("clippy").and_then(|clippy| clippy.get("float_arithmetic")).and_then(toml::Value::as_str) == Some("deny")
}

#[test]
fn every_core_crate_denies_float_arithmetic() {
    let (_, root) = text(&nuan_tests::root().join("Cargo.toml")).unwrap();
    let workspace: toml::Table = root.parse().unwrap();
    let manifests = kept_files("core").unwrap().into_iter().filter(|path| path.ends_with("Cargo.toml"));
    let manifests: Vec<(String, String)> = manifests.map(|path| text(&path).unwrap()).collect();
    assert!(manifests.len() >= 8, "{}", manifests.len());
    let open = manifests.iter().filter(|(_, manifest)| !denies_floats(manifest, &workspace)).map(|(name, _)| name);
    assert_eq!(open.collect::<Vec<_>>(), Vec::<&String>::new());
    for open in [
        "[package]\nname = \"x\"",
        "[lints.clippy]\nunwrap_used = \"deny\"",
        "[lints.clippy]\nfloat_arithmetic = \"warn\"",
    ] {
        assert!(!denies_floats(open, &workspace), "{open}");
    }
}
