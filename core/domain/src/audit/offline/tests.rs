//! An export and a proof that are as they must be, and each thing that can be wrong with them.

use serde_json::{Value, json};

use super::*;
use crate::audit::note::{Cosigner, NoteSigner};
use crate::audit::proof::{Range, consistency_ranges, inclusion_ranges, leaf_hash, root_of};
use crate::audit::{Frontier, Leaf, hex};
use crate::crypto::CryptoSuite;

const ORIGIN: &str = "log.example";

struct Source {
    suite: CryptoSuite,
    signer: NoteSigner,
    witness: Cosigner,
    county: Vec<String>,
    heads: Vec<String>,
}

fn leaf(log: &str, seq: usize, act: &str, subject: &str, commitment: &str) -> String {
    let leaf = Leaf {
        act: act.to_owned(),
        actor: "somebody".to_owned(),
        at: format!("2026-01-01T00:00:{seq:02}Z"),
        commitment: commitment.to_owned(),
        key: String::new(),
        log: log.to_owned(),
        seq: seq.to_string(),
        subject: subject.to_owned(),
    };
    leaf.canonical().unwrap()
}

impl Source {
    /// Eight leaves of a county, each with a head that the log of heads names.
    fn new(suite: CryptoSuite) -> Self {
        let signer = NoteSigner::new(ORIGIN, suite.signer(&[1; 32])).unwrap();
        let witness = Cosigner::new("witness.example", suite.signer(&[2; 32])).unwrap();
        let mut source = Self { suite, signer, witness, county: Vec::new(), heads: Vec::new() };
        for n in 0..8 {
            source.county.push(leaf("330106", n, "household.record", &format!("hh_{n}"), "hmac-sha256:00"));
            let root = format!("root:{}", hex(&source.root(&source.county, 0, n + 1)));
            source.heads.push(leaf("000000", n, "audit.head", &format!("330106#{}", n + 1), &root));
        }
        source
    }

    fn trusted(&self) -> Trusted {
        Trusted::new(self.signer.key().clone(), vec![self.witness.key().clone()])
    }

    fn root(&self, leaves: &[String], from: usize, until: usize) -> Hash {
        let hashes = leaves[from..until].iter().map(|leaf| (0, leaf_hash(self.suite, leaf.as_bytes())));
        root_of(self.suite, hashes).unwrap_or_else(|| Frontier::empty(self.suite).root())
    }

    fn roots(&self, leaves: &[String], ranges: Vec<Range>) -> Vec<String> {
        let place = |n| usize::try_from(n).unwrap();
        ranges.into_iter().map(|range| hex(&self.root(leaves, place(range.from), place(range.until)))).collect()
    }

    fn note(&self, size: usize) -> Note {
        let root = self.root(&self.heads, 0, size);
        let mut note =
            Checkpoint::new(ORIGIN.to_owned(), u64::try_from(size).unwrap(), root).sign(&self.signer).unwrap();
        note.add(self.witness.cosign(1_760_000_000, note.text()));
        note
    }

    fn export(&self) -> String {
        let (key, suite) = (self.signer.key().to_string(), self.suite.name());
        let mut lines = vec![json!({ "kind": "export", "key": key, "origin": ORIGIN, "suite": suite, "version": 1 })];
        for (log, leaves) in [("330106", &self.county), ("000000", &self.heads)] {
            let row = |(n, leaf)| json!({ "kind": "leaf", "leaf": leaf, "log": log, "seq": usize::to_string(&n) });
            lines.extend(leaves.iter().enumerate().map(row));
            for n in 1..=leaves.len() {
                let (at, root) = (format!("2026-01-01T00:00:{:02}Z", n - 1), hex(&self.root(leaves, 0, n)));
                lines.push(json!({ "kind": "head", "at": at, "log": log, "root": root, "size": n.to_string() }));
            }
        }
        lines.push(json!({ "kind": "checkpoint", "note": self.note(8).to_string() }));
        lines.push(json!({ "kind": "end", "lines": lines.len().to_string() }));
        lines.iter().map(|line| serde_json_canonicalizer::to_string(line).unwrap() + "\n").collect()
    }

    fn inclusion(&self, log: &str, leaves: &[String], seq: usize, size: usize) -> Value {
        let (n, of) = (u64::try_from(seq).unwrap(), u64::try_from(size).unwrap());
        let (proof, root) = (self.roots(leaves, inclusion_ranges(n, of)), hex(&self.root(leaves, 0, size)));
        json!({ "log": log, "seq": seq, "leaf": leaves[seq], "size": size, "root": root, "proof": proof })
    }

