//! The golden cases, natively; what the plugin requires runs in the sandbox.

fn main() -> std::process::ExitCode {
    nuan_testkit::run_native::<jiaxing_warm_nest::Plugin>(env!("CARGO_MANIFEST_DIR"))
}
