//! What is wrong with a plugin's folder or its cases. All mistakes come at once, each with its file and line.

use nuan_vocabulary::diagnostic::Diagnostic;

/// Mistakes of somebody who wrote a plugin or a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", listed(.0))]
pub struct Mistakes(pub Vec<Diagnostic>);

impl From<Vec<Diagnostic>> for Mistakes {
    fn from(mistakes: Vec<Diagnostic>) -> Self {
        Self(mistakes)
    }
}

impl From<Diagnostic> for Mistakes {
    fn from(mistake: Diagnostic) -> Self {
        Self(vec![mistake])
    }
}

impl Mistakes {
    /// The same mistakes, each named inside a place.
    #[must_use]
    pub fn inside(self, place: &str) -> Self {
        let named = |mistake: Diagnostic| Diagnostic { path: format!("{place} {}", mistake.path), ..mistake };
        Self(self.0.into_iter().map(named).collect())
    }
}

fn listed(mistakes: &[Diagnostic]) -> String {
    mistakes.iter().map(Diagnostic::to_string).collect::<Vec<_>>().join("\n")
}
