//! `cargo xtask bench`: measures the rules in the sandbox against the same rules run natively and a province against a bare
//! bulk insert (`rules`), a province on the register (`reassess`), or searches among a million persons (`search`).

use clap::ValueEnum;

use crate::guests;
use crate::steps::Talk;
use crate::test;

/// Runs one benchmark of tests/benches; the result goes to standard output.
#[derive(clap::Args)]
pub struct Arguments {
    /// The benchmark.
    #[arg(default_value = "rules")]
    suite: String,
    /// Households of the larger of two registers, for a benchmark that takes a number.
    #[arg(long)]
    households: Option<u64>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Measures at full size.
    #[arg(long)]
    long: bool,
    /// How many persons are searched among.
    #[arg(long, value_name = "N")]
    persons: Option<usize>,
}

/// All benchmarks, as the long run does them.
pub const SUITES: [&str; 3] = ["rules", "search", "reassess"];

/// Benchmarks that ask PostgreSQL, too.
const WITH_POSTGRES: [&str; 2] = ["reassess", "search"];

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Human,
    Json,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
        }
    }
}

/// Builds the guests, then the benchmark with all optimisations, and runs it.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut ready = guests::prepare()?;
    // Both packages in both calls: with other packages selected, dependencies would be compiled once more.
    let both = ["--package", "nuan", "--package", "nuan-tests", "--bench", &arguments.suite];
    let mut build = ready.cargo(&["build", "--release", "--locked", "--bin", "nuan"]);
    ready.steps.run("programs", build.args(both))?;
    let mut bench = ready.cargo(&["bench", "--locked"]);
    bench.args(both).args(["--", "--format", arguments.format.name()]);
    if let Some(households) = arguments.households {
        bench.args(["--households", &households.to_string()]);
    }
    bench.env("NUAN_COMPONENTS", nuan_build::components_folder(&ready.root));
    bench.env("NUAN_BINARY", nuan_build::target_folder(&ready.root)?.join("release/nuan"));
    if arguments.long {
        bench.env("NUAN_LONG", "1");
    }
    if let Some(persons) = arguments.persons {
        bench.args(["--persons", &persons.to_string()]);
    }
    let cluster =
        WITH_POSTGRES.contains(&arguments.suite.as_str()).then(|| test::start_cluster(&mut ready)).transpose()?;
    if let Some(cluster) = &cluster {
        bench.env("NUAN_TEST_POSTGRES", cluster.url());
    }
    ready.steps.run_or("benchmark", &mut bench, "cargo xtask bench")?;
    drop(cluster);
    Talk.line(&ready.steps.summary());
    Ok(())
}
