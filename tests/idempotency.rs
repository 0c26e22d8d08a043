//! Idempotency keys over every create of the API (T12): the same request again is answered alike, another request under the key
//! is refused, one that is still being done is named, another actor's key is another key, and a restart forgets nothing.
//!
//! Eight creates by five cases are the table of 40.

mod forgotten;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use nuan_domain::audit::{digest, hex};
use nuan_domain::crypto::CryptoSuite;
use nuan_kernel::{Kernel, Keys};
use nuan_store::idempotency::{Claim, claim};
use nuan_tests::installation::{Database, kernel, package};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Counties of which each has people of its own, so that cases do not meet.
const COUNTIES: [&str; 2] = ["330106", "330108"];

/// Everything that can be created.
#[derive(Clone, Copy, Debug)]
enum Create {
    Household,
    Determination,
    ChangeRequest,
    ChangeDecision,
    Matches,
    MatchDecision,
    Decision,
    EntitlementEnd,
}

const CREATES: [Create; 8] = [
    Create::Household,
    Create::Determination,
    Create::ChangeRequest,
    Create::ChangeDecision,
    Create::Matches,
    Create::MatchDecision,
    Create::Decision,
    Create::EntitlementEnd,
];

/// A request that can be made once everything that it needs is there, and another one to the same place.
struct Asked {
    actor: &'static str,
    path: String,
    body: String,
    other_body: String,
}

/// A server over a register of its own.
struct Server {
    kernel: Kernel,
    router: Router,
}

impl Server {
    async fn over(database: &Database) -> Self {
        let kernel = kernel(vec![package("plugins/basic-living").unwrap()], database).await.unwrap();
        Self { router: nuan_api::router(kernel.clone()), kernel }
    }

    async fn ask(&self, actor: &str, path: &str, body: &str, key: Option<&str>) -> Response<Value> {
        let method = if body.is_empty() { "GET" } else { "POST" };
        let request =
            Request::builder().method(method).uri(path).header("host", "localhost").header("nuan-actor", actor);
        let request = request.header("content-type", "application/json");
        let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
        let response = self.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 24).await.unwrap();
        Response::from_parts(parts, serde_json::from_slice(&bytes).unwrap())
    }

    /// Makes something that a case needs, and says where it is and what it is.
    async fn made(&self, actor: &str, path: &str, body: &Value) -> (String, Value) {
        let made = self.ask(actor, path, &body.to_string(), None).await;
        assert_eq!(made.status().as_u16(), 201, "{path}: {}", made.body());
        (made.headers()["location"].to_str().unwrap().to_owned(), made.into_body())
    }

    /// The path of a household of the county.
    async fn home(&self, county: &str) -> (String, Value) {
        let text = std::fs::read_to_string(nuan_tests::root().join("tests/fixtures/household.json")).unwrap();
        let mut document: Value = serde_json::from_str(&text).unwrap();
        document["division"] = county.into();
        for (member, name) in [(0, "欧阳锋"), (1, "欧阳峰")] {
            document["members"][member]["name"] = name.into();
            document["members"][member]["facts"]["member.birth_date"] = "1981-03-17".into();
        }
        self.made("clerk", "/v1/households", &document).await
    }

    async fn determination(&self, home: &str) -> String {
        self.made("clerk", &format!("{home}/determinations"), &json!({ "as_of": "2024-07-01" })).await.0
    }
}

fn leave(reason: &str) -> Value {
    let change = json!({ "kind": "leave", "member": "c", "from": "2024-08-01", "because": "moved_out" });
    json!({ "change": change, "reason": reason })
}

fn adopt() -> Value {
    json!({ "action": "adopt", "kinds": ["dibao"] })
}

