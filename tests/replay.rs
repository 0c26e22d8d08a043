//! Replay: a determination is repeated to the byte after parameters, plugins and scripts have newer versions, and after
//! they are gone.

mod population;

use nuan_host::package::Package;
use nuan_kernel::{Actor, DeterminationRequest, Kernel};
use nuan_tests::installation::{Database, kernel, package, packages};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::Determination;
use serde_json::{Value, json};

/// Two adults of whom the county has established members and income, and everything the means test asks for.
fn household() -> Value {
    let document = std::fs::read_to_string(nuan_tests::root().join("tests/fixtures/household.json")).unwrap();
    serde_json::from_str(&document).unwrap()
}

async fn determined(kernel: &Kernel, as_of: &str) -> Determination {
    let actor = Actor::local_operator();
    let recorded = kernel.record_household(&actor, household(), None).await.unwrap();
    let request = DeterminationRequest { as_of: Date::parse(as_of).ok(), known_at: None };
    kernel.determine_household(&actor, recorded.body.id, request, None).await.unwrap().body
}

fn amount(determination: &Determination, name: &str) -> Option<i64> {
    determination.outputs.iter().find(|output| output.name == name)?.amount_fen
}

/// The plugins with a higher standard, a newer version of the milk allowance, and another sentence.
fn newer() -> Vec<Package> {
    let replaced = |package: &mut Package, path: &str, old: &str, new: &str| {
        let file = package.files.get_mut(path).unwrap();
        let text = String::from_utf8(file.clone()).unwrap();
        assert!(text.contains(old), "{path} has {old}");
        *file = text.replace(old, new).into_bytes();
    };
    let mut rules = package("plugins/basic-living").unwrap();
    replaced(&mut rules, "parameters/dibao_standard.yaml", "1216.00", "1300.00");
    let mut milk = package("examples/hangzhou-milk-allowance").unwrap();
    replaced(&mut milk, "plugin.toml", "version = \"1.0.0\"", "version = \"1.1.0\"");
    replaced(&mut milk, "rules.rhai", "monthly * children", "monthly * children + yuan(\"1.00\")");
    vec![rules, milk]
}

#[tokio::test]
async fn a_determination_is_repeated_to_the_byte_beside_newer_numbers_and_plugins() {
    let database = Database::sqlite("replay").await.unwrap();
    let actor = Actor::local_operator();
    let earlier = kernel(packages().unwrap(), &database).await.unwrap();
    let later = kernel(newer(), &database).await.unwrap();
    let gone = kernel(Vec::new(), &database).await.unwrap();
    for (as_of, output, then, after) in
        [("2022-09-01", "dibao.amount", 164_800, 190_000), ("2024-07-01", "hangzhou.milk.amount", 0, 100)]
    {
        let first = determined(&earlier, as_of).await;
        let now = determined(&later, as_of).await;
        assert_eq!((amount(&first, output), amount(&now, output)), (Some(then), Some(after)), "{as_of}");
        assert_ne!(now.digests.plugins, first.digests.plugins);
        for kernel in [&earlier, &later, &gone] {
            for determination in [&first, &now] {
                let id = determination.id.unwrap();
                let replayed = kernel.replay(&actor, id).await.unwrap();
                assert!(replayed.is_identical, "{replayed:?}");
                let read = kernel.determination(&actor, id).await.unwrap();
                assert_eq!(read.outputs, determination.outputs);
                assert_eq!(read.reasons, determination.reasons);
                assert_eq!(read.parameters, determination.parameters);
            }
        }
    }
}

#[tokio::test]
async fn every_act_is_in_the_log_and_an_untouched_log_verifies() {
    let database = Database::sqlite("untouched").await.unwrap();
    let kernel = kernel(packages().unwrap(), &database).await.unwrap();
    let first = determined(&kernel, "2022-09-01").await;
    let second = kernel.determination(&Actor::local_operator(), first.id.unwrap()).await.unwrap();
    assert_eq!(second.reasons, first.reasons);
    let seen = kernel.verify_audit(None, |_| {}).await.unwrap();
    assert_eq!((seen.leaves, seen.logs, seen.findings), (3, 1, Vec::new()));
}

#[test]
fn the_fixture_is_the_household_of_the_first_vector() {
    assert_eq!(household()["division"], json!("330106"));
}
