//! temp
use std::path::Path;
use std::sync::Arc;
use std::collections::BTreeMap;
use std::time::Instant;
use nuan_host::{compiler::Compiler, engine::Engine, limits::Limits, package::Package, plugin::{LoadedPlugin, PluginParts, LoadError}};
use nuan_vocabulary::catalogue::{Catalogue, ValueType};
use nuan_vocabulary::columns::*;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::resolved::{Names, resolve};

fn batch(resolved: &nuan_vocabulary::resolved::ResolvedManifest, households: u32, known: bool) -> Batch {
    let mut rows: Vec<u32> = Vec::new();
    let mut levels = Vec::new();
    for (i, level) in resolved.levels.iter().enumerate() {
        let parent = level.parent.unwrap_or(0) as usize;
        let (offsets, n) = if i == 0 { (vec![], households) } else {
            let p = rows.get(parent).copied().unwrap_or(0);
            let each: u32 = if i == 1 { 3 } else { 1 };
            ((0..=p).map(|r| r * each).collect::<Vec<u32>>(), p * each)
        };
        rows.push(n);
        let columns = level.columns.iter().map(|c| {
            let n = n as usize;
            let values = match c.value_type {
                ValueType::Int => ColumnValues::Int64(vec![30; n]),
                ValueType::Money => ColumnValues::Int64((0..n as i64).map(|r| r * 100 % 200_000).collect()),
                ValueType::Ratio => ColumnValues::Int64(vec![500_000; n]),
                ValueType::Date => ColumnValues::Int32(vec![15000; n]),
                ValueType::Month => ColumnValues::Int32(vec![650; n]),
                ValueType::Code | ValueType::Status => ColumnValues::Code(vec![0; n]),
                ValueType::Flag => ColumnValues::Flag(vec![0; n]),
                ValueType::Text => { let mut t = TextColumn::default(); for _ in 0..n { t.push("x"); } ColumnValues::Text(t) }
            };
            Column { values, known: (!known).then(|| Bitmap::clear(n)), none: None }
        }).collect();
        levels.push(Level { parent: parent as u32, offsets, listed: None, rows: n, columns });
    }
    Batch { as_of: Date::new(2025, 1, 1).unwrap(), levels }
}

#[test]
fn real() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut catalogue = Catalogue::default();
    for f in std::fs::read_dir(root.join("sdk/catalogue")).unwrap() {
        let p = f.unwrap().path();
        if p.extension().is_some_and(|e| e == "yaml") {
            let c: Catalogue = serde_saphyr::from_str(&std::fs::read_to_string(&p).unwrap()).unwrap();
            catalogue.merge(c).unwrap();
        }
    }
    let cache = std::env::temp_dir().join("nuan-try");
    let artefacts = nuan_host::artefacts::Artefacts::open(&cache, [1; 32]).unwrap();
    let limits = Limits { fuel_call: 10_000_000_000, ..Limits::START };
    let engine = if std::env::var("UNMETERED").is_ok() { Engine::unmetered(limits) } else { Engine::new(limits) }.unwrap();
    let compiler = Compiler::new(engine, Some(artefacts)).unwrap();
    let mut outputs = BTreeMap::new();
    for folder in std::env::var("PLUGINS").unwrap().split(',') {
        let package = Package::read(&root.join(folder), &root.join("target/components"), &Limits::START).unwrap_or_else(|m| panic!("{m:#?}"));
        let (manifest, parameters) = package.parse().unwrap_or_else(|m| panic!("{m:#?}"));
        let resolved = resolve(&manifest, &Names { catalogue: &catalogue, parameters: &parameters, outputs: &outputs }).unwrap_or_else(|m| panic!("{m:#?}"));
        outputs.extend(manifest.outputs.clone());
        println!("== {folder} package {} bytes, digest {}, levels {} columns {} outputs {}", package.to_bytes().len(), package.digest(), resolved.levels.len(), resolved.inputs().count(), resolved.outputs.len());
        let script = package.text("rules.rhai").map(str::to_owned);
        let t = Instant::now();
        let plugin = match LoadedPlugin::load(&compiler, PluginParts { manifest, resolved, component: Arc::from(package.component), script, settings: vec![] }) {
            Ok(p) => p, Err(LoadError::Refused(m)) => panic!("{m:#?}"), Err(e) => panic!("{e:?}") };
        println!("load {:?} {:#?}", t.elapsed(), plugin.compiled().census());
        let t = Instant::now();
        for _ in 0..20 { plugin.prepare().unwrap(); }
        println!("prepare {:?} used {:?}", t.elapsed() / 20, plugin.prepare().unwrap().used());
        for known in [true, false] {
            for n in [1, 2048] {
                let b = batch(plugin.resolved(), n, known);
                let mut w = plugin.worker();
                let mut best = u128::MAX;
                let mut err = None;
                for _ in 0..20 { let t = Instant::now(); let a = w.evaluate(&b); best = best.min(t.elapsed().as_nanos()); match a { Ok(Ok(o)) => err = Some(format!("ok gaps {}", o.missing.len())), other => { err = Some(format!("{other:?}").chars().take(300).collect()); break } } }
                println!("known {known} n {n}: {} ns/household, used {:?} {:?}", best / u128::from(n), w.used(), err);
                if n == 1 { let t = Instant::now(); let s = w.explain(&b); println!("explain {:?} {}", t.elapsed(), match s { Ok(Ok(s)) => format!("{} steps", s.len()), o => format!("{o:?}") }); }
                if n == 2048 { if let Ok(Ok(o)) = w.evaluate(&b) { let t = Instant::now(); let _ = nuan_host::slices::slice(&b, 0..1024); println!("slice {:?} ", t.elapsed()); let _ = o; } }
            }
        }
    }
}
