//! The plugins of one installation, loaded together: graph, columns, sentences and the law they cite are checked at once.
//!
//! INVARIANT: what is installed never changes; a reload makes a new one, and calls in flight finish on the old.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use nuan_domain::facts::Wanted;
use nuan_domain::parameters::ParameterHistory;
use nuan_domain::plan::{self, Plan, PluginSpec};
use nuan_host::compiler::Compiler;
use nuan_host::package::{Contents, Package};
use nuan_host::plugin::{LoadError, LoadedPlugin, PluginParts};
use nuan_vocabulary::citation::Instrument;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::division::DivisionCode;
use nuan_vocabulary::manifest::{Manifest, Runtime};
use nuan_vocabulary::parameter::Parameter;
use nuan_vocabulary::resolved::{ColumnSource, Names, resolve};

use crate::archive::{Archived, archived};
use crate::benefits;
use crate::error::KernelError;
use crate::law;
use crate::messages::Messages;
use crate::ready::Ready;
use crate::reference::Reference;
use crate::snapshot::Snapshot;

/// Cached plans and parameter snapshots; beyond this the caches start afresh.
const CACHED: usize = 20_000;

/// Everything that is installed.
pub struct Installed {
    /// Catalogue and law register.
    pub reference: Reference,
    /// The catalogue as it is kept for replay.
    pub catalogue: Archived,
    /// What the planner sees of each plugin.
    pub specs: Vec<PluginSpec>,
    /// `id@version` of each plugin.
    pub coordinates: Vec<String>,
    /// Each plugin's package as it is kept for replay.
    pub packages: Vec<Archived>,
    /// The law that each plugin brings beside the register.
    pub law: Vec<BTreeMap<String, Instrument>>,
    /// Each plugin's sentences.
    pub messages: Vec<Messages>,
    /// Each plugin, ready to run.
    pub plugins: Vec<Ready>,
    /// The facts that any plugin reads.
    pub wanted: Wanted,
    /// The engine, as determinations name it.
    pub engine: String,
    plans: Mutex<HashMap<(DivisionCode, Date), Arc<Plan>>>,
    snapshots: Mutex<HashMap<(DivisionCode, Date), Arc<Snapshot>>>,
}

impl std::fmt::Debug for Installed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Installed").field("plugins", &self.coordinates).finish_non_exhaustive()
    }
}

/// One plugin on its way in.
struct Parsed {
    package: Package,
    contents: Contents,
}

impl Installed {
    /// Loads packages against a catalogue. All mistakes of all packages come at once.
    pub fn load(packages: Vec<Package>, reference: Reference, compiler: &Compiler) -> Result<Self, KernelError> {
        let parsed = parse(packages)?;
        let manifests: Vec<&Manifest> = parsed.iter().map(|parsed| &parsed.contents.manifest).collect();
        let outputs = plan::producers(&manifests).map_err(KernelError::Installation)?;
        let mut mistakes = benefits::mistakes(&manifests);
        let mut all = Self::empty(reference, compiler.engine().digest().to_owned());
        for Parsed { package, contents } in parsed {
            mistakes.extend(law::mistakes(&contents, &all.reference.instruments));
            let Contents { manifest, parameters, instruments } = contents;
            let coordinate = manifest.coordinate();
            let names =
                Names { catalogue: all.reference.schema.catalogue(), parameters: &parameters, outputs: &outputs };
            let added = resolve(&manifest, &names).and_then(|resolved| {
                all.add(package, PluginParsed { manifest, resolved, parameters, instruments }, compiler)
            });
            if let Err(more) = added {
                let within =
                    |mistake: Diagnostic| Diagnostic { path: format!("{coordinate} {}", mistake.path), ..mistake };
                mistakes.extend(more.into_iter().map(within));
            }
        }
        if !mistakes.is_empty() {
            return Err(KernelError::Installation(mistakes));
        }
        all.want();
        Ok(all)
    }

    fn empty(reference: Reference, engine: String) -> Self {
        Self {
            catalogue: archived("catalogue", &reference.files),
            wanted: Wanted::none(&reference.schema),
            reference,
            specs: Vec::new(),
            coordinates: Vec::new(),
            packages: Vec::new(),
            law: Vec::new(),
            messages: Vec::new(),
            plugins: Vec::new(),
            engine,
            plans: Mutex::default(),
            snapshots: Mutex::default(),
        }
    }

