//! The table of sabotage controls still fits the sources: what a control breaks stands there, once, and the test that has to
//! notice is named. `cargo xtask sabotage` runs them.

use nuan_tests::root;

#[test]
fn every_control_breaks_something_that_is_there() {
    let table: toml::Table =
        toml::from_str(&std::fs::read_to_string(root().join("tests/sabotage.toml")).unwrap()).unwrap();
    let controls = table["control"].as_array().unwrap();
    assert!(!controls.is_empty());
    for control in controls {
        let text = |key: &str| control[key].as_str().unwrap();
        let source = std::fs::read_to_string(root().join(text("file"))).unwrap();
        assert_eq!(source.matches(text("find")).count(), 1, "{}", text("id"));
        assert_ne!(text("find"), text("replace"), "{}", text("id"));
        assert!(control["test"].as_array().unwrap().len() > 2, "{}", text("id"));
    }
}
