//! Two commands that rotate one key file: one at a time, and every key opens afterwards.

use nuan_kernel::Rotation;
use nuan_tests::installation::StillWorld;
use nuan_tests::program::Folder;
use serde_json::{Value, json};

use super::Random;

/// Commands that begin at once.
const AT_ONCE: usize = 4;

#[test]
fn of_two_rotations_at_once_the_second_is_refused_and_every_key_opens() {
    let folder = Folder::new("rotation").unwrap();
    let document = json!({ "division": "330106", "members": [{ "ref": "a", "name": "张三丰" }] });
    let file = folder.file("household.json", document.to_string()).unwrap();
    let recorded = folder.run(&["household", "record", file.to_str().unwrap(), "--format", "json"]).unwrap();
    let body: Value = serde_json::from_slice(&recorded.stdout).unwrap();
    let home = body["id"].as_str().unwrap().to_owned();
    let key_file = folder.path().join("nuan.key");
    let wraps = || std::fs::read_to_string(&key_file).unwrap().matches("wrap ").count();

    let under_way = Rotation::begin(&key_file, &Random(StillWorld::default())).unwrap();
    let refused = folder.run(&["keys", "rotate"]).unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(3) && said.contains("error[NU6006]"), "{said}");
    assert_eq!(wraps(), 2, "the second one did not touch the file");
    drop(under_way);

    let begun = (0..AT_ONCE).map(|_| folder.nuan(&["keys", "rotate"]).unwrap().spawn().unwrap());
    let begun: Vec<_> = begun.collect();
    let ended = begun.into_iter().map(|mut command| command.wait().unwrap().code().unwrap());
    let ended: Vec<i32> = ended.collect();
    assert!(ended.contains(&0) && ended.iter().all(|code| [0, 3].contains(code)), "{ended:?}");
    assert_eq!(wraps(), 1, "nothing lies under an old one");
    let shown = folder.run(&["household", "show", &home]).unwrap();
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
}
