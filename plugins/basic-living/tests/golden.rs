//! The golden cases, natively.

fn main() -> std::process::ExitCode {
    nuan_testkit::run_native::<basic_living::Plugin>(env!("CARGO_MANIFEST_DIR"))
}
