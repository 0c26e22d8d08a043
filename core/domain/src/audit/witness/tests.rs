//! Requests in their published form, each refusal, and histories in which a log that signs everything tries to fork (T17).

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::audit::note::{Cosigner, NoteSigner};
use crate::audit::proof::{Range, consistency_ranges, leaf_hash, root_of};

const ORIGIN: &str = "log.example";
const SUITE: CryptoSuite = CryptoSuite::International;

/// A log that can be rewritten, with the key that signs whatever it is asked to.
struct Log {
    suite: CryptoSuite,
    leaves: Vec<Hash>,
    signer: NoteSigner,
}

impl Log {
    fn new(suite: CryptoSuite, size: u64) -> Self {
        let leaves = (0..size).map(|n| leaf_hash(suite, &n.to_be_bytes())).collect();
        Self { suite, leaves, signer: NoteSigner::new(ORIGIN, suite.signer(&[1; 32])).unwrap() }
    }

    /// The same log up to a leaf, and another from there on.
    fn fork(&self, from: usize) -> Self {
        let mut other = Self::new(self.suite, 0);
        let changed = |(n, leaf): (usize, &Hash)| if n < from { *leaf } else { leaf_hash(self.suite, leaf) };
        other.leaves = self.leaves.iter().enumerate().map(changed).collect();
        other
    }

    fn watched(&self) -> WatchedLog {
        WatchedLog { origin: ORIGIN.to_owned(), suite: self.suite, keys: vec![self.signer.key().clone()] }
    }

    fn root(&self, range: Range) -> Hash {
        let place = |n| usize::try_from(n).unwrap();
        let leaves = &self.leaves[place(range.from)..place(range.until)];
        root_of(self.suite, leaves.iter().map(|leaf| (0, *leaf))).unwrap_or_else(|| empty_root(self.suite))
    }

    fn head(&self, size: u64) -> (u64, Hash) {
        (size, self.root(Range { from: 0, until: size }))
    }

    fn note(&self, size: u64) -> Note {
        Checkpoint::new(ORIGIN.to_owned(), size, self.head(size).1).sign(&self.signer).unwrap()
    }

    fn proof(&self, old: u64, new: u64) -> Vec<Hash> {
        consistency_ranges(old, new).into_iter().map(|range| self.root(range)).collect()
    }

    fn request(&self, old: u64, new: u64) -> AddCheckpoint {
        AddCheckpoint::new(old, self.proof(old, new), self.note(new)).unwrap()
    }
}

#[test]
fn the_published_request_is_read_and_written() {
    let body = "old 20852014\n\
        PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
        jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\
        5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
        /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\
        \nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\
        \n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+\
        zyWE+xeMcTOAYQ8=\n";
    let request = AddCheckpoint::parse(body.as_bytes()).unwrap();
    assert_eq!((request.old, request.proof.len(), request.checkpoint.size), (20_852_014, 4, 20_852_163));
    assert_eq!(request.body(), body);
}

#[test]
fn growth_is_accepted_and_every_other_request_has_its_answer() {
    for suite in [CryptoSuite::International, CryptoSuite::GuoMi] {
        let log = Log::new(suite, 20);
        let watched = log.watched();
        let answer =
            |held, request: &AddCheckpoint| consider(held, request, &watched).map(|accept| accept.checkpoint.size);
        let held = Some(log.head(7));
        let grown = log.request(7, 12);
        let read = AddCheckpoint::parse(grown.body().as_bytes()).unwrap();
        assert_eq!(read, grown);
        assert_eq!(answer(held, &read), Ok(12));
        assert_eq!(answer(None, &log.request(0, 12)), Ok(12));
        assert_eq!(answer(None, &log.request(0, 0)), Ok(0));
        assert_eq!(answer(held, &log.request(7, 7)), Ok(7));
        assert_eq!(answer(held, &log.request(6, 12)), Err(Refusal::OtherSize { held: 7 }));
        assert_eq!(answer(held, &log.request(8, 12)), Err(Refusal::OtherSize { held: 7 }));
        assert_eq!(answer(held, &log.request(0, 12)), Err(Refusal::OtherSize { held: 7 }));
        assert_eq!(answer(None, &log.request(7, 12)), Err(Refusal::OtherSize { held: 0 }));
        assert_eq!(answer(held, &log.request(7, 6)), Err(Refusal::Malformed));
        assert_eq!(answer(held, &log.fork(3).request(7, 7)), Err(Refusal::OtherRoot));
        assert_eq!(answer(held, &log.fork(3).request(7, 12)), Err(Refusal::NotProved));
        assert_eq!(answer(held, &AddCheckpoint { proof: vec![[0; 32]], ..log.request(7, 7) }), Err(Refusal::NotProved));
        assert_eq!(answer(None, &AddCheckpoint { proof: vec![[0; 32]], ..log.request(0, 7) }), Err(Refusal::NotProved));
        assert_eq!(answer(held, &AddCheckpoint { proof: Vec::new(), ..grown }), Err(Refusal::NotProved));
    }
}

