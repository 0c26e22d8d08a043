//! Why a command does not begin: the configuration has mistakes, or production refuses what it found.

use nuan_vocabulary::diagnostic::Diagnostic;

/// A refusal with all its findings.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The file, the variables or both.
    #[error("the configuration has {} mistakes", .0.len())]
    Configuration(Vec<Diagnostic>),
    /// What the production profile does not allow.
    #[error("the production profile refuses to start: {} findings", .0.len())]
    Production(Vec<Diagnostic>),
}

impl Refused {
    /// A configuration with mistakes.
    pub fn configuration(mistakes: &[Diagnostic]) -> Self {
        Self::Configuration(mistakes.to_vec())
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Configuration(_) => "NU1100",
            Self::Production(_) => "NU6100",
        }
    }

    /// Every finding.
    pub fn findings(&self) -> &[Diagnostic] {
        match self {
            Self::Configuration(findings) | Self::Production(findings) => findings,
        }
    }
}
