//! The numbers of the law that are in force for a place and a date: kept once by digest, shared by all households there.

use nuan_domain::plan::Plan;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::ParameterUse;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::parameter::ParameterRow;

use crate::archive::Archived;
use crate::error::KernelError;
use crate::installed::Installed;

/// Parameter values with their grounds.
#[derive(Debug)]
pub struct Snapshot {
    /// The values, plugin by plugin, then by id.
    pub uses: Vec<ParameterUse>,
    /// The same as kept.
    pub archived: Archived,
}

impl Snapshot {
    /// Looks up every parameter that the plan's plugins declare. Those that nobody has entered are left out.
    pub fn take(installed: &Installed, division: DivisionCode, as_of: Date, plan: &Plan) -> Result<Self, KernelError> {
        let mut uses = Vec::new();
        for position in &plan.order {
            let (Some(spec), Some(coordinate)) = (installed.specs.get(*position), installed.coordinates.get(*position))
            else {
                continue;
            };
            for id in spec.manifest.parameters.keys() {
                let found = spec.parameters.get(id).and_then(|history| history.in_force(division, as_of));
                uses.extend(found.map(|found| used(id, coordinate, found.row)));
            }
        }
        let content = serde_json_canonicalizer::to_vec(&uses)
            .map_err(|source| KernelError::Json { what: "parameter values", source })?;
        let digest = nuan_domain::audit::digest(&content);
        Ok(Self { uses, archived: Archived { digest, kind: "parameters", content } })
    }
}

fn used(id: &str, coordinate: &str, row: &ParameterRow) -> ParameterUse {
    let cited = row.cites.as_ref().map(ToString::to_string);
    let read = || row.interpretation.as_ref().map(|reading| format!("interpretation:{reading}"));
    let ground = cited.or_else(read).or_else(|| row.source.clone()).unwrap_or_default();
    let (division, from) = (row.division, row.from);
    ParameterUse {
        id: id.to_owned(),
        plugin: coordinate.to_owned(),
        division,
        from,
        value: row.value.clone(),
        confidence: row.confidence,
        ground,
    }
}
