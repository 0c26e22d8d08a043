//! One register, asked by the real binary and by the API: both answer the same JSON. An act is done by one and repeated by the
//! other under the same idempotency key, so both take it for the same act.

use std::collections::BTreeSet;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use nuan_domain::crypto::CryptoSuite;
use nuan_kernel::{Actor, Installed, Kernel, Keys, Outside, ReassessmentRequest, Setup};
use nuan_tests::installation::{Database, StillWorld, compiler, packages, reference, setup};
use nuan_tests::program::Folder;
use nuan_tests::root;
use nuan_vocabulary::date::Date;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::COMMANDS;

/// Bytes of the largest answer.
const MOST: usize = 16 << 20;

/// The two ways to one register, and the commands that were compared.
struct Both {
    folder: Folder,
    kernel: Kernel,
    api: Router,
    compared: BTreeSet<String>,
}

impl Both {
    /// A register with one household on it, which makes the keys that both use.
    async fn begin() -> (Self, Value) {
        let folder = Folder::new("parity").unwrap();
        let file = folder.file("household.json", known_household().to_string()).unwrap();
        let words =
            ["household", "record", file.to_str().unwrap(), "--idempotency-key", "k-record", "--format", "json"];
        let recorded = answer(&folder, &words);
        let kernel = kernel(&folder).await;
        let api = nuan_api::router(kernel.clone());
        (Self { folder, kernel, api, compared: BTreeSet::new() }, recorded)
    }

    /// What the API answers to an operator.
    async fn api(&self, actor: &str, key: Option<&str>, method: &str, path: &str, body: String) -> Value {
        let request =
            Request::builder().method(method).uri(path).header("host", "localhost").header("nuan-actor", actor);
        let request = match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        };
        let request = request.header("content-type", "application/json").body(Body::from(body)).unwrap();
        let (parts, body) = self.api.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, MOST).await.unwrap();
        assert!(parts.status.is_success(), "{method} {path}: {}", String::from_utf8_lossy(&bytes));
        if key.is_some() {
            assert!(parts.headers.contains_key("idempotency-replayed"), "{method} {path} was done a second time");
        }
        serde_json::from_slice(&bytes).unwrap()
    }

    /// Asks both, and compares.
    async fn ask(&mut self, actor: &str, words: &[&str], path: &str) -> Value {
        let told = answer(&self.folder, &[words, &["--actor", actor, "--format", "json"]].concat());
        let expected = self.api(actor, None, "GET", path, String::new()).await;
        self.same(words, told, &expected)
    }

    /// Does something by the command, and repeats it by the API under the same key.
    async fn act(&mut self, actor: &str, words: &[&str], path: &str, body: String) -> Value {
        let key = format!("k-{}", self.compared.len());
        let more = ["--actor", actor, "--idempotency-key", &key, "--format", "json"];
        let told = answer(&self.folder, &[words, &more].concat());
        let expected = self.api(actor, Some(&key), "POST", path, body).await;
        self.same(words, told, &expected)
    }

    fn same(&mut self, words: &[&str], told: Value, expected: &Value) -> Value {
        assert_eq!(&told, expected, "{words:?}");
        let command = COMMANDS.iter().map(|(_, command)| *command);
        let of_these = |command: &&str| words.join(" ").starts_with(command);
        self.compared.insert(command.filter(of_these).max_by_key(|command| command.len()).unwrap().to_owned());
        told
    }
}

/// The kernel of the API, over the keys, the files and the plugins of the commands.
async fn kernel(folder: &Folder) -> Kernel {
    let file = folder.path().join("nuan.sqlite");
    let database = Database::at(&file).await.unwrap();
    let keys =
        Keys::open_or_create(&folder.path().join("nuan.key"), CryptoSuite::International, &StillWorld::default());
    let (all, reference, own) = (packages().unwrap(), reference().unwrap(), compiler().unwrap());
    let installed = Installed::load(all, reference, &own).unwrap();
    let made = setup(installed, own, StillWorld::default(), &database);
    let outside = Outside {
        origin: "nuan.example/register".to_owned(),
        file: Some(folder.path().join("nuan.sqlite.checkpoint")),
        ..Outside::default()
    };
    Kernel::start(Setup { keys: keys.unwrap(), outside, ..made }).await.unwrap()
}

