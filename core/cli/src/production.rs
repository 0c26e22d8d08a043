//! What the production profile refuses: everything under which a household's data could be lost, read or decided upon wrongly.
//!
//! All findings come at once, each with its code and its mend; nothing is made, migrated or written before there are none.
//! Not here: configuration that cannot be read at all.

mod keys;
mod parameters;
mod places;
mod secrets;

use std::net::SocketAddr;

use nuan_host::package::Package;
use nuan_kernel::configuration::Profile;
use nuan_store::Store;
use nuan_store::durability::{DurabilityFinding, durability_findings, examine};
use nuan_vocabulary::diagnostic::Diagnostic;

use crate::configuration::{Configuration, SETTINGS};
use crate::database_address::DatabaseAddress;
use crate::installation::Storage;
use crate::refused::Refused;

/// A test that breaks the program on purpose sets a variable that begins so; a program that runs under one is not itself.
const SABOTAGE: &str = "NUAN_SABOTAGE";

/// Refuses the start under the production profile if anything is found.
pub async fn refuse(storage: &Storage, packages: &[Package], listen: Option<SocketAddr>) -> anyhow::Result<()> {
    if storage.profile() == Profile::Development {
        return Ok(());
    }
    let findings = findings(storage, packages, listen).await;
    if findings.is_empty() { Ok(()) } else { Err(Refused::Production(findings).into()) }
}

/// The same for databases that are open now: one that was not there before could not be asked.
pub async fn refuse_opened(profile: Profile, register: &Store, key_store: &Store) -> anyhow::Result<()> {
    if profile == Profile::Development {
        return Ok(());
    }
    let mut findings = Vec::new();
    for (argument, store) in [("database", register), ("key_store", key_store)] {
        let found = durability_findings(store).await.map_err(nuan_kernel::KernelError::from)?;
        findings.extend(found.iter().map(|finding| unsafe_setting(argument, finding)));
    }
    if findings.is_empty() { Ok(()) } else { Err(Refused::Production(findings).into()) }
}

/// Everything that production refuses here.
pub async fn findings(storage: &Storage, packages: &[Package], listen: Option<SocketAddr>) -> Vec<Diagnostic> {
    let mut findings = keys::findings(storage.key_file());
    findings.extend(places::findings(storage));
    findings.extend(secrets::findings(storage, Configuration::current()));
    findings.extend(durability("database", storage.database()).await);
    findings.extend(durability("key_store", &storage.key_store_given()).await);
    findings.extend(packages.iter().flat_map(parameters::findings));
    findings.extend(listen.and_then(open_to_others));
    let variables = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    findings.extend(variables.filter(|name| name.starts_with(SABOTAGE)).map(|name| sabotage(&name)));
    findings
}

/// Where a setting stands, for a finding about it.
fn at(argument: &str) -> String {
    let key = SETTINGS.iter().find(|setting| setting.argument == argument).map_or(argument, |setting| setting.key);
    let origin = Configuration::current().origin(argument);
    origin.map_or_else(|| key.to_owned(), |origin| format!("{key} ({origin})"))
}

/// The settings of a database that is there already.
async fn durability(argument: &'static str, address: &DatabaseAddress) -> Vec<Diagnostic> {
    let is_there = address.is_postgres() || address.file().is_some_and(|file| file.is_file());
    if !is_there {
        return Vec::new();
    }
    match examine(&address.full()).await {
        Ok(found) => found.iter().map(|finding| unsafe_setting(argument, finding)).collect(),
        Err(error) => {
            let what = format!("the database could not be asked whether it is durable: {error}");
            vec![Diagnostic::new("NU6109", at(argument), what).with_hint("start the database, or correct its address")]
        }
    }
}

fn unsafe_setting(argument: &str, finding: &DurabilityFinding) -> Diagnostic {
    let (name, value) = (finding.setting, finding.value.as_deref().unwrap_or("not known"));
    let what = format!("the setting {name} of the database is {value}: what is acknowledged could be lost or changed");
    let mend = format!("set {name} to {}", finding.durable.first().copied().unwrap_or("on"));
    Diagnostic::new("NU6109", at(argument), what).with_hint(mend)
}

fn open_to_others(listen: SocketAddr) -> Option<Diagnostic> {
    let what = format!("others could reach {listen}, and nobody can sign in yet");
    let finding = Diagnostic::new("NU6002", at("listen"), what);
    (!listen.ip().is_loopback()).then(|| finding.with_hint("listen on 127.0.0.1 or [::1]"))
}

fn sabotage(name: &str) -> Diagnostic {
    let what = "a switch that breaks the program for a test is set";
    Diagnostic::new("NU6111", name, what).with_hint(format!("unset {name}"))
}
