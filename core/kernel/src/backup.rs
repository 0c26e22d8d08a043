//! What a backup says of itself: its files with sizes and digests, the heads of all logs, the time, under a keyed hash that
//! nobody makes without the key file.
//!
//! Not here: how a database is copied or put back, which differs by database and is done by whoever runs the program's
//! commands. INVARIANT: a manifest, or a file that it names, with any byte changed is refused.

mod files;
mod refused;

use jiff::Timestamp;
use nuan_domain::audit::hex;
use nuan_domain::crypto::CryptoSuite;
use nuan_store::{Transaction, audit, key_store};
use nuan_vocabulary::division::DivisionCode;
use serde::{Deserialize, Serialize};

pub use self::files::{copy_file, digest_of, sync_folder};
pub use self::refused::BackupRefused;
use crate::error::KernelError;
use crate::kernel::Kernel;
use crate::keys::Keys;
use crate::surroundings::instant_text;
use crate::verify::{DESTROYED_SILENTLY, Finding, Verification};

/// The form of the manifest. A number once given keeps its meaning.
const FORMAT: &str = "nuan-backup-1";

/// The acts of leaves about those who were erased.
const ERASURES: [&str; 2] = ["household.erase", "person.erase"];

/// How many leaves are read at once.
const PAGE: u32 = 2_000;

/// What was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Copied {
    /// The register with its audit logs.
    Register,
    /// The wrapped data keys.
    Keys,
}

/// Which database it was copied from; another one cannot read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CopiedFrom {
    /// A SQLite file.
    Sqlite,
    /// A dump of PostgreSQL in its own format.
    Postgres,
}

/// A file of the backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopiedFile {
    /// Its name in the folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its digest.
    pub digest: String,
}

/// The end of a log in the copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopiedHead {
    /// The log: a county, or 000000 for the log of heads.
    pub log: DivisionCode,
    /// How many leaves it has.
    pub size: i64,
    /// Their root, in hexadecimal.
    pub root: String,
}

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: String,
    /// The version of the program that made it.
    pub program: String,
    /// What was copied.
    pub copied: Copied,
    /// From what.
    pub database: CopiedFrom,
    /// The moment before the copy began: what was acknowledged by then is in it.
    pub at: String,
    /// The name of the audit log.
    pub origin: String,
    /// The hash of digests and of the keyed hash.
    pub suite: CryptoSuite,
    /// The files beside the manifest.
    pub files: Vec<CopiedFile>,
    /// The ends of all logs; none for keys.
    pub heads: Vec<CopiedHead>,
}

impl Manifest {
    /// A manifest without files yet.
    pub fn new(copied: Copied, database: CopiedFrom, at: Timestamp, origin: &str, suite: CryptoSuite) -> Self {
        Self {
            format: FORMAT.to_owned(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            copied,
            database,
            at: instant_text(at),
            origin: origin.to_owned(),
            suite,
            files: Vec::new(),
            heads: Vec::new(),
        }
    }

    /// Two lines: the manifest as canonical JSON, and its keyed hash.
    pub fn sealed(&self, keys: &Keys) -> Result<String, KernelError> {
        let line = serde_json_canonicalizer::to_string(self)
            .map_err(|source| KernelError::Json { what: "a manifest", source })?;
        Ok(format!("{line}\n{}\n", mac(keys, &line)))
    }

    /// Reads what [`Self::sealed`] wrote. Nothing of it is looked at before the keyed hash is found right.
    pub fn open(text: &str, keys: &Keys) -> Result<Self, BackupRefused> {
        let line = text.lines().next().unwrap_or_default();
        let expected = format!("{line}\n{}\n", mac(keys, line));
        // Compared under the key once more, so that the time of the comparison says nothing of the right hash.
        if mac(keys, text) != mac(keys, &expected) {
            return Err(BackupRefused::Manifest);
        }
        let manifest: Self = serde_json::from_str(line).map_err(|_| BackupRefused::Manifest)?;
        if manifest.format == FORMAT { Ok(manifest) } else { Err(BackupRefused::Format(manifest.format)) }
    }

    /// When the copy began.
    pub fn began(&self) -> Option<Timestamp> {
        self.at.parse().ok()
    }

    /// The first way in which a restored register differs from what was copied.
    pub fn first_difference(&self, heads: &[CopiedHead]) -> Option<String> {
        let differs = |head: &&CopiedHead| !heads.contains(head);
        let missing = self.heads.iter().find(differs).map(|head| &head.log);
        let added = heads.iter().find(|head| !self.heads.contains(head)).map(|head| &head.log);
        missing.or(added).map(|log| format!("log {log} does not end where it ended when it was copied"))
    }
}

fn mac(keys: &Keys, text: &str) -> String {
    let suite = keys.suite();
    format!("{}:{}", suite.mac_name(), hex(&suite.mac(&keys.backup_key(), &[text.as_bytes()])))
}

/// The ends of all logs at the moment of a transaction.
pub async fn heads(transaction: &mut Transaction) -> Result<Vec<CopiedHead>, KernelError> {
    let mut heads = Vec::new();
    for county in audit::counties(transaction).await? {
        let Ok(log) = county.parse::<DivisionCode>() else { continue };
        if let Some(head) = audit::last_head(transaction, log).await? {
            heads.push(CopiedHead { log, size: head.size, root: hex(&head.root) });
        }
    }
    heads.sort_by_key(|head| head.log);
    Ok(heads)
}

impl Kernel {
    /// The ends of all logs now.
    pub async fn heads(&self) -> Result<Vec<CopiedHead>, KernelError> {
        heads(&mut self.0.store.begin_read().await?).await
    }