/// What a command answers as JSON.
fn answer(folder: &Folder, words: &[&str]) -> Value {
    let output = folder.run(words).unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "nuan {}: {said}", words.join(" "));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn known_household() -> Value {
    let document = std::fs::read_to_string(root().join("tests/fixtures/household.json")).unwrap();
    let mut document: Value = serde_json::from_str(&document).unwrap();
    document["members"][0]["name"] = "欧阳锋".into();
    document
}

#[track_caller]
fn id(of: &Value) -> &str {
    let Some(id) = of["id"].as_str() else { panic!("no id: {of}") };
    id
}

#[tokio::test]
async fn the_binary_answers_as_the_api_does() {
    let (mut both, home) = Both::begin().await;
    let repeated =
        both.api("local-operator", Some("k-record"), "POST", "/v1/households", known_household().to_string());
    assert_eq!(repeated.await, home);
    both.compared.insert("household record".to_owned());
    households_and_persons(&mut both, &home).await;
    determinations(&mut both, &home).await;
    changes(&mut both, &home).await;
    decisions(&mut both, &home).await;
    reassessments(&mut both).await;
    matches(&mut both).await;
    proofs(&mut both, &home).await;
    imports(&mut both).await;
    what_is_installed(&mut both).await;
    let missing = COMMANDS.iter().filter(|(_, command)| !both.compared.contains(*command));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&(&str, &str)>::new(), "not compared");
}

async fn households_and_persons(both: &mut Both, home: &Value) {
    both.ask("clerk", &["household", "show", id(home)], &format!("/v1/households/{}", id(home))).await;
    let moment = ["--as-of", "2022-09-01", "--known-at", "2026-01-01T00:00:00Z"];
    let path = format!("/v1/households/{}?as_of={}&known_at={}", id(home), moment[1], moment[3]);
    let then = both.ask("clerk", &[&["household", "show", id(home)][..], &moment[..]].concat(), &path).await;
    assert_eq!((&then["as_of"], &then["document"]["as_of"]), (&json!("2022-09-01"), &json!("2022-09-01")));
    let born = known_household()["members"][0]["facts"]["member.birth_date"].clone();
    let namesake = json!({ "ref": "a", "name": "欧阳锋", "facts": { "member.birth_date": born } });
    let second = json!({ "division": "330106109", "members": [namesake] });
    let file = both.folder.file("second.json", second.to_string()).unwrap();
    answer(&both.folder, &["household", "record", file.to_str().unwrap(), "--format", "json"]);
    let words = ["household", "list", "--division", "330106", "--limit", "1"];
    let first = both.ask("clerk", &words, "/v1/households?division=330106&limit=1").await;
    let next = first["next"].as_str().unwrap();
    let rest = format!("/v1/households?division=330106&limit=1&after={next}");
    let listed = both.ask("clerk", &[&words[..], &["--after", next]].concat(), &rest).await;
    assert_ne!(listed["items"][0]["id"], first["items"][0]["id"]);
    let path = "/v1/persons?division=330106&name=oyf";
    let found = both.ask("clerk", &["person", "find", "--division", "330106", "--name", "oyf"], path).await;
    assert_eq!(found["items"].as_array().unwrap().len(), 2);
    let person = found["items"][0]["person"].as_str().unwrap();
    both.ask("clerk", &["person", "show", person], &format!("/v1/persons/{person}")).await;
}