#[test]
fn a_tree_of_no_leaves_has_one_root() {
    let log = Log::new(SUITE, 0);
    let note = Checkpoint::new(ORIGIN.to_owned(), 0, [1; 32]).sign(&log.signer).unwrap();
    let request = AddCheckpoint::new(0, Vec::new(), note).unwrap();
    assert_eq!(consider(None, &request, &log.watched()), Err(Refusal::OtherRoot));
}

#[test]
fn only_the_log_itself_is_listened_to() {
    let log = Log::new(SUITE, 20);
    let request = log.request(0, 12);
    let other = WatchedLog { origin: "other.example".to_owned(), ..log.watched() };
    assert_eq!(consider(None, &request, &other), Err(Refusal::UnknownLog));
    let key = NoteSigner::new(ORIGIN, SUITE.signer(&[2; 32])).unwrap();
    let swapped = WatchedLog { keys: vec![key.key().clone()], ..log.watched() };
    // Neither 400 nor 409 to a stranger, whatever size it names.
    for old in [0, 5, 13] {
        let refusal = consider(Some(log.head(7)), &AddCheckpoint { old, ..request.clone() }, &swapped);
        assert_eq!(refusal, Err(Refusal::NotSigned(NoteError::NoKnownKey)));
    }
    let both = WatchedLog { keys: vec![key.key().clone(), log.signer.key().clone()], ..log.watched() };
    assert!(consider(None, &request, &both).is_ok());
    let (mut note, stale) = (request.note.clone(), log.note(11));
    note.add(stale.signatures()[0].clone());
    let stale = AddCheckpoint { note, ..request };
    let expected = Err(Refusal::NotSigned(NoteError::WrongSignature(ORIGIN.to_owned())));
    assert_eq!(consider(None, &stale, &log.watched()), expected);
}

#[test]
fn every_refusal_has_its_published_answer() {
    let answers = [
        (Refusal::Malformed, 400, None),
        (Refusal::UnknownLog, 404, None),
        (Refusal::NotSigned(NoteError::NoKnownKey), 403, None),
        (Refusal::OtherSize { held: 12 }, 409, Some("12\n")),
        (Refusal::OtherRoot, 409, None),
        (Refusal::NotProved, 422, None),
    ];
    for (refusal, status, body) in answers {
        assert_eq!((refusal.status(), refusal.size_body().as_deref()), (status, body), "{refusal}");
    }
    assert!(Refusal::OtherRoot.is_evidence() && !Refusal::OtherSize { held: 1 }.is_evidence());
}

#[test]
fn every_answer_is_read_as_it_was_meant() {
    let read = |status, content_type, body: &str| Answer::read(status, content_type, body.as_bytes());
    assert_eq!(read(200, "", "— w AAAA\n"), Answer::Cosigned("— w AAAA\n".as_bytes().to_vec()));
    let refusals = [Refusal::OtherSize { held: 12 }, Refusal::OtherRoot, Refusal::NotProved, Refusal::UnknownLog];
    let answers = refusals.map(|refusal| {
        let body = refusal.size_body();
        let content_type = if body.is_some() { SIZE_CONTENT_TYPE } else { "text/plain" };
        read(refusal.status(), content_type, &body.unwrap_or_default())
    });
    assert_eq!(answers, [Answer::Holds(12), Answer::OtherRoot, Answer::NotProved, Answer::Refused(404)]);
    for body in ["", "12", "012\n", "12\n\n", "x\n"] {
        assert_eq!(read(409, SIZE_CONTENT_TYPE, body), Answer::Refused(409), "{body:?}");
    }
    assert_eq!(read(503, "", ""), Answer::Refused(503));
}