    fn add(&mut self, package: Package, parsed: PluginParsed, compiler: &Compiler) -> Result<(), Vec<Diagnostic>> {
        let PluginParsed { manifest, resolved, parameters, instruments } = parsed;
        let messages = Messages::new(&package.files)?;
        let kept =
            Archived { digest: format!("sha256:{}", package.digest()), kind: "plugin", content: package.to_bytes() };
        let script = (manifest.runtime == Runtime::Rhai).then(|| package.files.get("rules.rhai")).flatten();
        let script = script.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let component: Arc<[u8]> = package.component.into();
        let parts = PluginParts {
            manifest: manifest.clone(),
            resolved: resolved.clone(),
            component,
            script,
            settings: Vec::new(),
        };
        let loaded = LoadedPlugin::load(compiler, parts).map_err(load_mistakes)?;
        let mut histories = BTreeMap::new();
        let mut mistakes = Vec::new();
        for (id, parameter) in parameters {
            match ParameterHistory::new(parameter) {
                Ok(history) => drop(histories.insert(id, history)),
                Err(more) => mistakes.extend(more),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        self.coordinates.push(manifest.coordinate());
        self.specs.push(PluginSpec { manifest, resolved, parameters: histories, activated: None });
        self.packages.push(kept);
        self.law.push(instruments);
        self.messages.push(messages);
        self.plugins.push(Ready::new(loaded));
        Ok(())
    }

    /// Notes the facts that any plugin reads.
    fn want(&mut self) {
        for spec in &self.specs {
            let facts = spec.resolved.inputs().filter(|(_, column)| column.from == ColumnSource::Fact);
            for (_, column) in facts {
                if let Some(fact) = self.reference.schema.fact(&column.name) {
                    self.wanted.add(fact, &self.reference.schema);
                }
            }
        }
    }

    /// An instrument as a plugin cites it: from the law that it brings, or from the register.
    pub fn instrument(&self, plugin: usize, id: &str) -> Option<&Instrument> {
        let own = self.law.get(plugin).and_then(|law| law.get(id));
        own.or_else(|| self.reference.instruments.get(id))
    }

    /// The plan for a place and a date; places of one plan share it.
    pub fn plan(&self, division: DivisionCode, as_of: Date, known_at: Timestamp) -> Result<Arc<Plan>, KernelError> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = plans.get(&(division, as_of)) {
            return Ok(Arc::clone(plan));
        }
        let plan = plan::plan(&self.specs, division, as_of, known_at).map_err(KernelError::Installation)?;
        if plan.order.is_empty() {
            return Err(KernelError::NothingApplies { division, as_of });
        }
        let shared = plans.values().find(|other| ***other == plan).map_or_else(|| Arc::new(plan), Arc::clone);
        if plans.len() >= CACHED {
            plans.clear();
        }
        plans.insert((division, as_of), Arc::clone(&shared));
        Ok(shared)
    }

    /// The numbers of the law in force for a place and a date, as far as the plan's plugins declare them.
    pub fn snapshot(&self, division: DivisionCode, as_of: Date, plan: &Plan) -> Result<Arc<Snapshot>, KernelError> {
        let mut snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(snapshot) = snapshots.get(&(division, as_of)) {
            return Ok(Arc::clone(snapshot));
        }
        let snapshot = Arc::new(Snapshot::take(self, division, as_of, plan)?);
        if snapshots.len() >= CACHED {
            snapshots.clear();
        }
        snapshots.insert((division, as_of), Arc::clone(&snapshot));
        Ok(snapshot)
    }
}

struct PluginParsed {
    manifest: Manifest,
    resolved: nuan_vocabulary::resolved::ResolvedManifest,
    parameters: BTreeMap<String, Parameter>,
    instruments: BTreeMap<String, Instrument>,
}

fn parse(packages: Vec<Package>) -> Result<Vec<Parsed>, KernelError> {
    let mut mistakes = Vec::new();
    let mut parsed = Vec::new();
    for package in packages {
        match package.parse() {
            Ok(contents) => parsed.push(Parsed { package, contents }),
            Err(more) => mistakes.extend(more),
        }
    }
    if mistakes.is_empty() { Ok(parsed) } else { Err(KernelError::Installation(mistakes)) }
}

fn load_mistakes(error: LoadError) -> Vec<Diagnostic> {
    match error {
        LoadError::Refused(mistakes) => mistakes,
        LoadError::Compile { source } => vec![Diagnostic::new("NU3320", "component", source.to_string())],
        LoadError::SetUp { source } => vec![Diagnostic::new(source.code(), "component", source.to_string())],
    }
}
