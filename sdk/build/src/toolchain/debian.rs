//! Debian's compiler. Its sources of the standard library are built for guests with `-Zbuild-std`.
//!
//! Absolute paths matter: `cargo` and `rustc` on the path are rustup's proxies. The version moves with Debian's security
//! updates and may be newer than the workspace's; only compiler and sources have to agree.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::on_path;
use crate::toolchain::{GuestToolchain, Route, answer};
use crate::{Attempt, Progress, apt};

pub(super) const PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "libstd-rust-web-dev"];

const CARGO: &str = "/usr/bin/cargo";
const RUSTC: &str = "/usr/bin/rustc";
const SOURCES: &str = "/usr/lib/rustlib/src/rust";
const LLD: &str = "/usr/bin/rust-lld";

/// A guest aborts on panic and never prints a backtrace: `-Zbuild-std-features=` leaves both machineries out.
const BUILD_STD: &[&str] = &["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=", "--ignore-rust-version"];

/// Debian's compiler, if all its parts are there and agree.
pub(super) fn installed() -> Result<GuestToolchain, Attempt> {
    let missing = |what: &str| Attempt::new("Debian's compiler", what.to_owned());
    if let Some(file) = [CARGO, RUSTC].into_iter().find(|file| !Path::new(file).is_file()) {
        return Err(missing(&format!("there is no {file}")));
    }
    let root = Path::new("/");
    let compiler = answer(Path::new(RUSTC), &["--version"], root).ok_or_else(|| missing("rustc does not run"))?;
    let sources = fs::canonicalize(SOURCES).map_err(|_| missing("the package rust-web-src is not installed"))?;
    if !agree(&compiler, &sources) {
        return Err(missing("rustc-web and rust-web-src have different versions"));
    }
    let linker = linker().ok_or_else(|| missing("there is no rust-lld"))?;
    Ok(GuestToolchain {
        route: Route::Debian,
        compiler,
        cargo: PathBuf::from(CARGO),
        environment: vec![
            ("RUSTC", RUSTC.into()),
            ("RUSTC_BOOTSTRAP", "1".into()),
            ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker.into()),
        ],
        arguments: BUILD_STD,
        standard_library: Some(PathBuf::from(SOURCES)),
    })
}

/// Installs what is missing.
pub(super) fn install(progress: &Progress) -> Result<GuestToolchain, Attempt> {
    let step = progress.step("Installing Debian's Rust compiler for guests");
    apt::install(PACKAGES, &step)?;
    if linker().is_none()
        && let Some(package) = linker_package()
    {
        apt::install(&[&package], &step)?;
    }
    let toolchain = installed()?;
    step.done();
    Ok(toolchain)
}

/// `rustc 1.96.0 (…)` agrees with the folder `rustc-1.96.0`.
fn agree(compiler: &str, sources: &Path) -> bool {
    let version = compiler.split_whitespace().nth(1);
    let folder = sources.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix("rustc-"));
    version.is_some() && version == folder
}

/// rustup's linker if there is one, else Debian's; Debian's is a link that dangles without the package `lld`.
fn linker() -> Option<PathBuf> {
    rustup_linker().or_else(|| Some(PathBuf::from(LLD)).filter(|file| file.is_file()))
}

fn rustup_linker() -> Option<PathBuf> {
    let rustc = on_path("rustc")?;
    let sysroot = answer(&rustc, &["--print", "sysroot"], Path::new("/"))?;
    let host = answer(&rustc, &["--print", "host-tuple"], Path::new("/"))?;
    let linker = Path::new(&sysroot).join("lib/rustlib").join(host).join("bin/rust-lld");
    linker.is_file().then_some(linker)
}

/// The package whose program the dangling link names: `lld-22` for LLVM 22.
fn linker_package() -> Option<String> {
    fs::read_link(LLD).ok()?.file_name()?.to_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compiler_and_sources_must_be_of_one_version() {
        let compiler = "rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)";
        assert!(agree(compiler, Path::new("/usr/src/rustc-1.96.0")));
        assert!(!agree(compiler, Path::new("/usr/src/rustc-1.85.0")));
        assert!(!agree("", Path::new("/usr/src/rust")));
    }
}
