//! A small plugin for tests: a manifest of every type, and a component in WebAssembly text that misbehaves on demand.

use std::sync::Arc;

use nuan_vocabulary::catalogue::Catalogue;
use nuan_vocabulary::columns::{Batch, Column, ColumnValues, Level};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::manifest::Manifest;
use nuan_vocabulary::resolved::{Names, ResolvedManifest, resolve};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::gate::World;
use crate::plugin::PluginParts;

/// What a household's flag makes the component do; 0 and 1 are answered as they are.
pub(crate) mod flag {
    pub(crate) const TRAP: u8 = 2;
    pub(crate) const LOOP: u8 = 3;
    pub(crate) const GROW: u8 = 4;
    pub(crate) const WRONG: u8 = 5;
    pub(crate) const PANIC: u8 = 6;
    pub(crate) const CANNOT: u8 = 7;
    pub(crate) const TALK: u8 = 8;
    pub(crate) const DEEP: u8 = 9;
}

const WIT: &str = include_str!("../../../sdk/wit/v1/plugin.wit");
const MODULE: &str = include_str!("test_plugin/guest.wat");
const MANIFEST: &str = include_str!("test_plugin/plugin.toml");
const CATALOGUE: &str = include_str!("test_plugin/catalogue.yaml");

/// The manifest with the one flag that the component computes.
pub(crate) fn manifest() -> Manifest {
    toml::from_str(MANIFEST).unwrap()
}

/// The manifest with outputs of every type, over households, members and vehicles, for checks without a component.
pub(crate) fn rich_manifest() -> Manifest {
    toml::from_str(&format!("{MANIFEST}{}", include_str!("test_plugin/outputs.toml"))).unwrap()
}

pub(crate) fn resolved(manifest: &Manifest) -> ResolvedManifest {
    let catalogue: Catalogue = serde_saphyr::from_str(CATALOGUE).unwrap();
    let (parameters, outputs) = Default::default();
    resolve(manifest, &Names { catalogue: &catalogue, parameters: &parameters, outputs: &outputs }).unwrap()
}

/// The component, for either world.
pub(crate) fn component(world: World) -> Vec<u8> {
    encode(MODULE, world)
}

/// A core module in text as a component.
pub(crate) fn encode(module: &str, world: World) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("plugin.wit", WIT).unwrap();
    let world = resolve.select_world(&[package], Some(world.name())).unwrap();
    let mut module = wat::parse_str(module).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

pub(crate) fn parts() -> PluginParts {
    let manifest = manifest();
    let resolved = resolved(&manifest);
    let component = Arc::from(component(World::RulesPlugin));
    PluginParts { manifest, resolved, component, script: None, settings: Vec::new() }
}

/// Households with these flags, and nobody in them.
pub(crate) fn households(flags: &[u8]) -> Batch {
    let rows = u32::try_from(flags.len()).unwrap();
    let column = Column { values: ColumnValues::Flag(flags.to_vec()), known: None, none: None };
    let household = Level { parent: 0, offsets: Vec::new(), listed: None, rows, columns: vec![column] };
    let member = Level { parent: 0, offsets: vec![0; flags.len() + 1], listed: None, rows: 0, columns: Vec::new() };
    Batch { as_of: Date::new(2025, 1, 1).unwrap(), levels: vec![household, member] }
}