async fn determinations(both: &mut Both, home: &Value) {
    let path = format!("/v1/households/{}/determinations", id(home));
    let words = ["determination", "make", id(home), "--as-of", "2022-09-01"];
    let made = both.act("clerk", &words, &path, json!({ "as_of": "2022-09-01" }).to_string()).await;
    both.ask("clerk", &["determination", "list", id(home)], &path).await;
    let stored = format!("/v1/determinations/{}", id(&made));
    let shown = both.ask("clerk", &["determination", "show", id(&made)], &stored).await;
    assert_eq!(shown, made);
    let file = both.folder.path().join("household.json").display().to_string();
    let known_at = "2022-10-01T00:00:00Z";
    let words = ["calculate", &file, "--as-of", "2022-09-01", "--known-at", known_at, "--output", "dibao.amount"];
    let told = answer(&both.folder, &[&words[..], &["--format", "json"]].concat());
    let body = json!({ "household": known_household(), "as_of": "2022-09-01", "known_at": known_at,
        "outputs": ["dibao.amount"] });
    let expected = both.api("clerk", None, "POST", "/v1/calculate", body.to_string()).await;
    both.same(&["calculate"], told, &expected);
}

async fn changes(both: &mut Both, home: &Value) {
    let statement = json!({ "value": "18000.00", "from": "2021-09-01", "until": "2023-09-01", "source": "税务核对" });
    let proposal = json!({ "change": { "kind": "correct", "facts": { "household.income_12_months": [statement] } },
        "reason": "核对后更正" });
    let file = both.folder.file("change.json", proposal.to_string()).unwrap();
    let path = format!("/v1/households/{}/change-requests", id(home));
    let words = ["change", "submit", id(home), file.to_str().unwrap()];
    let request = both.act("clerk", &words, &path, proposal.to_string()).await;
    let waiting = ["change", "waiting", "--division", "330106"];
    both.ask("officer", &waiting, "/v1/change-requests?division=330106").await;
    let decisions = format!("/v1/change-requests/{}/decisions", id(&request));
    let words = ["change", "decide", id(&request), "approve", "--reason", "经核实"];
    let decision = json!({ "action": "approve", "reason": "经核实" });
    let decided = both.act("officer", &words, &decisions, decision.to_string()).await;
    assert_eq!(decided["recomputed"].as_array().unwrap().len(), 1);
    let stored = format!("/v1/change-requests/{}", id(&request));
    let shown = both.ask("officer", &["change", "show", id(&request)], &stored).await;
    assert_eq!(shown, decided["request"]);
    both.ask("officer", &["change", "list", id(home)], &path).await;
}

async fn decisions(both: &mut Both, home: &Value) {
    let path = format!("/v1/households/{}/determinations", id(home));
    let words = ["determination", "make", id(home), "--as-of", "2024-07-01"];
    let made = both.act("clerk", &words, &path, json!({ "as_of": "2024-07-01" }).to_string()).await;
    let path = format!("/v1/determinations/{}/decisions", id(&made));
    let adopted = json!({ "action": "adopt" }).to_string();
    let decided = both.act("officer", &["decision", "make", id(&made)], &path, adopted).await;
    both.ask("officer", &["decision", "show", id(&decided)], &format!("/v1/decisions/{}", id(&decided))).await;
    let path = format!("/v1/households/{}", id(home));
    both.ask("officer", &["decision", "list", id(home)], &format!("{path}/decisions")).await;
    let listed = both.ask("officer", &["entitlement", "list", id(home)], &format!("{path}/entitlements")).await;
    let one = id(&listed["items"][0]);
    let path = format!("/v1/entitlements/{one}");
    both.ask("officer", &["entitlement", "show", one], &path).await;
    let words = ["entitlement", "end", one, "--ends-on", "2099-01-01", "--reason", "就业"];
    let end = json!({ "ends_on": "2099-01-01", "reason": "就业" }).to_string();
    let ended = both.act("officer", &words, &format!("{path}/ends"), end).await;
    assert_eq!(ended["ends_on"], "2099-01-01");
}

