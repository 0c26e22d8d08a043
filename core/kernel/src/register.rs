//! What is installed, for people who look things up: plugins with their outputs, numbers of the law with their history.

use nuan_domain::plan::PluginSpec;
use nuan_vocabulary::catalogue::Catalogue;
use nuan_vocabulary::diagnostic::shown_key;

use crate::body::{ParameterBody, PluginBenefitBody, PluginBody, PluginOutputBody};
use crate::error::KernelError;
use crate::kernel::Kernel;

impl Kernel {
    /// The fact catalogue: what facts, lists and codes are called.
    pub fn catalogue(&self) -> &Catalogue {
        self.0.installed.reference.schema.catalogue()
    }

    /// A number of the law with its history, once for every plugin that declares it.
    pub fn parameter(&self, id: &str) -> Result<Vec<ParameterBody>, KernelError> {
        let installed = &self.0.installed;
        let plugins = installed.specs.iter().zip(&installed.coordinates);
        let found: Vec<ParameterBody> = plugins
            .filter_map(|(spec, coordinate)| {
                let parameter = spec.parameters.get(id)?.parameter();
                Some(ParameterBody {
                    id: parameter.id.clone(),
                    plugin: coordinate.clone(),
                    title: parameter.title.clone(),
                    value_type: parameter.value_type,
                    per: parameter.per.clone(),
                    unit: parameter.unit.clone(),
                    values: parameter.values.clone(),
                })
            })
            .collect();
        if found.is_empty() { Err(KernelError::NotFound(format!("parameter {}", shown_key(id)))) } else { Ok(found) }
    }

    /// The installed plugins in the order in which they were loaded.
    pub fn plugins(&self) -> Vec<PluginBody> {
        let installed = &self.0.installed;
        installed.specs.iter().zip(&installed.packages).map(|(spec, package)| plugin(spec, &package.digest)).collect()
    }
}

fn plugin(spec: &PluginSpec, digest: &str) -> PluginBody {
    let manifest = &spec.manifest;
    let outputs = manifest.outputs.iter().map(|(name, output)| PluginOutputBody {
        name: name.clone(),
        entity: output.entity.clone(),
        value_type: output.value_type,
        role: output.role,
        title: output.title.clone(),
        cites: output.cites.clone(),
    });
    let benefits = manifest.benefits.iter().map(|(kind, benefit)| PluginBenefitBody {
        kind: kind.clone(),
        title: benefit.title.clone(),
        amounts: benefit.amounts.clone(),
        begins: benefit.begins,
        cites: benefit.cites.clone(),
    });
    PluginBody {
        id: manifest.id.clone(),
        version: manifest.version.to_string(),
        title: manifest.title.clone(),
        runtime: manifest.runtime,
        jurisdictions: manifest.applies.jurisdictions.clone(),
        effective: manifest.applies.effective,
        digest: digest.to_owned(),
        legal_basis: manifest.legal_basis.clone(),
        outputs: outputs.collect(),
        benefits: benefits.collect(),
    }
}