    /// The proof of a leaf under the head over so many, under the checkpoint over all heads.
    fn proof(&self, seq: usize, size: usize) -> Value {
        let (entry, head) = (self.inclusion("330106", &self.county, seq, size), size - 1);
        let head = self.inclusion("000000", &self.heads, head, 8);
        json!({ "suite": self.suite.name(), "entry": entry, "head": head, "checkpoint": self.note(8).to_string() })
    }
}

#[test]
fn an_export_is_accepted_and_refused_with_any_byte_flipped() {
    for suite in [CryptoSuite::International, CryptoSuite::GuoMi] {
        let source = Source::new(suite);
        let (export, trusted) = (source.export(), source.trusted());
        let whole = CheckedExport { leaves: 16, logs: 2, heads: 8, after: 0 };
        assert_eq!(check_export(export.as_bytes(), &trusted, None), Ok(whole));
        let earlier = source.note(5).to_string();
        assert_eq!(check_export(export.as_bytes(), &trusted, Some(&earlier)), Ok(whole));
        for at in (0..export.len()).step_by(if suite == CryptoSuite::GuoMi { 97 } else { 1 }) {
            let mut flipped = export.clone().into_bytes();
            flipped[at] ^= 1 << (at % 7);
            assert!(check_export(&flipped, &trusted, None).is_err(), "{suite:?}, byte {at}");
        }
    }
}

/// Two servers over one database: the slower one gathers its head after the faster one.
#[test]
fn an_older_head_may_be_gathered_after_a_newer_one() {
    let mut source = Source::new(CryptoSuite::International);
    for (seq, size) in [(6, 8), (7, 7)] {
        let root = format!("root:{}", hex(&source.root(&source.county, 0, size)));
        source.heads[seq] = leaf("000000", seq, "audit.head", &format!("330106#{size}"), &root);
    }
    let whole = CheckedExport { leaves: 16, logs: 2, heads: 8, after: 0 };
    assert_eq!(check_export(source.export().as_bytes(), &source.trusted(), None), Ok(whole));
}

#[test]
fn what_is_missing_is_named() {
    let source = Source::new(CryptoSuite::International);
    let (export, trusted) = (source.export(), source.trusted());
    let lines: Vec<&str> = export.lines().collect();
    let without = |at: usize| {
        let rest: Vec<&str> = lines.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, line)| *line).collect();
        check_export((rest.join("\n") + "\n").as_bytes(), &trusted, None).unwrap_err().to_string()
    };
    assert_eq!(without(0), "line 1: not in its place, or the file was cut");
    assert_eq!(without(3), "line 4: leaf 2 of 330106 is missing");
    assert_eq!(without(8), "line 16: leaves from 7 to 8 of 330106 are missing or not those that were there");
    assert_eq!(without(lines.len() - 1), "line 34: not in its place, or the file was cut");
    assert_eq!(without(lines.len() - 2), "line 34: lines are missing");
    let cut = check_export(export.trim_end().as_bytes(), &trusted, None).unwrap_err();
    assert_eq!(cut.to_string(), "line 0: the file was cut");
    let mut longer = Source::new(CryptoSuite::International);
    longer.heads.push(leaf("000000", 8, "audit.head", "330106#8", "root:00"));
    let kept = check_export(export.as_bytes(), &trusted, Some(&longer.note(9).to_string())).unwrap_err();
    assert_eq!(kept.what, "leaves from 0 to 9 of 000000 are missing or not those that were there");
}

#[test]
fn only_who_is_trusted_counts() {
    let source = Source::new(CryptoSuite::International);
    let export = source.export();
    let other = Cosigner::new("other.example", source.suite.signer(&[3; 32])).unwrap();
    let check = |log: &NoteKey, witnesses: Vec<NoteKey>| {
        check_export(export.as_bytes(), &Trusted::new(log.clone(), witnesses), None).map_err(|wrong| wrong.what)
    };
    assert!(check(source.signer.key(), Vec::new()).is_ok(), "a line by a stranger is ignored");
    let missing = Err("`other.example` has not signed the checkpoint".to_owned());
    assert_eq!(check(source.signer.key(), vec![other.key().clone()]), missing);
    let swapped = NoteSigner::new(ORIGIN, source.suite.signer(&[9; 32])).unwrap();
    assert_eq!(check(swapped.key(), Vec::new()), Err("another log or key".to_owned()));
}

