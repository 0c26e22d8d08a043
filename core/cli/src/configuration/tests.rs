//! The layers over each other, and every mistake with its place.

use super::*;
use crate::commands;

fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

/// A file, read as one that `--config` names.
fn read(text: &str, pairs: &[(&str, &str)]) -> Configuration {
    let path = std::env::temp_dir().join(format!("nuan-configuration-{}-{:p}.toml", std::process::id(), text));
    std::fs::write(&path, text).unwrap();
    let arguments = [OsString::from("nuan"), OsString::from("--config"), path.clone().into_os_string()];
    let configuration = Configuration::read(&arguments, &variables(pairs));
    std::fs::remove_file(path).unwrap();
    configuration
}

/// Mistakes as `line:column code what (mend)`.
fn mistakes(configuration: &Configuration) -> Vec<String> {
    let place = |path: &str| path.rsplit_once(".toml:").map_or(path, |(_, place)| place).to_owned();
    let shown = |mistake: &Diagnostic| {
        let hint = mistake.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{} {} {}{hint}", place(&mistake.path), mistake.code, mistake.detail)
    };
    configuration.mistakes.iter().map(shown).collect()
}

#[test]
fn every_mistake_is_named_at_once_with_its_place() {
    let text = "profil = \"production\"\n[serve]\nlisten = \"暖\"\ndrain_seconds = \"3\"\n[storage]\n  databse = 3\n\
                key_store = [\"a\"]\n[keys]\nsuite = \"sm\"\n[plugin]\nfolders = \"a\"\n[audit]\norigin = \"\"\n";
    let both = [("NUAN__KEYS__FIEL", "x"), ("NUAN__AUDIT__ORIGIN", "a"), ("NUAN_ORIGIN", "b"), ("NUAN_LISTEN", "1")];
    assert_eq!(
        mistakes(&read(text, &both)),
        [
            "1:1 NU1103 there is no table and no key `profil` (did you mean `profile`?)",
            "3:10 NU1105 `serve.listen`: write an address with a port, such as `127.0.0.1:8080`",
            "4:17 NU1104 `serve.drain_seconds` is a whole number without quotes",
            "6:3 NU1103 the table `storage` has no key `databse` (did you mean `storage.database`?)",
            "7:13 NU1104 `storage.key_store` is a text in quotes",
            "9:9 NU1105 `keys.suite`: `sm` is not a cryptographic suite; `international` and `guo-mi` are",
            "10:2 NU1103 there is no table and no key `plugin` (did you mean `plugins`?)",
            "13:10 NU1105 `audit.origin`: the value is empty",
            "NUAN_LISTEN NU1105 write an address with a port, such as `127.0.0.1:8080`",
            "NUAN__AUDIT__ORIGIN NU1106 NUAN_ORIGIN gives the same setting; keep one of the two",
            "NUAN__KEYS__FIEL NU1103 there is no setting of this name (did you mean `NUAN__KEYS__FILE`?)",
        ]
    );
}

#[test]
fn what_is_no_toml_is_refused_with_its_place_and_the_rest_is_read() {
    let found = mistakes(&read("[storage\ndatabase = \"a\"\n[keys]\nfile = \nsuit = \"guo-mi\"\n", &[]));
    assert!(found.iter().any(|mistake| mistake.starts_with("1:")), "{found:?}");
    assert!(found.iter().any(|mistake| mistake.starts_with("4:")), "{found:?}");
    assert!(found.iter().any(|mistake| mistake.contains("did you mean `keys.suite`?")), "{found:?}");
}

#[test]
fn a_named_file_that_is_not_there_is_a_mistake_and_a_password_is_in_no_mistake() {
    let arguments = ["nuan", "--config=nowhere/nuan.toml"].map(OsString::from);
    assert_eq!(Configuration::read(&arguments, &[]).mistakes.first().unwrap().code, "NU1101");
    let named = Configuration::read(&["nuan".into()], &variables(&[("NUAN_CONFIG", "nowhere/nuan.toml")]));
    assert_eq!(named.mistakes.first().unwrap().code, "NU1101");
    let text = "[storage]\ndatabase = \"mysql://nuan:s3cret@db/nuan\"\n";
    let found = mistakes(&read(text, &[("NUAN_KEY_STORE", "oracle://nuan:s3cret@db")]));
    assert_eq!(found.len(), 2);
    assert!(!format!("{found:?}").contains("s3cret"));
}

/// The value of `--database` for `nuan config show`, and where it came from.
fn database(file: &str, pairs: &[(&str, &str)], flags: &[&str]) -> (String, Origin) {
    let configuration = read(file, pairs);
    assert_eq!(mistakes(&configuration), Vec::<String>::new());
    let words = ["nuan", "config", "show"].iter().chain(flags);
    let mut command = configuration.applied(commands());
    let matches = command.try_get_matches_from_mut(words).unwrap();
    configuration.settle(&command, &matches);
    let shown = configuration.shown().iter().find(|shown| shown.setting.key == "storage.database").unwrap();
    (shown.values.join(":"), shown.origin.clone())
}

#[test]
fn flags_stand_over_variables_and_variables_over_the_file() {
    let file = "\n[storage]\ndatabase = \"a\"\n";
    let (value, origin) = database("", &[], &[]);
    assert_eq!((value.as_str(), origin), ("nuan.sqlite", Origin::Default));
    let (value, origin) = database(file, &[], &[]);
    assert!(matches!(origin, Origin::File { line: 3, .. }) && value == "a");
    let variable = [("NUAN__STORAGE__DATABASE", "postgres://nuan:s3cret@db/nuan")];
    let (value, origin) = database(file, &variable, &[]);
    assert_eq!(value, "postgres://nuan:[redacted]@db/nuan");
    assert_eq!(origin, Origin::Variable { name: "NUAN__STORAGE__DATABASE".to_owned() });
    assert_eq!(database(file, &variable, &["--database", "c"]), ("c".to_owned(), Origin::Flag));
}

/// Every flag that reads a variable is a setting, and every setting is a flag: `config show` leaves nothing out.
#[test]
fn the_settings_are_those_of_the_commands() {
    let mut flags: Vec<(String, String)> = Vec::new();
    let mut waiting = vec![commands()];
    while let Some(command) = waiting.pop() {
        let with_variable = command.get_arguments().filter_map(|argument| {
            Some((argument.get_id().to_string(), argument.get_env()?.to_string_lossy().into_owned()))
        });
        flags.extend(with_variable.filter(|(_, variable)| variable != VARIABLE));
        waiting.extend(command.get_subcommands().cloned());
    }
    flags.sort();
    flags.dedup();
    let settings = SETTINGS.iter().map(|setting| (setting.argument.to_owned(), setting.variable.to_owned()));
    let mut settings: Vec<(String, String)> = settings.collect();
    settings.sort();
    assert_eq!(flags, settings);
    let command = commands();
    let show = command.find_subcommand("config").unwrap().find_subcommand("show").unwrap();
    for setting in &SETTINGS {
        assert!(show.get_arguments().any(|argument| argument.get_id() == setting.argument), "{}", setting.key);
    }
}
