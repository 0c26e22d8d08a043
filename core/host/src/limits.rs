//! The one table of limits of a plugin, with units in the names. Not here: limits of HTTP, of partners and of the audit.
//!
//! The values are those to start with; an arrow names the ceiling that an operator's policy may grant.

/// The stack of every thread that runs plugins, for whoever makes the threads.
pub const THREAD_STACK_BYTES: usize = 4 << 20;

/// What a plugin may be and use.
///
/// Fuel is the verdict: the same household always uses the same fuel. The wall clock only protects the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A component: 4 MiB → 40 MiB.
    pub component_bytes: usize,
    /// A script, before it is compiled: 64 KiB.
    pub script_bytes: usize,
    /// What a component imports: 64.
    pub imports: usize,
    /// What a component exports: 64.
    pub exports: usize,
    /// Functions of all its modules: 20,000.
    pub functions: usize,
    /// Parameters of one function: 100.
    pub parameters_per_function: usize,
    /// Parameters of all functions: 10,000. The script runtime has 6,600.
    pub parameters: usize,
    /// Code of one function: 128 KiB. Compile time grows faster than its length.
    pub function_bytes: usize,
    /// Local variables of one function: 5,000.
    pub locals_per_function: u32,
    /// Blocks within blocks: 1,000.
    pub nesting: u32,
    /// Core modules instantiated: 8 → 100.
    pub core_instances: usize,

    /// Linear memories: 1.
    pub memories: usize,
    /// Linear memory in sum: 64 MiB → 256 MiB.
    pub memory_bytes: usize,
    /// Elements of all tables: 20,000 → 100,000.
    pub table_elements: usize,
    /// The stack of a call: 1 MiB, on threads that have [`THREAD_STACK_BYTES`].
    pub wasm_stack_bytes: usize,
    /// Instances alive at once, over all plugins: 256.
    pub instances: u32,

    /// Memory that a place for an instance keeps between two of them, cleared by writing instead of by giving it back:
    /// 2 MiB. Page faults in a fresh instance took longer than the rules.
    pub resident_bytes: usize,

    /// Fuel to instantiate, to load a script and to configure: 100 M → 1,000 M.
    pub fuel_setup: u64,
    /// Fuel of one call: 400 M → 1,000 M. One constant for a household alone and for a full batch, so that an outcome
    /// never depends on its neighbours. 2,048 households of three took 272 M in the script runtime with a rule of a few
    /// lines, and 251 M in a compiled plugin of 25 outputs of which none was known; where a rule set takes more, a worker
    /// gives its calls fewer households.
    pub fuel_call: u64,
    /// The wall clock of an interactive call: 1 s. Longer than the fuel lasts (some 0.4 s in an endless loop), so that
    /// fuel decides.
    pub wall_ms_interactive: u64,
    /// The wall clock of a batch, and of making an instance: 2 s.
    pub wall_ms_batch: u64,
    /// How often the clock is looked at: 5 ms.
    pub epoch_tick_ms: u64,
    /// Households in one call: 2,048 → 4,096.
    pub rows_per_call: u32,
    /// Calls after which a worker makes a new instance: 256.
    pub recycle_after_calls: u32,
    /// Households that may fault before a worker trusts its plugin no longer: 5.
    pub faults_to_quarantine: u32,

    /// A batch: 8 MiB.
    pub input_bytes: usize,
    /// What an interactive call hands back: 1 MiB.
    pub lifted_bytes_interactive: usize,
    /// What a batch hands back: 32 MiB. A full batch of which nothing is known has 50 gaps a household.
    pub lifted_bytes_batch: usize,
    /// Gaps and texts of one household: 64 KiB. A large household of which nothing is known has some 20 KiB of gaps.
    pub output_bytes_per_household: usize,
    /// One text: 4 KiB.
    pub text_bytes: usize,
    /// Steps of one household's reasons: 512.
    pub explain_steps: usize,
    /// One household's reasons: 256 KiB.
    pub explain_bytes: usize,
    /// Log lines of a call: 32.
    pub log_lines: u32,
    /// Log text of a call: 8 KiB.
    pub log_bytes: usize,

    /// Compiled components kept on disk: 64.
    pub artefacts: usize,
    /// Files of a package: 512.
    pub package_files: usize,
    /// One file of a package, the component aside: 1 MiB.
    pub package_file_bytes: usize,
}

impl Limits {
    /// The values to start with.
    pub const START: Self = Self {
        component_bytes: 4 << 20,
        script_bytes: 64 << 10,
        imports: 64,
        exports: 64,
        functions: 20_000,
        parameters_per_function: 100,
        parameters: 10_000,
        function_bytes: 128 << 10,
        locals_per_function: 5_000,
        nesting: 1_000,
        core_instances: 8,
        memories: 1,
        memory_bytes: 64 << 20,
        table_elements: 20_000,
        wasm_stack_bytes: 1 << 20,
        instances: 256,
        resident_bytes: 2 << 20,
        fuel_setup: 100_000_000,
        fuel_call: 400_000_000,
        wall_ms_interactive: 1_000,
        wall_ms_batch: 2_000,
        epoch_tick_ms: 5,
        rows_per_call: 2_048,
        recycle_after_calls: 256,
        faults_to_quarantine: 5,
        input_bytes: 8 << 20,
        lifted_bytes_interactive: 1 << 20,
        lifted_bytes_batch: 32 << 20,
        output_bytes_per_household: 64 << 10,
        text_bytes: 4 << 10,
        explain_steps: 512,
        explain_bytes: 256 << 10,
        log_lines: 32,
        log_bytes: 8 << 10,
        artefacts: 64,
        package_files: 512,
        package_file_bytes: 1 << 20,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::START
    }
}
