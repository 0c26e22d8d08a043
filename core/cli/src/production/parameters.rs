//! Numbers of the law that nobody stated: a real household is never decided upon by one that was chosen or invented.

use nuan_host::package::Package;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::parameter::{Confidence, Parameter};

/// Every parameter file of a plugin that has such rows. A plugin that cannot be read is refused elsewhere.
pub fn findings(package: &Package) -> Vec<Diagnostic> {
    let Ok(contents) = package.parse() else { return Vec::new() };
    let plugin = contents.manifest.coordinate();
    contents.parameters.values().filter_map(|parameter| finding(&plugin, parameter)).collect()
}

fn finding(plugin: &str, parameter: &Parameter) -> Option<Diagnostic> {
    let count = |confidence| parameter.values.iter().filter(|row| row.confidence == confidence).count();
    let (assumed, synthetic) = (count(Confidence::Assumed), count(Confidence::Synthetic));
    let what = match (assumed, synthetic) {
        (0, 0) => return None,
        (_, 0) => format!("{assumed} rows are marked assumed"),
        (0, _) => format!("{synthetic} rows are marked synthetic"),
        (_, _) => format!("{assumed} rows are marked assumed and {synthetic} synthetic"),
    };
    let place = format!("{plugin} parameters/{}.yaml", parameter.id);
    Some(
        Diagnostic::new("NU6110", place, what)
            .with_hint("enter the stated values with their sources, or remove the rows"),
    )
}
