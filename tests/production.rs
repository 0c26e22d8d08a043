//! The production profile (T33): each unsafe thing alone refuses the start, all of them are listed at once, the installation in
//! which everything is mended starts, and no secret shows anywhere.

pub mod place;

use std::path::Path;

use nuan_tests::program::{Running, free_address, get};

use self::place::{Place, codes, fresh_postgres};

/// Everything that our own crates and the database's say; the compiler of plugins would say too much.
const LOGS: &str = "info,nuan=trace,nuan_api=trace,nuan_kernel=trace,nuan_host=trace,nuan_store=trace,sqlx=trace";

/// Something unsafe: the code that refuses it, and how it is brought about.
type Case = (&'static str, &'static str, fn(&mut Place));

const CASES: [Case; 24] = [
    ("NU6101", "the key file is missing", |place| std::fs::remove_file(place.key_file()).unwrap()),
    ("NU6102", "the group can read the key file", |place| chmod(&place.key_file(), 0o640)),
    ("NU6102", "everybody can read the key file", |place| chmod(&place.key_file(), 0o604)),
    ("NU6103", "a key was typed", |place| place.edit_keys(|text| with_wrap_key(text, &"0".repeat(64)))),
    ("NU6103", "the key file is something else", |place| place.edit_keys(|_| "keys\n".to_owned())),
    ("NU6104", "the keys are for development", |place| place.edit_keys(|text| text.replace("wrap ", "wrap dev-"))),
    ("NU6105", "the folder of the checkpoint is missing", |place| place.set("audit.checkpoint", "nowhere/checkpoint")),
    ("NU6106", "the checkpoint lies beside the database", |place| place.set("audit.checkpoint", "register/checkpoint")),
    ("NU6106", "the checkpoint lies below the database", |place| {
        std::fs::create_dir(place.folder().join("register/below")).unwrap();
        place.set("audit.checkpoint", "register/below/checkpoint");
    }),
    ("NU6106", "a link leads to the database's folder", |place| {
        let link = place.folder().join("link");
        std::os::unix::fs::symlink(place.folder().join("register"), &link).unwrap();
        place.set("audit.checkpoint", "link/checkpoint");
    }),
    ("NU6107", "the key store lies beside the register", |place| {
        place.set("storage.key_store", "register/keys.sqlite")
    }),
    ("NU6107", "the key store is the register's PostgreSQL database", |place| {
        let address = fresh_postgres("same");
        place.set("storage.database", &address);
        place.set("storage.key_store", &address);
    }),
    ("NU6114", "the key file lies beside the register", |place| place.move_keys("register/nuan.key")),
    ("NU6114", "the key file lies beside the key store", |place| place.move_keys("keys/nuan.key")),
    ("NU6114", "the key file lies below the register", |place| {
        std::fs::create_dir(place.folder().join("register/below")).unwrap();
        place.move_keys("register/below/nuan.key");
    }),
    ("NU6115", "nobody said where the key store of a PostgreSQL register lies", |place| {
        place.set("storage.database", &fresh_postgres("unnamed"));
        place.unset("storage.key_store");
    }),
    ("NU6108", "the register is in memory", |place| place.set("storage.database", "sqlite::memory:")),
    ("NU6108", "the key store is in memory", |place| place.set("storage.key_store", "sqlite::memory:")),
    ("NU6109", "PostgreSQL answers before it syncs", |place| {
        let address = fresh_postgres("hasty");
        let mark = if address.contains('?') { '&' } else { '?' };
        place.set("storage.database", &format!("{address}{mark}options=-c%20synchronous_commit%3Doff"));
    }),
    ("NU6109", "SQLite has no write-ahead log", |place| {
        std::fs::write(place.folder().join("register/other.sqlite"), "").unwrap();
        place.set("storage.database", "sqlite:register/other.sqlite?vfs=unix-dotfile");
    }),
    ("NU6110", "a number was chosen", |place| place.spoil_parameter("assumed")),
    ("NU6110", "a number was invented", |place| place.spoil_parameter("synthetic")),
    ("NU6002", "others reach the address", |place| place.set("serve.listen", "0.0.0.0:0")),
    ("NU6111", "a sabotage switch is set", |place| place.variable("NUAN_SABOTAGE_ACK", "early")),
];

fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn with_wrap_key(text: &str, key: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_prefix("wrap ").and_then(|wrap| wrap.split_once(' ')) {
        Some((id, _)) => format!("wrap {id} {key}\n"),
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// Files of databases, keys and checkpoints that a start would make.
fn made(place: &Place) -> Vec<String> {
    let folders = ["register", "keys", "secret", "outside"].map(|folder| place.folder().join(folder));
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).filter(|name| name != "below").collect();
    names.sort();
    names
}

#[test]
fn each_unsafe_thing_alone_refuses_the_start() {
    let mut failures = Vec::new();
    for (code, what, spoil) in CASES {
        let mut place = Place::new();
        spoil(&mut place);
        let before = made(&place);
        let (status, said) = place.serve_until_it_ends();
        if status != Some(2) || codes(&said) != [code] {
            failures.push(format!("{what}: ended with {status:?}: {said}"));
        }
        assert_eq!(made(&place), before, "{what}: something was made");
    }
    println!("T33 unsafe starts, N {}, failures {}", CASES.len(), failures.len());
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn a_password_stands_in_a_file_that_its_owner_alone_can_read() {
    let address = fresh_postgres("secret").replacen("postgres@", "postgres:s3cret@", 1);
    assert!(address.contains(":s3cret@"), "{address}");
    let with_password = |spoil: &dyn Fn(&mut Place)| {
        let mut place = Place::new();
        spoil(&mut place);
        let (status, said) = place.serve_until_it_ends();
        assert_eq!(status, Some(2), "{said}");
        assert!(!said.contains("s3cret"), "{said}");
        codes(&said)
    };
    assert_eq!(with_password(&|place| place.flag("--database", &address)), ["NU6112"]);
    assert_eq!(with_password(&|place| place.variable("NUAN_DATABASE", &address)), ["NU6112"]);
    assert_eq!(with_password(&|place| place.variable("NUAN__STORAGE__DATABASE", &address)), ["NU6112"]);
    let readable = |place: &mut Place| {
        place.set("storage.database", &address);
        place.mode = 0o640;
    };
    assert_eq!(with_password(&readable), ["NU6113"]);
}

#[test]
fn everything_is_listed_at_once() {
    let mut place = Place::new();
    chmod(&place.key_file(), 0o644);
    place.edit_keys(|text| with_wrap_key(&text.replace("wrap ", "wrap dev-"), &"1".repeat(64)));
    place.set("audit.checkpoint", "register/checkpoint");
    place.set("storage.key_store", "register/keys.sqlite");
    place.set("serve.listen", "0.0.0.0:0");
    place.variable("NUAN_SABOTAGE", "1");
    place.spoil_parameter("assumed");
    let all = ["NU6002", "NU6102", "NU6103", "NU6104", "NU6106", "NU6107", "NU6110", "NU6111"].map(str::to_owned);
    let (status, said) = place.serve_until_it_ends();
    assert_eq!((status, codes(&said).as_slice()), (Some(2), all.as_slice()), "{said}");
    let every_finding_has_its_mend =
        said.lines().filter(|line| line.starts_with("  NU")).all(|line| line.ends_with(')'));
    assert!(every_finding_has_its_mend, "{said}");
    let checked = place.command(&["config", "check"]).output().unwrap();
    assert_eq!(checked.status.code(), Some(2));
    assert_eq!(codes(&String::from_utf8(checked.stdout).unwrap()), all);
}

/// The control: with everything mended the server starts, and stops when it is told to.
#[test]
fn a_mended_installation_starts_and_shows_no_secret() {
    let place = Place::new();
    let checked = place.command(&["config", "check", "--format", "json"]).output().unwrap();
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    let address = free_address().unwrap();
    let log = place.folder().join("log");
    let mut command = place.command(&["serve", "--listen", &address.to_string()]);
    let mut server = Running::start(command.env("RUST_LOG", LOGS), &log).unwrap();
    server
        .wait_until_it_listens(address)
        .unwrap_or_else(|error| panic!("{error}: {}", std::fs::read_to_string(&log).unwrap()));
    let (status, ready) = get(address, "/health/ready").unwrap();
    assert_eq!(status, 200, "{ready}");
    let (_, metrics) = get(address, "/metrics").unwrap();
    let of_process = |name: &str| std::fs::read(format!("/proc/{}/{name}", server.id())).unwrap();
    let seen = [of_process("cmdline"), of_process("environ"), metrics.into_bytes(), ready.into_bytes()];
    server.terminate().unwrap();
    assert_eq!(server.wait().unwrap().code(), Some(0));
    let log = std::fs::read(log).unwrap();
    let keys = std::fs::read_to_string(place.key_file()).unwrap();
    let secrets: Vec<&str> = keys.split_whitespace().filter(|word| word.len() == 64).collect();
    assert_eq!(secrets.len(), 2);
    let shows = |bytes: &[u8], secret: &str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
    for bytes in seen.iter().chain([&log]) {
        assert!(!secrets.iter().any(|secret| shows(bytes, secret)));
    }
    assert!(shows(keys.as_bytes(), secrets[0]), "the search finds what is there");
}