#[test]
fn what_is_no_request_is_refused() {
    let body = Log::new(SUITE, 20).request(7, 12).body();
    let check =
        |other: String| assert_eq!(AddCheckpoint::parse(other.as_bytes()), Err(Refusal::Malformed), "{other:?}");
    check(String::new());
    check("old 7\n".to_owned());
    for other in ["old 07", "old -7", "old", "old  7", "Old 7", "old 7 ", "old 18446744073709551616", ""] {
        check(body.replacen("old 7", other, 1));
    }
    check(body.replacen("old 7\n", "old 7\n\n", 1));
    check(body.replacen("old 7\n", "old 7\nAAAA\n", 1));
    check(body.replacen("old 7\n", "old 7\r\n", 1));
    check(body.replacen("\n12\n", "\n012\n", 1));
    check(body.trim_end().to_owned());
    let hash = format!("{}\n", written_hash(&[0; 32]));
    let note = Log::new(SUITE, 1).note(1);
    assert!(AddCheckpoint::parse(format!("old 0\n{}\n{note}", hash.repeat(63)).as_bytes()).is_ok());
    check(format!("old 0\n{}\n{note}", hash.repeat(64)));
    assert_eq!(AddCheckpoint::parse(b"old 0\n\xff\n"), Err(Refusal::Malformed));
}

#[test]
fn what_is_accepted_can_be_cosigned_and_sent_back() {
    let log = Log::new(SUITE, 9);
    let witness = Cosigner::new("witness.example", SUITE.signer(&[9; 32])).unwrap();
    let request = log.request(0, 9);
    assert!(consider(None, &request, &log.watched()).is_ok());
    let answer = format!("{}\n", witness.cosign(1_760_000_000, request.note.text()));
    let cosigned = request.note.cosigned(answer.as_bytes(), witness.key()).unwrap();
    assert_eq!(cosigned.cosigned_at(witness.key()), Some(1_760_000_000));
    assert_eq!(Checkpoint::open(&cosigned, log.signer.key()).map(|read| read.size), Ok(9));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A witness that has seen n leaves accepts no tree with another beginning and no smaller one, whatever the proof.
    #[test]
    fn a_history_is_never_forked_nor_cut(
        steps in vec(1..12_u64, 1..7),
        (from, smaller, further) in (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..30_u64),
        junk in vec(any::<[u8; 32]>(), 0..9),
    ) {
        let total: u64 = steps.iter().sum();
        let log = Log::new(SUITE, total + 30);
        let watched = log.watched();
        let mut held = None;
        let mut size = 0;
        for step in &steps {
            let accepted = consider(held, &log.request(size, size + step), &watched);
            prop_assert_eq!(accepted.map(|accept| (accept.checkpoint.size, accept.checkpoint.root)), Ok(log.head(size + step)));
            size += step;
            held = Some(log.head(size));
        }
        let forked_at = from.index(usize::try_from(size).unwrap());
        let (fork, cut) = (log.fork(forked_at), u64::try_from(smaller.index(usize::try_from(size).unwrap())).unwrap());
        let common = u64::try_from(forked_at).unwrap();
        for (shown, new) in [(&fork, size), (&fork, size + further), (&fork, cut), (&log, cut)] {
            let note = shown.note(new);
            for old in [0, common, cut, size, new, size + further] {
                let made_up = if junk.is_empty() { vec![log.head(size).1, shown.head(new).1] } else { junk.clone() };
                for proof in [shown.proof(size, new), log.proof(size, new), shown.proof(common, new), Vec::new(), made_up] {
                    let request = AddCheckpoint::new(old, proof, note.clone()).unwrap();
                    prop_assert!(consider(held, &request, &watched).is_err(), "{} of {} as {}", new, size, old);
                }
            }
        }
        prop_assert!(consider(held, &log.request(size, size + further), &watched).is_ok());
    }
}
