//! The export of the audit logs, checked by the second verifier (Python, none of Nuan's code): it is accepted as it is, and
//! refused with any byte flipped (T16).

use std::path::Path;
use std::process::Command;

use nuan_kernel::{Actor, Kernel};
use nuan_tests::installation::{Database, kernel, package};
use nuan_tests::root;
use serde_json::json;

/// Acts of the export, in two counties.
const ACTS: usize = 200;
/// Bytes that are flipped in the short run, spread over the file.
const FLIPS: usize = 300;

/// Flips a bit in each of many bytes and prints those that the verifier accepts all the same, then how many were tried.
const FLIP: &str = r#"
import importlib.util, sys
spec = importlib.util.spec_from_file_location("audit_verifier", sys.argv[1])
verifier = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verifier)
data, key, flips = open(sys.argv[2], "rb").read(), verifier.Key(sys.argv[3]), int(sys.argv[4])
def accepts(data):
    try:
        lines = verifier.lines_of(data, [key], [0])
        next(lines)
        verifier.export(lines, [key])
        return True
    except (ValueError, LookupError, TypeError, RecursionError, SystemExit):
        return False
assert accepts(data)
step, tried = max(1, len(data) // flips), 0
for at in range(0, len(data), step):
    flipped = bytearray(data)
    flipped[at] ^= 1 << at % 7
    tried += 1
    if accepts(bytes(flipped)):
        print("accepted", at)
print("tried", tried)
"#;

/// Debian's Python is there, or the test fails with the command that brings it.
fn python(arguments: &[&str]) -> (bool, String) {
    let output = Command::new("python3").args(arguments).output();
    let output = output.expect("python3 is missing; install it with: apt-get install -y python3-minimal");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

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

/// The export as a file, and the key that it is checked with.
async fn exported(kernel: &Kernel, file: &Path) -> String {
    let mut text = String::new();
    let (count, key) = kernel
        .export_audit(|line| {
            text.push_str(line);
            text.push('\n');
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(usize::try_from(count).unwrap(), text.lines().count());
    std::fs::write(file, text).unwrap();
    key
}

#[tokio::test]
async fn an_export_is_verified_by_another_program_and_refused_with_any_byte_flipped() {
    let database = Database::sqlite("export").await.unwrap();
    let kernel = kernel(vec![package("plugins/basic-living").unwrap()], &database).await.unwrap();
    record(&kernel).await;
    let file = database.file().unwrap().with_extension("jsonl");
    let key = exported(&kernel, &file).await;
    let (verifier, file_name) = (root().join("tests/audit_verifier.py"), file.display().to_string());
    let verifier = verifier.display().to_string();

    let (is_fine, said) = python(&[&verifier, &file_name, "--key", &key]);
    assert!(is_fine && said.contains("ok: ") && said.contains("0 after the last checkpoint"), "{said}");
    let other = format!("{}A{}", &key[..key.len() - 2], &key[key.len() - 1..]);
    assert!(!python(&[&verifier, &file_name, "--key", &other]).0, "another key");

    let is_long_run = std::env::var_os("NUAN_LONG").is_some();
    let flips = if is_long_run { usize::MAX.to_string() } else { FLIPS.to_string() };
    let (is_fine, said) = python(&["-c", FLIP, &verifier, &file_name, &key, &flips]);
    assert!(is_fine && !said.contains("accepted"), "{said}");
    println!("T16 export, N {} bytes flipped, failures 0", said.trim().trim_start_matches("tried "));
    std::fs::remove_file(file).unwrap();
}
