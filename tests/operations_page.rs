//! The page on operations: its checked commands run, in its order and in one shell, over an installation of their own, and it
//! names every metric and every setting.

use std::path::Path;
use std::process::Command;

use nuan_tests::installation::components;
use nuan_tests::program::{free_address, program};
use nuan_tests::{kept_files, root, text};

use crate::production::place::mend_plugin;

const PAGE: &str = "docs/src/operations.md";

/// How a block of commands begins that is run.
const MARK: &str = "```sh,checked\n";

/// Folders of the page that lie below the test's own.
const FOLDERS: [&str; 3] = ["/etc/nuan", "/var/lib/nuan", "/srv/nuan"];

fn page() -> String {
    text(&root().join(PAGE)).unwrap().1
}

/// The commands that are run, in their order.
fn commands(page: &str) -> String {
    page.split(MARK).skip(1).map(|block| block.split_once("```").unwrap().0).collect()
}

/// The commands as they are run here: another root folder, another port.
fn moved(commands: &str, folder: &Path, address: &str) -> String {
    let shown = folder.display().to_string();
    let moved = commands.replace("/usr/share/nuan", &format!("{shown}/usr/share/nuan"));
    let moved = FOLDERS.into_iter().fold(moved, |text, below| text.replace(below, &format!("{shown}{below}")));
    moved.replace("127.0.0.1:8080", address)
}

#[test]
fn every_checked_command_of_the_page_works() {
    let folder = std::env::temp_dir().join(format!("nuan-operations-{}", std::process::id()));
    let shared = folder.join("usr/share/nuan");
    std::fs::create_dir_all(shared.join("plugins")).unwrap();
    std::os::unix::fs::symlink(std::fs::canonicalize(components().unwrap()).unwrap(), shared.join("components"))
        .unwrap();
    mend_plugin(&shared.join("plugins"));
    std::fs::create_dir(folder.join("bin")).unwrap();
    std::os::unix::fs::symlink(program().unwrap(), folder.join("bin/nuan")).unwrap();
    let script = moved(&commands(&page()), &folder, &free_address().unwrap().to_string());
    assert!(script.lines().filter(|line| line.starts_with("nuan ")).count() > 10, "{script}");
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("bash");
    // Whatever fails ends the shell, and with it the server that the page starts.
    shell.args(["-euo", "pipefail", "-c", &format!("trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{script}")]);
    shell.current_dir(&folder).env("PATH", path).env_remove("NUAN_COMPONENTS").env_remove("NUAN_PLUGINS");
    let output = shell.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}\n{script}", String::from_utf8_lossy(&said));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_page_names_every_metric_and_every_setting() {
    let page = page();
    let mut found = 0;
    let is_source = |path: &Path| path.extension().is_some_and(|ending| ending == "rs");
    for path in kept_files("core").unwrap().into_iter().filter(|path| is_source(path)) {
        let (name, source) = text(&path).unwrap();
        for call in ["counter!(", "histogram!(", "gauge!("] {
            for metric in
                source.split(call).skip(1).filter_map(|after| after.trim_start().strip_prefix('"')?.split('"').next())
            {
                assert!(page.contains(&format!("`{metric}`")), "{name}: {metric}");
                found += 1;
            }
        }
    }
    assert!(found > 4, "{found}");
    let (_, settings) = text(&root().join("core/cli/src/configuration/settings.rs")).unwrap();
    let lines = settings.lines().filter_map(|line| line.trim_start().strip_prefix("setting(\""));
    let keys: Vec<&str> = lines.filter_map(|line| line.split('"').next()).collect();
    assert_eq!(keys.len(), 14);
    for key in keys {
        assert!(page.contains(&format!("| `{key}` |")), "{key}");
    }
}
