//! Golden cases over HTTP: asked without a trace, and recorded, determined and stored. Both have to answer as the case says.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use libtest_mimic::{Failed, Trial};
use nuan_host::package::Package;
use nuan_testkit::{
    Answers, Case, Expectation, Plugin, cases, differences, document, expectations, override_parameters, plugin_folders,
};
use nuan_tests::installation::{Database, instruments, kernel, packages};
use nuan_vocabulary::citation::Instrument;
use nuan_vocabulary::determination::Determination;
use nuan_vocabulary::manifest::Role;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tower::ServiceExt;

use crate::reasons;

/// Bytes of the largest answer.
const MOST: usize = 16 << 20;
/// No installed plugin answers for this place and date.
const NOTHING_APPLIES: &str = "NU3405";

/// The database below the API.
#[derive(Clone, Copy, Debug)]
pub enum On {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// The API with all plugins over one database.
struct Api {
    router: Router,
    packages: Vec<Package>,
    instruments: BTreeMap<String, Instrument>,
    database: Database,
}

/// All cases of all plugins over a database. A server that cannot be had is a test that fails and says why.
pub fn trials(on: On, runtime: &Handle) -> Vec<Trial> {
    let (api, plugins) = match (runtime.block_on(Api::start(on)), subjects()) {
        (Ok(api), Ok(plugins)) => (Arc::new(api), plugins),
        (api, plugins) => {
            let errors = [api.err(), plugins.err()].into_iter().flatten();
            let text = errors.map(|error| format!("{error:#}")).collect::<Vec<_>>().join("\n");
            return vec![Trial::test("the API can be started", move || Err(text.into())).with_kind(on.to_string())];
        }
    };
    let mut trials = Vec::new();
    for (plugin, cases) in plugins {
        for case in cases {
            let (api, plugin, runtime) = (Arc::clone(&api), Arc::clone(&plugin), runtime.clone());
            let name = format!("{} {}", case.place.file, case.name);
            if matches!(on, On::Sqlite) {
                let (api, plugin, case, runtime) =
                    (Arc::clone(&api), Arc::clone(&plugin), case.clone(), runtime.clone());
                let run = move || runtime.block_on(check_reasons(&api, &plugin, &case));
                trials.push(Trial::test(name.clone(), run).with_kind("reasons"));
            }
            let run = move || runtime.block_on(check(&api, &plugin, &case));
            trials.push(Trial::test(name, run).with_kind(on.to_string()));
        }
    }
    trials
}

/// Every plugin with its cases.
fn subjects() -> Result<Vec<(Arc<Plugin>, Vec<Case>)>> {
    let subject = |folder: &Path| Ok((Arc::new(Plugin::open(folder)?), cases(folder)?));
    plugin_folders().iter().map(|folder| subject(folder)).collect()
}

impl Api {
    async fn start(on: On) -> Result<Self> {
        let packages = packages()?;
        let database = match on {
            On::Sqlite => Database::sqlite("golden").await?,
            On::Postgres => Database::postgres("golden").await?,
        };
        let router = nuan_api::router(kernel(packages.clone(), &database).await?);
        Ok(Self { router, packages, instruments: instruments()?, database })
    }

