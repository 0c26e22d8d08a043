//! A witness over HTTP as the specification has it (C2SP tlog-witness), and a log that asks witnesses: what they sign is with
//! the checkpoint, one that is away keeps nobody from acting, and one that has seen another history is heard.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nuan_api::{HttpWitness, WitnessServer};
use nuan_domain::audit::note::{NoteKey, NoteSigner};
use nuan_domain::crypto::CryptoSuite;
use nuan_kernel::{Actor, Asking, Kernel, NoAnswer, Outside, RemoteWitness, WitnessState, Witnesses};
use nuan_tests::installation::{Database, ORIGIN, kernel_outside, keys};
use nuan_tests::witnesses::{Beside, SigningLog, log_key, witness};
use serde_json::json;

use crate::verifiers::{Scratch, exported, verdict};

fn signer() -> NoteSigner {
    NoteSigner::new(ORIGIN, keys().signer()).unwrap()
}

/// A witness that listens; it ends with the test's runtime.
async fn served(name: &str) -> (String, NoteKey) {
    drop(rustls::crypto::ring::default_provider().install_default());
    let witness = witness(name, 9).await.unwrap();
    let key = witness.key().clone();
    let server = WitnessServer::bind(witness, "127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = format!("http://{}", server.address());
    tokio::spawn(server.run(std::future::pending()));
    (address, key)
}

async fn post(address: &str, body: String) -> (u16, String, String) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.post(format!("{address}/add-checkpoint")).body(body).send().await.unwrap();
    let content_type = answer.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
    (answer.status().as_u16(), content_type.unwrap_or_default(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_has_the_answer_of_the_specification() {
    let (address, key) = served("witness.example").await;
    let (log, fork) = (SigningLog::new(signer(), 40, 0, 0), SigningLog::new(signer(), 40, 1, 3));
    let check = async |body: String, status: u16, content_type: &str, answer: &str| {
        let answered = post(&address, body).await;
        assert_eq!((answered.0, answered.1.as_str()), (status, content_type), "{}", answered.2);
        assert!(answered.2.starts_with(answer) && answered.2.ends_with('\n'), "{}", answered.2);
    };
    let (size, plain) = ("text/x.tlog.size", "text/plain; charset=utf-8");
    let line = format!("— {} ", key.name());
    check(log.request(0, 0, 7).unwrap(), 200, plain, &line).await;
    check(log.request(7, 7, 12).unwrap(), 200, plain, &line).await;
    check(log.request(12, 12, 12).unwrap(), 200, plain, &line).await;
    check(log.request(7, 7, 20).unwrap(), 409, size, "12\n").await;
    check(log.request(0, 0, 20).unwrap(), 409, size, "12\n").await;
    check(log.request(12, 12, 11).unwrap(), 400, plain, "the request is malformed").await;
    check("old 12\n".to_owned(), 400, plain, "the request is malformed").await;
    check(fork.request(12, 12, 12).unwrap(), 409, plain, "the checkpoint that is held has another root").await;
    check(fork.request(12, 12, 20).unwrap(), 422, plain, "the proof does not show").await;
    check(log.request(12, 11, 20).unwrap(), 422, plain, "the proof does not show").await;
    let other = NoteSigner::new("other.example", keys().signer()).unwrap();
    check(SigningLog::new(other, 40, 0, 0).request(12, 12, 20).unwrap(), 404, plain, "the log is not watched").await;
    let swapped = NoteSigner::new(ORIGIN, CryptoSuite::International.signer(&[3; 32])).unwrap();
    let stranger = SigningLog::new(swapped, 40, 0, 0);
    check(stranger.request(0, 0, 20).unwrap(), 403, plain, "the log has not signed").await;
    check(log.request(12, 12, 20).unwrap(), 200, plain, &line).await;
    // The note that was a suspicion before is proof now.
    check(fork.request(20, 20, 20).unwrap(), 409, plain, "the checkpoint that is held has another root").await;
    assert_eq!(post(&address, "x".repeat(200_000)).await.0, 413);
    assert_eq!(reqwest::get(format!("{address}/health/live")).await.unwrap().status().as_u16(), 204);
    assert_eq!(reqwest::get(format!("{address}/add-checkpoint")).await.unwrap().status().as_u16(), 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_requests_at_once_one_is_accepted() {
    let (address, _) = served("witness.example").await;
    let log = SigningLog::new(signer(), 40, 0, 0);
    let asked = (1..=32).map(|size| {
        let (address, body) = (address.clone(), log.request(0, 0, size).unwrap());
        tokio::spawn(async move { (size, post(&address, body).await) })
    });
    let (mut accepted, mut held) = (Vec::new(), Vec::new());
    for answer in asked.collect::<Vec<_>>() {
        let (size, (status, _, body)) = answer.await.unwrap();
        if status == 200 { accepted.push(size) } else { held.push((status, body)) }
    }
    assert_eq!(accepted.len(), 1, "{held:?}");
    assert!(held.iter().all(|(status, body)| *status == 409 && *body == format!("{}\n", accepted[0])), "{held:?}");
}

async fn record(kernel: &Kernel) {
    let document = json!({ "division": "330106", "members": [{ "ref": "a" }] });
    kernel.record_household(&Actor::local_operator(), document, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_is_cosigned_stored_served_and_exported() {
    let (address, key) = served("witness.example").await;
    let second = Beside(witness("second.example", 4).await.unwrap());
    let keys = [key.clone(), second.0.key().clone()];
    let asked: Vec<Arc<dyn RemoteWitness>> = vec![Arc::new(HttpWitness::new(&address, key).unwrap()), Arc::new(second)];
    let (outside, database) = (Scratch::new("cosigned"), Database::sqlite("cosigned").await.unwrap());
    let witnesses = Witnesses { quorum: asked.len(), asked };
    let place = Outside { origin: ORIGIN.to_owned(), file: Some(outside.0.clone()), witnesses };
    let kernel = kernel_outside(place, &database).await.unwrap();
    for _ in 0..3 {
        record(&kernel).await;
        let served = kernel.checkpoint().await.unwrap().checkpoint;
        assert_eq!(served.lines().count(), 4 + 3, "log and two witnesses: {served}");
        assert_eq!(std::fs::read_to_string(&outside.0).unwrap(), served);
    }
    let readiness = kernel.readiness().await;
    assert!(readiness.is_ready() && readiness.cosigned, "{readiness:?}");
    let export = exported(&kernel).await.unwrap();
    verdict(&export, &log_key().unwrap(), &keys, Some(&outside.0)).unwrap();
    let proof = kernel.prove(&Actor::local_operator(), "330106-0".parse().unwrap()).await.unwrap();
    let trusted = nuan_domain::audit::offline::Trusted::new(log_key().unwrap(), keys.to_vec());
    let proven = nuan_domain::audit::offline::check_proof(&serde_json::to_string(&proof).unwrap(), &trusted, None);
    assert_eq!(proven.unwrap().act, "household.record");
    assert_eq!(kernel.verify_audit(Some(&proof.checkpoint), |_| {}).await.unwrap().findings, []);
    kernel.finish().await.unwrap();
}

/// A witness whose network can be cut.
struct Cut {
    witness: Beside,
    is_cut: AtomicBool,
}

impl RemoteWitness for Cut {
    fn key(&self) -> &NoteKey {
        self.witness.key()
    }

    fn add_checkpoint(&self, request: String) -> Asking<'_> {
        if self.is_cut.load(Ordering::Acquire) {
            return Box::pin(async { Err(NoAnswer("the network is cut".into())) });
        }
        self.witness.add_checkpoint(request)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_is_away_keeps_nobody_from_acting_and_catches_up() {
    let cut = Arc::new(Cut { witness: Beside(witness("witness.example", 4).await.unwrap()), is_cut: true.into() });
    let database = Database::sqlite("away").await.unwrap();
    let asked: Vec<Arc<dyn RemoteWitness>> = vec![Arc::clone(&cut) as Arc<dyn RemoteWitness>];
    let outside = Outside { origin: ORIGIN.to_owned(), file: None, witnesses: Witnesses { asked, quorum: 1 } };
    let kernel = kernel_outside(outside, &database).await.unwrap();
    for _ in 0..5 {
        record(&kernel).await;
        kernel.publish_checkpoint().await.unwrap();
    }
    let alone = kernel.checkpoint().await.unwrap().checkpoint;
    assert_eq!(alone.lines().count(), 4 + 1, "{alone}");
    assert_eq!(kernel.witnesses()[0].state, WitnessState::Silent);
    assert!(kernel.readiness().await.is_ready(), "an act needs no witness");
    cut.is_cut.store(false, Ordering::Release);
    let back = async {
        while kernel.witnesses()[0].state != WitnessState::Cosigned {
            kernel.checkpoint().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), back).await.unwrap();
    assert_eq!(kernel.checkpoint().await.unwrap().checkpoint.lines().count(), 4 + 2);
    kernel.finish().await.unwrap();
}