impl Create {
    async fn asked(self, server: &Server, county: &str) -> Asked {
        let asked = |actor, path: String, body: Value, other_body: Value| Asked {
            actor,
            path,
            body: body.to_string(),
            other_body: other_body.to_string(),
        };
        if matches!(self, Self::Household) {
            let body = |reference: &str| json!({ "division": county, "members": [{ "ref": reference }] });
            return asked("clerk", "/v1/households".to_owned(), body("a"), body("b"));
        }
        let (home, document) = server.home(county).await;
        match self {
            Self::Household | Self::Determination => {
                let day = |day: &str| json!({ "as_of": day });
                asked("clerk", format!("{home}/determinations"), day("2024-07-01"), day("2024-07-02"))
            }
            Self::ChangeRequest => asked("clerk", format!("{home}/change-requests"), leave("迁居"), leave("离家")),
            Self::ChangeDecision => {
                let (request, _) = server.made("clerk", &format!("{home}/change-requests"), &leave("迁居")).await;
                let body = |action: &str| json!({ "action": action, "reason": "属实" });
                asked("officer", format!("{request}/decisions"), body("approve"), body("refuse"))
            }
            Self::Matches | Self::MatchDecision => {
                let person = document["members"][0]["person"].as_str().unwrap();
                let path = format!("/v1/persons/{person}/matches");
                if matches!(self, Self::Matches) {
                    // There is one request to this place, which may be written in several ways.
                    let other_body = "{ }".to_owned();
                    return Asked { other_body, ..asked("clerk", path, json!({}), json!({})) };
                }
                let (_, proposed) = server.made("clerk", &path, &json!({})).await;
                let id = proposed["items"][0]["id"].as_str().unwrap();
                let body = |reason: &str| json!({ "action": "reject", "reason": reason });
                asked("officer", format!("/v1/matches/{id}/decisions"), body("不是一人"), body("是兄弟"))
            }
            Self::Decision => {
                let path = format!("{}/decisions", server.determination(&home).await);
                let other = json!({ "action": "adopt", "kinds": ["dibao"], "payee": "b" });
                asked("officer", path, adopt(), other)
            }
            Self::EntitlementEnd => {
                let path = format!("{}/decisions", server.determination(&home).await);
                let (_, decision) = server.made("officer", &path, &adopt()).await;
                let id = decision["benefits"][0]["entitlement"].as_str().unwrap();
                let body = |day: &str| json!({ "ends_on": day, "reason": "自愿退出" });
                asked("officer", format!("/v1/entitlements/{id}/ends"), body("2026-03-01"), body("2026-04-01"))
            }
        }
    }
}

fn is_replayed(answer: &Response<Value>) -> bool {
    answer.headers().contains_key("idempotency-replayed")
}

fn status(answer: &Response<Value>) -> (u16, Option<&str>) {
    (answer.status().as_u16(), answer.body()["code"].as_str())
}

/// What the database keeps of a request, keyed as the kernels of tests key it.
fn request_token(route: &str, body: &str) -> String {
    let keys = Keys::new(CryptoSuite::International, [7; 32], "test", [9; 32]);
    hex(&keys.blind_index().token("request", route, &digest(body.as_bytes())))
}

/// The request is being done elsewhere: its key is claimed, and has no answer yet.
async fn is_under_way(database: &Database, asked: &Asked, county: &str, key: &str) {
    let county = county.parse().unwrap();
    let mut writing = database.store.begin_write([county]).await.unwrap();
    let claimed = Claim {
        actor: asked.actor.to_owned(),
        key: key.to_owned(),
        county,
        route: format!("POST {}", asked.path),
        request_digest: request_token(&format!("POST {}", asked.path), &asked.body),
        created_at: "2025-11-24T00:00:00Z".parse().unwrap(),
    };
    assert_eq!(claim(&mut writing, &claimed).await.unwrap(), None);
    writing.commit().await.unwrap();
}

/// The five cases of one create; says how many held.
async fn five_cases(create: Create) -> usize {
    let database = Database::sqlite("idempotency").await.unwrap();
    let server = Server::over(&database).await;
    let asked = create.asked(&server, COUNTIES[0]).await;
    let Asked { actor, path, body, other_body } = &asked;
    let first = server.ask(actor, path, body, Some("c0ffee")).await;
    assert_eq!((first.status().as_u16(), is_replayed(&first)), (201, false), "{create:?}: {}", first.body());
    let again = server.ask(actor, path, body, Some("c0ffee")).await;
    assert_eq!((again.status().as_u16(), is_replayed(&again)), (201, true), "{create:?}: {}", again.body());
    assert_eq!(again.body(), first.body(), "{create:?}");

    let other = server.ask(actor, path, other_body, Some("c0ffee")).await;
    assert_eq!(status(&other), (422, Some("NU5002")), "{create:?}");

    let waiting = create.asked(&server, COUNTIES[1]).await;
    is_under_way(&database, &waiting, COUNTIES[1], "decaf").await;
    let in_flight = server.ask(waiting.actor, &waiting.path, &waiting.body, Some("decaf")).await;
    assert_eq!(status(&in_flight), (409, Some("NU5003")), "{create:?}");

    server.kernel.finish().await.unwrap();
    let reopened = Database::at(database.file().unwrap()).await.unwrap();
    let server = Server::over(&reopened).await;
    let restarted = server.ask(actor, path, body, Some("c0ffee")).await;
    assert_eq!((restarted.body(), is_replayed(&restarted)), (first.body(), true), "{create:?}");

    // If the key were the first actor's, this would be answered with the first answer.
    let theirs = server.ask("somebody-else", path, body, Some("c0ffee")).await;
    let is_own = matches!(theirs.status().as_u16(), 201 | 409) && !is_replayed(&theirs);
    assert!(is_own, "{create:?}: {}", theirs.body());
    server.kernel.finish().await.unwrap();
    5
}

#[tokio::test(flavor = "multi_thread")]
async fn every_create_is_done_once_under_a_key() {
    let mut held = 0;
    for create in CREATES {
        held += five_cases(create).await;
    }
    println!("T12, N {held} cases, failures 0");
    assert_eq!(held, 40);
}
