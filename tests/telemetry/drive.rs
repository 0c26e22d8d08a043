//! The drive itself: every operation of the description, rightly and wrongly, with the values of marked persons in every place.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use nuan_kernel::{Kernel, Setup, Surroundings};
use nuan_tests::installation::{Database, StillWorld, kernel_with, package};
use nuan_tests::{root, text};
use serde_json::{Value, json};
use sqlx::Connection;
use tower::ServiceExt;

use super::{ANSWERS, REFUSALS, flock, listen};
use crate::canaries::Canary;
use crate::hostile;

/// A world whose clock can be made to panic with something personal on its lips.
struct Trap {
    world: StillWorld,
    is_set: AtomicBool,
    message: String,
}

impl Surroundings for Trap {
    fn now(&self) -> jiff::Timestamp {
        assert!(!self.is_set.swap(false, Ordering::Relaxed), "cannot tell the time of {}", self.message);
        self.world.now()
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.world.fill_random(bytes);
    }
}

/// The server, and what was said so far.
struct Talk {
    router: Router,
    refusals: String,
    answers: String,
    asked: BTreeSet<String>,
    count: usize,
}

impl Talk {
    async fn get(&mut self, path: &str) -> Value {
        self.send("GET", path, "clerk", String::new()).await
    }

    async fn post(&mut self, path: &str, actor: &str, body: Value) -> Value {
        self.send("POST", path, actor, body.to_string()).await
    }

    async fn send(&mut self, method: &str, path: &str, actor: &str, body: String) -> Value {
        self.count += 1;
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request =
            Request::builder().method(&method).uri(path).header("host", "localhost").header("nuan-actor", actor);
        let content_type =
            if body.starts_with("--x\r\n") { "multipart/form-data; boundary=x" } else { "application/json" };
        let request =
            request.header("content-type", content_type).header("idempotency-key", format!("k{}", self.count));
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 16 << 20).await.unwrap();
        let text = String::from_utf8_lossy(&bytes);
        writeln!(self.refusals, "{} {:?}", parts.status, parts.headers).unwrap();
        let into = if parts.status.is_success() { &mut self.answers } else { &mut self.refusals };
        writeln!(into, "{text}").unwrap();
        self.asked.insert(format!("{method} {}", path.split('?').next().unwrap()));
        serde_json::from_slice(&bytes).unwrap_or_default()
    }
}

/// A form of an import.
fn form(fields: &[(&str, &str)]) -> String {
    let field = |(name, content): &(&str, &str)| {
        format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\n\r\n{content}\r\n")
    };
    fields.iter().map(field).collect::<String>() + "--x--\r\n"
}

