//! What a household costs before any rule runs: reading its document, and laying 2,048 of them out as columns; and what a
//! leaf costs in the audit tree.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nuan_domain::audit::Frontier;
use nuan_domain::audit::proof::leaf_hash;
use nuan_domain::crypto::CryptoSuite;
use nuan_domain::document::HouseholdDocument;
use nuan_domain::facts::{FactTable, Wanted};
use nuan_domain::schema::Schema;
use nuan_vocabulary::catalogue::Catalogue;
use nuan_vocabulary::date::Date;

/// Households of one batch.
const BATCH: usize = 2_048;

type Failed = Box<dyn std::error::Error>;

/// The project's catalogue.
fn schema() -> Result<Schema, Failed> {
    let mut catalogue = Catalogue::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/catalogue");
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            catalogue.merge(serde_saphyr::from_str(&std::fs::read_to_string(path)?)?)?;
        }
    }
    Ok(Schema::new(catalogue)?)
}

fn document() -> Result<Vec<u8>, Failed> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/household.json");
    Ok(std::fs::read(file)?)
}

fn households(criterion: &mut Criterion) {
    if let Err(failed) = measure(criterion) {
        std::panic::resume_unwind(Box::new(failed.to_string()));
    }
}

fn measure(criterion: &mut Criterion) -> Result<(), Failed> {
    let (schema, bytes) = (schema()?, document()?);
    let mut group = criterion.benchmark_group("households");
    group.throughput(Throughput::Bytes(u64::try_from(bytes.len())?));
    group.bench_function("parse", |bencher| bencher.iter(|| HouseholdDocument::parse(black_box(&bytes), &schema)));

    let parsed = HouseholdDocument::parse(&bytes, &schema)?;
    let documents: Vec<&HouseholdDocument> = std::iter::repeat_n(&parsed, BATCH).collect();
    let mut wanted = Wanted::none(&schema);
    for name in schema.catalogue().facts.keys() {
        if let Some(fact) = schema.fact(name) {
            wanted.add(fact, &schema);
        }
    }
    let as_of = Date::parse("2025-09-01")?;
    group.throughput(Throughput::Elements(u64::try_from(BATCH)?));
    group.bench_function("columns", |bencher| {
        bencher.iter(|| FactTable::build(&schema, black_box(&documents), as_of, jiff::Timestamp::MAX, &wanted));
    });
    group.finish();
    Ok(())
}

fn audit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("audit");
    group.throughput(Throughput::Elements(1));
    let leaf = "x".repeat(400);
    for suite in CryptoSuite::ALL {
        let mut frontier = Frontier::empty(suite);
        let push = |frontier: &mut Frontier| frontier.push(leaf_hash(suite, black_box(leaf.as_bytes()))).count();
        group.bench_function(format!("append, {}", suite.name()), |bencher| bencher.iter(|| push(&mut frontier)));
    }
    group.finish();
}

criterion_group!(benches, households, audit);
criterion_main!(benches);