/// The command does by itself what the API leaves to its server, so what is compared is what came of it.
async fn reassessments(both: &mut Both) {
    let division = ["--division", "330106"];
    let words = [&["reassess", "--as-of", "2023-10-01", "--format", "json"], &division[..]].concat();
    let done = answer(&both.folder, &words);
    let path = format!("/v1/reassessments/{}", id(&done));
    let shown = both.ask("officer", &["reassessment", "show", id(&done)], &path).await;
    both.same(&["reassess"], done, &shown);
    let request = ReassessmentRequest {
        as_of: Date::parse("2023-11-01").unwrap(),
        known_at: None,
        division: division[1].parse().unwrap(),
    };
    let begun = both.kernel.begin_reassessment(&Actor::local_operator(), request, None).await.unwrap().body.id;
    let (words, path) = (["reassessment", "cancel", &begun.to_string()], format!("/v1/reassessments/{begun}"));
    let cancelled = both.act("officer", &words, &format!("{path}/cancellations"), json!({}).to_string()).await;
    assert_eq!(cancelled["state"], "cancelled");
}

async fn matches(both: &mut Both) {
    let found = both.api("clerk", None, "GET", "/v1/persons?division=330106&name=oyf", String::new()).await;
    let person = found["items"][0]["person"].as_str().unwrap().to_owned();
    let path = format!("/v1/persons/{person}/matches");
    let proposed = both.act("clerk", &["match", "compare", &person], &path, json!({}).to_string()).await;
    both.ask("clerk", &["match", "list", &person], &path).await;
    let one = &proposed["items"][0];
    both.ask("clerk", &["match", "show", id(one)], &format!("/v1/matches/{}", id(one))).await;
    let decision = json!({ "action": "reject", "reason": "同名" });
    let words = ["match", "decide", id(one), "reject", "--reason", "同名"];
    let path = format!("/v1/matches/{}/decisions", id(one));
    let decided = both.act("officer", &words, &path, decision.to_string()).await;
    assert_eq!(decided["state"], "rejected");
}

async fn proofs(both: &mut Both, home: &Value) {
    let subject = format!("{}#1", id(home));
    let path = format!("/v1/audit/subjects/{}", subject.replace('#', "%23"));
    let leaves = both.ask("clerk", &["audit", "leaves", &subject], &path).await;
    let leaf = &leaves["items"][0];
    let place = format!("{}-{}", leaf["log"].as_str().unwrap(), leaf["seq"]);
    both.ask("clerk", &["audit", "proof", &place], &format!("/v1/audit/leaves/{place}/proof")).await;
    both.ask("clerk", &["audit", "opening", &place], &format!("/v1/audit/leaves/{place}/opening")).await;
    both.ask("clerk", &["audit", "growth", "330106-1-3"], "/v1/audit/growth/330106-1-3").await;
    both.ask("clerk", &["audit", "checkpoint"], "/v1/audit/checkpoint").await;
}

/// The command imports a file, and the API the same file once more: both take it for the same households.
async fn imports(both: &mut Both) {
    let (file, mapping) =
        ("户编号,姓名\n1,甲乙\n2,丙丁\n", "version: 1\nhousehold: 户编号\ndivision: { is: \"330108\" }\nname: 姓名\n");
    let path = both.folder.file("township.csv", file).unwrap().display().to_string();
    let by = both.folder.file("mapping.yaml", mapping).unwrap().display().to_string();
    let told = answer(&both.folder, &["import", &path, "--mapping", &by, "--actor", "clerk", "--format", "json"]);
    let field = |name, content| format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n");
    let fields = [("file", file), ("mapping", mapping), ("commit", "true")];
    let body = fields.map(|(name, content)| field(name, content)).concat() + "--x--\r\n";
    let request = Request::post("/v1/imports").header("host", "localhost").header("nuan-actor", "clerk");
    let request = request.header("content-type", "multipart/form-data; boundary=x").body(Body::from(body)).unwrap();
    let response = both.api.clone().oneshot(request).await.unwrap();
    let expected = serde_json::from_slice(&to_bytes(response.into_body(), MOST).await.unwrap()).unwrap();
    let done = both.same(&["import"], told, &expected);
    assert_eq!(done["imported"].as_object().unwrap().len(), 2);
}

async fn what_is_installed(both: &mut Both) {
    both.ask("clerk", &["catalogue", "show"], "/v1/catalogue").await;
    both.ask("clerk", &["parameter", "show", "margin.multiplier"], "/v1/parameters/margin.multiplier").await;
    both.ask("clerk", &["plugin", "list"], "/v1/plugins").await;
}