/// A spreadsheet of somebody, with the header before it.
fn spreadsheet(canary: &Canary) -> String {
    let (name, number, born) = (&canary.name, &canary.number, &canary.birth);
    format!("户编号,姓名,身份证号,出生日期,行政区划代码,备注\n1,{name},{number},{born},330106,{}\n", canary.address)
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Drives, and writes down what was answered. With a leak, one value is logged as nobody may.
pub async fn drive(folder: &Path, leak: Option<String>) {
    let flock = flock();
    let trap = Arc::new(Trap {
        world: StillWorld::default(),
        is_set: AtomicBool::new(false),
        message: flock[0].number.clone(),
    });
    let database = Database::sqlite("telemetry").await.unwrap();
    let plugins = vec![package("plugins/basic-living").unwrap(), hostile::hostile()];
    let surroundings: Arc<Trap> = Arc::clone(&trap);
    let change = |setup: &mut Setup| {
        setup.surroundings = surroundings;
        setup.outside.file = Some(folder.join("checkpoint"));
    };
    let kernel: Kernel = kernel_with(StillWorld::default(), plugins, &database, change).await.unwrap();
    listen();
    if let Some(leak) = leak {
        tracing::info!("Recorded a household of {leak}.");
    }
    let router = nuan_api::router(kernel.clone());
    let mut talk = Talk { router, refusals: String::new(), answers: String::new(), asked: BTreeSet::new(), count: 0 };
    let home = rightly(&mut talk, &flock, &kernel).await;
    wrongly(&mut talk, &flock, &home).await;
    misfiled(&mut talk, &flock[0]).await;
    misspelt(&mut talk, &flock).await;
    plugins_that_talk(&mut talk, &flock).await;
    for path in [home.as_str(), "/v1/households?division=330106", "/v1/catalogue"] {
        trap.is_set.store(true, Ordering::Relaxed);
        talk.get(path).await;
        trap.is_set.store(false, Ordering::Relaxed);
    }
    trap.is_set.store(true, Ordering::Relaxed);
    talk.post(&format!("{home}/determinations"), "clerk", json!({ "as_of": "2024-07-01" })).await;
    trap.is_set.store(false, Ordering::Relaxed);
    assert!(talk.refusals.contains("500 "), "the trap was sprung");
    decided(&mut talk, &home).await;
    check_coverage(&talk);
    broken_database(&mut talk, &flock, &database, &home).await;
    talk.get("/metrics").await;
    let labels: Vec<&str> =
        talk.answers.lines().filter_map(|line| line.strip_prefix("nuan_")?.split('}').next()).collect();
    assert!(labels.len() > 20, "{} labels", labels.len());
    let labels = labels.join("\n");
    std::fs::write(folder.join(REFUSALS), format!("{}\n{labels}", talk.refusals)).unwrap();
    std::fs::write(folder.join(ANSWERS), &talk.answers).unwrap();
}

/// Every operation, as it is meant.
async fn rightly(talk: &mut Talk, flock: &[Canary], kernel: &Kernel) -> String {
    let made = talk.post("/v1/households", "clerk", Canary::household("330106", &flock[..2])).await;
    let home = format!("/v1/households/{}", made["id"].as_str().unwrap());
    let twin =
        json!({ "ref": "a", "name": flock[0].name, "facts": { "member.birth_date": flock[0].birth.to_string() } });
    talk.post("/v1/households", "clerk", json!({ "division": "330106", "members": [twin] })).await;
    let determined = talk.post(&format!("{home}/determinations"), "clerk", json!({ "as_of": "2024-07-01" })).await;
    talk.get(&format!("/v1/determinations/{}", determined["id"].as_str().unwrap())).await;
    for path in ["", "/determinations", "/change-requests"] {
        talk.get(&format!("{home}{path}")).await;
    }
    talk.get("/v1/households?division=330106").await;
    talk.get("/v1/change-requests?division=330106").await;
    let calculated = json!({ "household": Canary::household("330106", &flock[2..]), "as_of": "2024-07-01" });
    talk.post("/v1/calculate", "clerk", calculated).await;
    let proposal = json!({ "change": { "kind": "identify", "member": "b", "name": flock[3].name },
        "reason": format!("{} 电话 {} 住 {}", flock[3].name, flock[3].mobile, flock[3].address), "evidence": [flock[3].account] });
    let request = talk.post(&format!("{home}/change-requests"), "clerk", proposal).await;
    let request = format!("/v1/change-requests/{}", request["id"].as_str().unwrap());
    talk.get(&request).await;
    let decision = json!({ "action": "approve", "reason": format!("核对 {}", flock[3].number) });
    talk.post(&format!("{request}/decisions"), "officer", decision).await;
    for query in [("name", percent(&flock[0].name)), ("document", flock[0].number.clone()), ("name", "mr".to_owned())] {
        talk.get(&format!("/v1/persons?division=330106&{}={}", query.0, query.1)).await;
    }
    let person = made["members"][0]["person"].as_str().unwrap();
    talk.get(&format!("/v1/persons/{person}")).await;
    let found = talk.post(&format!("/v1/persons/{person}/matches"), "clerk", json!({})).await;
    talk.get(&format!("/v1/persons/{person}/matches")).await;
    let pair = format!("/v1/matches/{}", found["items"][0]["id"].as_str().expect("the twin is found"));
    talk.get(&pair).await;
    let decision = json!({ "action": "reject", "reason": format!("不是 {}", flock[0].name) });
    talk.post(&format!("{pair}/decisions"), "officer", decision).await;
    let file = spreadsheet(&flock[3]);
    talk.send("POST", "/v1/imports", "clerk", form(&[("file", &file)])).await;
    talk.send("POST", "/v1/imports", "clerk", form(&[("file", &file), ("commit", "true")])).await;
    talk.get(&format!("{home}?as_of=2024-07-01&known_at=2025-01-01T00:00:00Z")).await;
    kernel.publish_checkpoint().await.unwrap();
    for path in [
        "checkpoint",
        &format!("subjects/{}", made["id"].as_str().unwrap()),
        "leaves/330106-0/proof",
        "leaves/330106-0/opening",
        "growth/330106-1-2",
    ] {
        talk.get(&format!("/v1/audit/{path}")).await;
    }
    for path in ["/v1/parameters/margin.multiplier", "/v1/catalogue", "/v1/plugins", "/health/live", "/health/ready"] {
        talk.get(path).await;
    }
    home
}

/// Values in places where they do not belong.
async fn wrongly(talk: &mut Talk, flock: &[Canary], home: &str) {
    let canary = &flock[0];
    let (name, number) = (&canary.name, &canary.number);
    let wrong_number = format!("{}{}", &number[..17], if number.ends_with('1') { '2' } else { '1' });
    let document = |number: &str| json!({ "kind": "citizen_id", "number": number });
    let members = |member: Value| json!({ "division": "330106", "members": [member] });
    let facts = |facts: Value| json!({ "division": "330106", "facts": facts, "members": [{ "ref": "a" }] });
    for refused in [
        Canary::household("330106", &flock[..2]),
        members(json!({ "ref": "a", "document": document(&wrong_number) })),
        members(json!({ "ref": "a", "document": document(name) })),
        members(json!({ "ref": "a", "document": { "kind": number, "number": number } })),
        members(json!({ "ref": "a", "document": number })),
        members(json!({ "ref": "a", "document": document(number), "facts": { "member.birth_date": "1999-09-09" } })),
        members(json!({ "ref": "a", "name": format!("{name}\u{0}") })),
        members(json!({ "ref": name, "name": [name] })),
        members(json!({ "ref": "a", "relation": name, "facts": { "member.birth_date": number } })),
        json!({ "division": number, "members": [canary.member("a"), canary.member("a")] }),
        facts(json!({ "household.income_12_months": format!("{}元", canary.income()) })),
        facts(json!({ "household.income_12_months": canary.income_fen })),
        facts(
            json!({ "household.income_12_months": [{ "value": name, "from": number, "source": [canary.address], "evidence": canary.account }] }),
        ),
        facts(json!({ "household.local_hukou": canary.mobile, "household.residence_permit": name })),
        json!({ "division": "330106", "as_of": number, "members": name }),
        json!(number),
    ] {
        talk.post("/v1/households", "clerk", refused.clone()).await;
        talk.post("/v1/calculate", "clerk", json!({ "household": refused, "as_of": name, "outputs": [number] })).await;
    }
    for broken in
        [format!("{{\"name\": \"{name}\", {number}"), format!("\"{name}"), number.clone(), format!("[{number},]")]
    {
        talk.send("POST", "/v1/households", "clerk", broken).await;
    }
    for change in [
        json!({ "change": { "kind": name }, "reason": number }),
        json!({ "change": { "kind": "leave", "member": name, "from": number, "because": name }, "reason": name }),
        json!({ "change": { "kind": "identify", "member": "a", "document": document(&wrong_number) }, "reason": name }),
        json!({ "change": { "kind": "identify", "member": "b", "document": document(number) }, "reason": name }),
        json!({ "change": { "kind": "correct", "facts": { "household.income_12_months": [{ "value": name }] } }, "reason": name }),
        json!({ "change": { "kind": "join", "person": { "ref": "b", "name": name, "document": document(number) }, "from": "2024-01-01" }, "reason": name }),
        json!(name),
    ] {
        talk.post(&format!("{home}/change-requests"), "clerk", change).await;
    }
    for path in [
        format!("/v1/households/{number}"),
        format!("/v1/persons/{}", percent(name)),
        format!("/v1/determinations/{}", canary.account),
        format!("/v1/{}", percent(name)),
        format!("/v1/households?division={number}&after={}", percent(name)),
        format!("/v1/persons?division=330106&document={wrong_number}"),
        format!("/v1/persons?division=330106&name={}&limit={}", percent(&name.repeat(40)), canary.mobile),
        format!("/v1/persons?division=330106&household={number}"),
        format!("/v1/audit/subjects/{number}"),
        format!("/v1/audit/leaves/{number}/proof"),
        format!("/v1/audit/leaves/{number}/opening"),
        format!("{home}?as_of={number}&known_at={}&{number}=1", percent(name)),
        format!("/v1/parameters/{}", percent(name)),
    ] {
        talk.get(&path).await;
    }
    talk.send(&canary.account, "/v1/households", "clerk", String::new()).await;
    talk.post(&format!("{home}/determinations"), "clerk", json!({ "as_of": number })).await;
}

/// Forms of an import with values where names of fields and columns belong, or with the spreadsheet in the mapping's place.
async fn misfiled(talk: &mut Talk, canary: &Canary) {
    let (name, number, file) = (&canary.name, &canary.number, spreadsheet(canary));
    for fields in [
        &[("file", file.as_str()), ("mapping", file.as_str())][..],
        &[("file", number.as_str()), ("commit", name.as_str()), (name.as_str(), number.as_str())],
        &[("file", file.lines().last().unwrap()), ("commit", "true")],
        &[("file", file.as_str()), ("mapping", number.as_str())],
        &[("file", file.as_str()), ("mapping", &format!("{name}: {number}"))],
        &[
            ("file", file.as_str()),
            ("mapping", &format!("version: 1\nhousehold: {name}\ndivision: {{ is: {number} }}\n")),
        ],
    ] {
        talk.send("POST", "/v1/imports", "clerk", form(fields)).await;
    }
}

/// A determination is decided on, what follows is looked at and ended, and the county is reassessed.
async fn decided(talk: &mut Talk, home: &str) {
    let made = talk.post(&format!("{home}/determinations"), "clerk", json!({ "as_of": "2024-07-01" })).await;
    let path = format!("/v1/determinations/{}/decisions", made["id"].as_str().unwrap());
    let decided = talk.post(&path, "officer", json!({ "action": "adopt" })).await;
    talk.get(&format!("/v1/decisions/{}", decided["id"].as_str().unwrap_or("dec_0"))).await;
    talk.get(&format!("{home}/decisions")).await;
    let listed = talk.get(&format!("{home}/entitlements")).await;
    let entitlement = format!("/v1/entitlements/{}", listed["items"][0]["id"].as_str().unwrap_or("ent_0"));
    talk.get(&entitlement).await;
    let end = json!({ "ends_on": "2099-01-01", "reason": "自愿退出" });
    talk.post(&format!("{entitlement}/ends"), "officer", end).await;
    let scope = json!({ "as_of": "2024-08-01", "division": "330106" });
    let begun = talk.post("/v1/reassessments", "officer", scope).await;
    let path = format!("/v1/reassessments/{}", begun["id"].as_str().unwrap());
    talk.get(&path).await;
    talk.post(&format!("{path}/cancellations"), "officer", json!({})).await;
}

/// Values where names of things belong.
async fn misspelt(talk: &mut Talk, flock: &[Canary]) {
    let canary = &flock[1];
    for value in [&canary.name, &canary.number, &canary.address] {
        let key = |content: Value| Value::Object([(value.clone(), content)].into_iter().collect());
        for body in [
            key(json!(1)),
            json!({ "division": "330106", "facts": key(json!(true)), "entities": key(json!([])), "members": [{ "ref": "a" }] }),
            json!({ "division": "330106", "members": [key(json!(1)), { "ref": "a", "facts": key(json!(1)), "document": key(json!(2)) }] }),
            json!({ "division": "330106", "entities": { "vehicle": [key(json!(1))] }, "members": [{ "ref": "a" }] }),
        ] {
            talk.post("/v1/households", "clerk", body.clone()).await;
            talk.post("/v1/calculate", "clerk", body.clone()).await;
            talk.post(
                "/v1/calculate",
                "clerk",
                json!({ "household": body, "outputs": [value, format!("dibao.{value}")] }),
            )
            .await;
        }
        talk.get(&format!("/v1/persons?{}=1&division={}", percent(value), percent(value))).await;
    }
}

/// A plugin that panics with a number in its message, and one that talks until it is stopped.
async fn plugins_that_talk(talk: &mut Talk, flock: &[Canary]) {
    for income in ["0.01", "0.05"] {
        let mut household = Canary::household("330106", &flock[2..]);
        household["facts"]["household.income_12_months"] = income.into();
        talk.post("/v1/calculate", "clerk", json!({ "household": household, "as_of": "2024-07-01" })).await;
    }
}

/// The tables are gone under the server.
async fn broken_database(talk: &mut Talk, flock: &[Canary], database: &Database, home: &str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database.file().unwrap()).foreign_keys(false);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("drop table person_term; drop table person_identity; drop table idempotency_key")
        .execute(&mut connection)
        .await
        .unwrap();
    talk.get(&format!("/v1/persons?division=330106&name={}", percent(&flock[0].name))).await;
    talk.post("/v1/households", "clerk", Canary::household("330106", &flock[2..])).await;
    sqlx::raw_sql("drop table determination_reasons; alter table household_document rename column ciphertext to gone")
        .execute(&mut connection)
        .await
        .unwrap();
    talk.get(home).await;
    talk.post(&format!("{home}/determinations"), "clerk", json!({})).await;
}

/// Every operation of the description was asked for.
fn check_coverage(talk: &Talk) {
    let (_, description) = text(&root().join("core/api/openapi.json")).unwrap();
    let api: Value = serde_json::from_str(&description).unwrap();
    let leads_to = |path: &str, operation: &str| {
        let segments = || path.split('/').zip(operation.split('/'));
        path.split('/').count() == operation.split('/').count()
            && segments().all(|(segment, wanted)| segment == wanted || wanted.starts_with('{'))
    };
    for (operation, methods) in api["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let is_it = |asked: &String| {
                asked.strip_prefix(&format!("{} ", method.to_uppercase())).is_some_and(|path| leads_to(path, operation))
            };
            assert!(talk.asked.iter().any(is_it), "nobody asked for {method} {operation}");
        }
    }
}
