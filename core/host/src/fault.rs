//! What can go wrong while a plugin runs, with stable codes. A fault is never an answer: its outputs stay undetermined.

use nuan_domain::evaluation::Fault;
use nuan_vocabulary::columns::Failure;
use nuan_vocabulary::diagnostic::Diagnostic;

use crate::guest_log::clean;
use crate::limiter::Memory;

/// An output that is not what the manifest promises.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("output `{output}`{}: {reason}", row.map(|row| format!(", row {row}")).unwrap_or_default())]
pub struct WrongOutput {
    /// The output, or what was answered instead of outputs.
    pub output: String,
    /// The row at the output's level.
    pub row: Option<u32>,
    /// What is wrong, without the value.
    pub reason: String,
}

/// The machinery failed, or the plugin broke a promise. What the plugin itself says is a [`Failure`] instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// The same household would use it up again.
    #[error("the plugin used up its fuel of {limit} units")]
    OutOfFuel {
        /// The fuel of the call.
        limit: u64,
    },
    /// A panic, most often.
    #[error("the plugin trapped: {trap}")]
    Trap {
        /// What the machine says.
        trap: String,
        /// What the plugin logged last as an error; for its author, not for a determination.
        said: Option<String>,
    },
    /// A type, a length or a value that the manifest does not allow.
    #[error("wrong output: {0}")]
    WrongOutput(WrongOutput),
    /// Memory or tables would grow too large.
    #[error("the plugin wanted {wanted} {} where {limit} are allowed", unit(*what))]
    OutOfMemory {
        /// What would grow.
        what: Memory,
        /// What it would have in sum.
        wanted: usize,
        /// What it may have.
        limit: usize,
    },
    /// The worker runs the plugin no more.
    #[error("the plugin is set aside after {faults} faults")]
    Quarantined {
        /// How many households faulted.
        faults: u32,
    },
    /// The machine was too slow, or the plugin hid its work from the fuel.
    #[error("the plugin was stopped after {limit_ms} ms")]
    WallClock {
        /// The time of the call.
        limit_ms: u64,
    },
    /// More came back than anybody reads.
    #[error("the plugin handed back more than {limit} {unit}")]
    OutputTooLarge {
        /// What may come back.
        limit: usize,
        /// What is counted.
        unit: &'static str,
    },
    /// A batch that is never to be handed to a plugin.
    #[error("the batch has {size} {unit} where {limit} are allowed")]
    InputTooLarge {
        /// What it has.
        size: usize,
        /// What it may have.
        limit: usize,
        /// What is counted.
        unit: &'static str,
    },
    /// It was built against another manifest, or does not compile its script.
    #[error("the plugin refuses its configuration: {}", joined(diagnostics))]
    Refused {
        /// Why.
        diagnostics: Vec<Diagnostic>,
    },
    /// The machine has no room for another instance.
    #[error("failed to make an instance of the plugin: {reason}")]
    Instantiate {
        /// What the engine said.
        reason: String,
    },
}

impl HostError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OutOfFuel { .. } => "NU4001",
            Self::Trap { .. } => "NU4002",
            Self::WrongOutput(_) => "NU4003",
            Self::OutOfMemory { .. } => "NU4004",
            Self::Quarantined { .. } => "NU4005",
            Self::WallClock { .. } => "NU4007",
            Self::OutputTooLarge { .. } => "NU4008",
            Self::InputTooLarge { .. } => "NU4009",
            Self::Refused { .. } => "NU4011",
            Self::Instantiate { .. } => "NU4012",
        }
    }

    /// The fault that a household's determination carries.
    pub fn fault(&self) -> Fault {
        Fault { code: self.code().to_owned(), detail: self.to_string() }
    }
}

/// The fault of a household of which the plugin itself says that it cannot.
pub fn plugin_cannot(failure: &Failure) -> Fault {
    let detail = format!("the plugin says `{}`: {}", clean(&failure.code, 60), clean(&failure.message, 400));
    Fault { code: "NU4010".to_owned(), detail }
}

/// Whether the same household would meet the same fault again, on any machine. What depends on the clock, on other
/// plugins or on other households may be tried again and is never recorded as a determination.
pub fn is_verdict(code: &str) -> bool {
    !matches!(code, "NU4005" | "NU4007" | "NU4012")
}

const fn unit(what: Memory) -> &'static str {
    match what {
        Memory::Bytes => "bytes of memory",
        Memory::TableElements => "elements of tables",
    }
}

fn joined(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_tells_what_happened_and_no_value() {
        let wrong =
            WrongOutput { output: "dibao.amount".to_owned(), row: Some(3), reason: "below the range".to_owned() };
        let fault = HostError::WrongOutput(wrong).fault();
        assert_eq!(fault.code, "NU4003");
        assert_eq!(fault.detail, "wrong output: output `dibao.amount`, row 3: below the range");
        let memory = HostError::OutOfMemory { what: Memory::TableElements, wanted: 20_001, limit: 20_000 };
        assert_eq!(memory.to_string(), "the plugin wanted 20001 elements of tables where 20000 are allowed");
    }

    #[test]
    fn a_clock_gives_no_verdict() {
        assert!(!is_verdict(HostError::WallClock { limit_ms: 250 }.code()));
        assert!(!is_verdict(HostError::Quarantined { faults: 5 }.code()));
        assert!(is_verdict(HostError::OutOfFuel { limit: 1 }.code()));
    }

    #[test]
    fn what_the_plugin_says_is_cleaned() {
        let failure = Failure { code: "x".to_owned(), message: "id\n330106199001011234".to_owned(), row: None };
        assert_eq!(plugin_cannot(&failure).detail, "the plugin says `x`: id\\n#");
    }
}