    /// What is wrong with the pages of the register, where the database does not check them by itself.
    pub async fn page_findings(&self) -> Result<Vec<String>, KernelError> {
        Ok(nuan_store::backup::integrity(&self.0.store).await?)
    }

    /// Takes out the findings about keys that were destroyed after this moment: the act that says so is younger than the copy
    /// of the register, and what was erased stays erased. Says how many keys.
    pub async fn excuse_later_erasures(&self, seen: &mut Verification, at: Timestamp) -> Result<usize, KernelError> {
        let (silent, others): (Vec<Finding>, Vec<Finding>) =
            std::mem::take(&mut seen.findings).into_iter().partition(|finding| finding.what == DESTROYED_SILENTLY);
        seen.findings = others;
        let ids: Vec<String> = silent.iter().map(|finding| finding.subject.clone()).collect();
        let keys = key_store::keys(self.0.data_keys.store(), &ids).await?;
        let is_later = |finding: &Finding| {
            keys.iter()
                .any(|key| key.id == finding.subject && key.destroyed_at.is_some_and(|destroyed| at <= destroyed))
        };
        let (later, unexplained): (Vec<Finding>, Vec<Finding>) = silent.into_iter().partition(is_later);
        seen.findings.extend(unexplained);
        Ok(later.len())
    }

    /// Destroys again the keys of everybody whom the audit log says is erased: a key store that was restored from before an
    /// erasure, or an erasure that was cut off, ends here. Says how many keys.
    pub async fn erase_again(&self) -> Result<u64, KernelError> {
        let mut transaction = self.0.store.begin_read().await?;
        let mut keys = Vec::new();
        for log in audit::counties(&mut transaction).await? {
            let Ok(log) = log.parse::<DivisionCode>() else { continue };
            let mut from = 0;
            loop {
                let page = audit::leaves(&mut transaction, log, from, PAGE).await?;
                let Some(last) = page.last() else { break };
                from = last.seq + 1;
                for row in &page {
                    let leaf: Option<nuan_domain::audit::Leaf> = serde_json::from_str(&row.leaf).ok();
                    if leaf.is_some_and(|leaf| ERASURES.contains(&leaf.act.as_str())) {
                        keys.extend(self.key_of(&mut transaction, &row.subject).await?);
                    }
                }
            }
        }
        drop(transaction);
        if keys.is_empty() { Ok(0) } else { self.0.data_keys.destroy(&keys).await }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(root: u8) -> Keys {
        Keys::new(CryptoSuite::International, [root; 32], "k", [9; 32])
    }

    fn manifest() -> Manifest {
        let at = Timestamp::UNIX_EPOCH;
        let mut manifest = Manifest::new(Copied::Register, CopiedFrom::Sqlite, at, "a", CryptoSuite::International);
        manifest.files.push(CopiedFile {
            name: "register.sqlite".to_owned(),
            bytes: 1,
            digest: "sha256:00".to_owned(),
        });
        let log = "330106".parse().unwrap();
        manifest.heads.push(CopiedHead { log, size: 3, root: "00".to_owned() });
        manifest
    }

    #[test]
    fn a_manifest_opens_with_its_keys_and_as_it_is() {
        let text = manifest().sealed(&keys(1)).unwrap();
        assert_eq!(Manifest::open(&text, &keys(1)).unwrap(), manifest());
        assert!(Manifest::open(&text, &keys(2)).is_err());
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert!(Manifest::open(&changed, &keys(1)).is_err(), "byte {at}");
        }
        for changed in [text.trim_end(), &format!("{text}\n"), "", &text.replace('\n', "\r\n")] {
            assert!(Manifest::open(changed, &keys(1)).is_err(), "{changed}");
        }
    }

    #[test]
    fn a_log_that_ends_elsewhere_is_named() {
        let manifest = manifest();
        assert_eq!(manifest.first_difference(&manifest.heads), None);
        let mut longer = manifest.heads.clone();
        longer[0].size = 4;
        assert!(manifest.first_difference(&longer).unwrap().contains("330106"));
        assert!(manifest.first_difference(&[]).unwrap().contains("330106"));
        let other = CopiedHead { log: "330402".parse().unwrap(), ..longer[0].clone() };
        let more = [manifest.heads[0].clone(), other];
        assert!(manifest.first_difference(&more).unwrap().contains("330402"));
    }
}
