//! The export of the audit logs, checked by two verifiers that share no code: it is accepted as it is, and refused by both
//! with any byte flipped (T16).

use std::sync::Arc;

use nuan_domain::audit::offline::{Trusted, check_export};
use nuan_kernel::{Actor, Kernel, Outside, Witnesses};
use nuan_tests::installation::{Database, ORIGIN, kernel_outside};
use nuan_tests::witnesses::{Beside, log_key, witness};
use serde_json::json;

use crate::verifiers::{Scratch, exported, python, second_verifier, verdict};

/// Acts of the export, in two counties.
const ACTS: usize = 200;
/// Bytes that are flipped in the short run, spread over the file.
const FLIPS: usize = 300;

/// Flips a bit in each of many bytes and prints those that the verifier accepts all the same, then how many were tried.
const FLIP: &str = r#"
import importlib.util, sys
spec = importlib.util.spec_from_file_location("audit_verifier", sys.argv[1])
verifier = importlib.util.module_from_spec(spec)
sys.dont_write_bytecode = True
spec.loader.exec_module(verifier)
data, step = open(sys.argv[2], "rb").read(), int(sys.argv[3])
keys = [verifier.Key(key) for key in sys.argv[4:]]
def accepts(data):
    try:
        verifier.export(verifier.lines_of(data, keys, [0]), keys)
        return True
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, SystemExit):
        return False
assert accepts(data)
tried = 0
for at in range(0, len(data), step):
    flipped = bytearray(data)
    flipped[at] ^= 1 << at % 7
    tried += 1
    if accepts(bytes(flipped)):
        print("accepted", at)
print("tried", tried)
"#;

async fn record(kernel: &Kernel) {
    for n in 0..ACTS {
        let division = if n % 3 == 0 { "330106" } else { "330402" };
        let document = json!({ "division": division, "members": [{ "ref": "a" }] });
        kernel.record_household(&Actor::local_operator(), document, None).await.unwrap();
        if n % 50 == 0 {
            kernel.publish_checkpoint().await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_accepted_by_two_verifiers_and_refused_with_any_byte_flipped() {
    let database = Database::sqlite("export").await.unwrap();
    let beside = Beside(witness("witness.example", 5).await.unwrap());
    let cosigner = beside.0.key().clone();
    let witnesses = Witnesses { asked: vec![Arc::new(beside)], quorum: 1 };
    let outside = Outside { origin: ORIGIN.to_owned(), file: None, witnesses };
    let kernel = kernel_outside(outside, &database).await.unwrap();
    record(&kernel).await;
    let (export, log) = (exported(&kernel).await.unwrap(), log_key().unwrap());
    let said = verdict(&export, &log, std::slice::from_ref(&cosigner), None).unwrap();
    assert!(said.starts_with("ok: ") && said.ends_with("0 after the last checkpoint"), "{said}");
    assert!(verdict(&export, &log, &[], None).is_ok(), "a reader need not know the witness");
    assert!(verdict(&export, &cosigner, &[], None).is_err(), "another key");

    let is_long_run = std::env::var_os("NUAN_LONG").is_some();
    let step = if is_long_run { 1 } else { export.len().div_euclid(FLIPS) };
    let (trusted, mut bytes) = (Trusted::new(log.clone(), vec![cosigner.clone()]), export.clone().into_bytes());
    let mut tried = 0;
    for at in (0..bytes.len()).step_by(step) {
        let bit = 1 << (at % 7);
        bytes[at] ^= bit;
        assert!(check_export(&bytes, &trusted, None).is_err(), "byte {at}");
        bytes[at] ^= bit;
        tried += 1;
    }
    let file = Scratch::new("flips");
    std::fs::write(&file.0, &bytes).unwrap();
    let (program, name, keys) = (second_verifier(), file.name(), [log.to_string(), cosigner.to_string()]);
    let (is_fine, said) = python(&["-c", FLIP, &program, &name, &step.to_string(), &keys[0], &keys[1]]);
    assert!(is_fine && said.trim() == format!("tried {tried}"), "{said}");
    println!("T16a flipped bytes of an export, seed 0, N {tried} by each of two verifiers, failures 0");
}