    /// The API with the numbers of the law that a case sets for itself.
    async fn of_case(&self, case: &Case) -> Result<Router> {
        if case.parameters.is_empty() {
            return Ok(self.router.clone());
        }
        let mut packages = self.packages.clone();
        override_parameters(&mut packages, &case.parameters)?;
        Ok(nuan_api::router(kernel(packages, &self.database).await?))
    }
}

async fn check(api: &Api, plugin: &Plugin, case: &Case) -> Result<(), Failed> {
    let expected = expectations(case, &plugin.output_names())?;
    let household = document(case, plugin.schema())?;
    let router = api.of_case(case).await.map_err(|error| format!("{error:#}"))?;
    let mut outputs: Vec<&str> = expected.iter().map(|expectation| expectation.output.as_str()).collect();
    outputs.dedup();
    let body = json!({ "household": household, "outputs": outputs });
    let calculated = calculated(&router, case, body).await.map_err(|error| format!("{} {error:#}", case.place))?;
    compare("calculate", case, &expected, calculated.as_ref())?;
    let stored = stored(&router, case, &household).await.map_err(|error| format!("{} {error:#}", case.place))?;
    let kept: Vec<Expectation> =
        expected.into_iter().filter(|expectation| is_stored(plugin, &expectation.output)).collect();
    compare("determination", case, &kept, stored.as_ref())
}

/// What is answered does not depend on the database, and neither do the reasons.
async fn check_reasons(api: &Api, plugin: &Plugin, case: &Case) -> Result<(), Failed> {
    let household = document(case, plugin.schema())?;
    let router = api.of_case(case).await.map_err(|error| format!("{error:#}"))?;
    let body = json!({ "household": household });
    match calculated(&router, case, body).await.map_err(|error| format!("{} {error:#}", case.place))? {
        Some(answer) => reasons::name_the_law(case, &answer, &api.instruments),
        None => Ok(()),
    }
}

fn compare(what: &str, case: &Case, expected: &[Expectation], answer: Option<&Determination>) -> Result<(), Failed> {
    let answers = answer.map(|answer| Answers::of_determination(&answer.outputs)).unwrap_or_default();
    let differences = differences(expected, &answers);
    if differences.is_empty() {
        return Ok(());
    }
    let lines = differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    Err(format!("{} {} ({what})\n{lines}", case.place, case.name).into())
}

/// Intermediate outputs below the household are no part of a determination.
fn is_stored(plugin: &Plugin, output: &str) -> bool {
    plugin
        .outputs()
        .get(output)
        .is_some_and(|declared| declared.entity == "household" || declared.role != Role::Intermediate)
}

/// `POST /v1/calculate`. Nothing where no plugin applies.
async fn calculated(router: &Router, case: &Case, mut body: Value) -> Result<Option<Determination>> {
    set_known_at(&mut body, case);
    match post(router, "/v1/calculate", &body).await? {
        (StatusCode::OK, answer) => Ok(Some(serde_json::from_value(answer).context("the answer is no determination")?)),
        (_, problem) if problem.get("code").is_some_and(|code| code == NOTHING_APPLIES) => Ok(None),
        (status, problem) => bail!("calculate answers {status}: {problem}"),
    }
}

/// `POST /v1/households`, then `POST /v1/households/{id}/determinations`.
async fn stored(router: &Router, case: &Case, household: &Value) -> Result<Option<Determination>> {
    let (status, recorded) = post(router, "/v1/households", household).await?;
    let id = recorded
        .get("id")
        .and_then(Value::as_str)
        .with_context(|| format!("recording answers {status}: {recorded}"))?;
    let mut body = json!({});
    set_known_at(&mut body, case);
    match post(router, &format!("/v1/households/{id}/determinations"), &body).await? {
        (StatusCode::CREATED, answer) => {
            Ok(Some(serde_json::from_value(answer).context("the answer is no determination")?))
        }
        (_, problem) if problem.get("code").is_some_and(|code| code == NOTHING_APPLIES) => Ok(None),
        (status, problem) => bail!("determining answers {status}: {problem}"),
    }
}

fn set_known_at(body: &mut Value, case: &Case) {
    if let (Some(known_at), Some(body)) = (case.known_at, body.as_object_mut()) {
        body.insert("known_at".to_owned(), json!(known_at.to_string()));
    }
}

async fn post(router: &Router, path: &str, body: &Value) -> Result<(StatusCode, Value)> {
    let request =
        Request::post(path).header(header::HOST, "localhost").header(header::CONTENT_TYPE, "application/json");
    let response = router.clone().oneshot(request.body(Body::from(body.to_string()))?).await?;
    let status = response.status();
    let bytes = to_bytes(response.into_body(), MOST).await?;
    Ok((status, serde_json::from_slice(&bytes).context("the answer is not JSON")?))
}