#[test]
fn a_proof_leads_from_the_leaf_to_the_checkpoint_and_to_one_that_was_kept() {
    for suite in [CryptoSuite::International, CryptoSuite::GuoMi] {
        let source = Source::new(suite);
        let trusted = source.trusted();
        for seq in 0..8 {
            for size in seq + 1..=8 {
                let proven = check_proof(&source.proof(seq, size).to_string(), &trusted, None).unwrap();
                assert_eq!((proven.subject, proven.heads), (format!("hh_{seq}"), 8));
            }
        }
        let proof = source.proof(2, 5).to_string();
        for kept in 1..=8 {
            let note = source.note(kept).to_string();
            let hashes = source.roots(&source.heads, consistency_ranges(u64::try_from(kept).unwrap(), 8));
            let growth = json!({ "log": "000000", "from": kept, "to": 8, "proof": hashes }).to_string();
            let check = |growth| check_proof(&proof, &trusted, Some(Grown { kept: &note, growth }));
            assert!(check(Some(&growth)).is_ok(), "{kept}");
            assert_eq!(check(None).is_ok(), kept == 8, "{kept}");
        }
    }
}

#[test]
fn a_proof_that_was_changed_is_refused() {
    let source = Source::new(CryptoSuite::International);
    let (proof, trusted) = (source.proof(2, 5), source.trusted());
    let check = |changed: &Value| check_proof(&changed.to_string(), &trusted, None);
    assert!(check(&proof).is_ok());
    for (place, value) in [
        ("/suite", json!("guo-mi")),
        ("/entry/seq", json!(3)),
        ("/entry/size", json!(6)),
        ("/entry/log", json!("330402")),
        ("/entry/leaf", json!(source.county[3])),
        ("/entry/proof/0", json!("00".repeat(32))),
        ("/head", json!(source.inclusion("000000", &source.heads, 5, 8))),
        ("/head", json!(source.inclusion("000000", &source.heads, 4, 7))),
        ("/head/root", json!("0")),
        ("/checkpoint", json!(source.note(7).to_string())),
    ] {
        let mut changed = proof.clone();
        *changed.pointer_mut(place).unwrap() = value;
        assert!(check(&changed).is_err(), "{place}");
    }
    let text = proof.to_string();
    let meaning: Value = serde_json::from_str(&text).unwrap();
    for at in 0..text.len() {
        let mut flipped = text.clone().into_bytes();
        flipped[at] ^= 1;
        let Ok(flipped) = String::from_utf8(flipped) else { continue };
        let says_the_same = serde_json::from_str::<Value>(&flipped).is_ok_and(|read| read == meaning);
        assert!(says_the_same || check_proof(&flipped, &trusted, None).is_err(), "byte {at}");
    }
}

#[test]
fn a_content_is_what_the_leaf_commits_to_or_it_is_refused() {
    for suite in [CryptoSuite::International, CryptoSuite::GuoMi] {
        let (opening, content) = ([5; 32], "{\"division\":\"330106\",\"收入\":1}");
        let mut source = Source::new(suite);
        let commitment = format!("{}:{}", suite.mac_name(), hex(&suite.mac(&opening, &[content.as_bytes()])));
        source.county[2] = leaf("330106", 2, "household.record", "hh_2", &commitment);
        let proof = source.proof(2, 5).to_string();
        let opened = json!({ "suite": suite.name(), "log": "330106", "seq": 2, "leaf": source.county[2],
            "opening": hex(&opening), "content": content });
        assert_eq!(check_opening(&proof, &opened.to_string()), Ok(()));
        for (field, value, said) in [
            ("content", json!(content.replace('1', "2")), "the content is not what the leaf commits to"),
            ("opening", json!("00".repeat(32)), "the content is not what the leaf commits to"),
            ("opening", json!("00"), "not a hash"),
            ("leaf", json!(source.county[3]), "the opening is of another leaf"),
            ("seq", json!(3), "the opening is of another leaf"),
            ("suite", json!("none"), "the opening is of another suite"),
            ("more", json!(1), "not an opening of a leaf"),
        ] {
            let mut changed = opened.clone();
            changed[field] = value;
            assert_eq!(check_opening(&proof, &changed.to_string()), Err(said.to_owned()), "{field}");
        }
    }
}
