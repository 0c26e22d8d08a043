//! Every route, with what the description of the API says about it.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::openapi::OpenApi;
use aide::transform::TransformOperation;
use axum::routing::get;
use axum::{Extension, Router};
use nuan_kernel::Kernel;

use crate::health::Leaving;
use crate::{
    audit, calculate, catalogue, changes, decisions, description, determinations, entitlements, explorer, health,
    households, imports, matches, metrics, middleware, page, parameters, persons, plugins, reassessments,
};

/// The whole server over a kernel. Until people can sign in, everybody is an operator of this machine.
pub fn router(kernel: Kernel) -> Router {
    router_until(kernel, Leaving::default())
}

/// The same; once it is leaving, it is not ready.
pub fn router_until(kernel: Kernel, leaving: Leaving) -> Router {
    let mut api = OpenApi::default();
    let watched = operations().layer(Extension(leaving)).with_state(kernel.clone());
    let documented = described(&mut api).with_state(kernel);
    middleware::around(documented.merge(pages(&api)).merge(watched))
}

/// The description of the API, as `/openapi.json` serves it.
pub fn openapi() -> OpenApi {
    let mut api = OpenApi::default();
    drop(described(&mut api));
    api
}

fn described(api: &mut OpenApi) -> Router<Kernel> {
    description::begin();
    routes().merge(decided()).finish_api_with(api, description::head)
}

fn routes() -> ApiRouter<Kernel> {
    ApiRouter::new()
        .api_route("/v1/calculate", post_with(calculate::calculate, about("calculate", CALCULATE)))
        .api_route(
            "/v1/households",
            post_with(households::create::create, about("households.create", RECORD_HOUSEHOLD))
                .get_with(households::list::list, about("households.list", LIST_HOUSEHOLDS)),
        )
        .api_route("/v1/households/{id}", get_with(households::show::show, about("households.show", SHOW_HOUSEHOLD)))
        .api_route(imports::create::PATH, post_with(imports::create::create, about("imports.create", IMPORT)))
        .api_route(
            "/v1/households/{id}/determinations",
            post_with(determinations::create::create, about("determinations.create", DETERMINE))
                .get_with(determinations::list::list, about("determinations.list", LIST_DETERMINATIONS)),
        )
        .api_route(
            "/v1/households/{id}/change-requests",
            post_with(changes::create::create, about("changes.create", SUBMIT_CHANGE))
                .get_with(changes::list::list, about("changes.list", LIST_CHANGES)),
        )
        .api_route(
            "/v1/change-requests",
            get_with(changes::waiting::waiting, about("changes.waiting", WAITING_CHANGES)),
        )
        .api_route("/v1/change-requests/{id}", get_with(changes::show::show, about("changes.show", SHOW_CHANGE)))
        .api_route(
            "/v1/change-requests/{id}/decisions",
            post_with(changes::decide::decide, about("changes.decide", DECIDE_CHANGE)),
        )
        .api_route(
            "/v1/determinations/{id}",
            get_with(determinations::show::show, about("determinations.show", SHOW_DETERMINATION)),
        )
        .api_route("/v1/persons", get_with(persons::list::list, about("persons.list", FIND_PERSONS)))
        .api_route("/v1/persons/{id}", get_with(persons::show::show, about("persons.show", SHOW_PERSON)))
        .api_route(
            "/v1/persons/{id}/matches",
            post_with(matches::create::create, about("matches.create", COMPARE_PERSON))
                .get_with(matches::list::list, about("matches.list", LIST_MATCHES)),
        )
        .api_route("/v1/matches/{id}", get_with(matches::show::show, about("matches.show", SHOW_MATCH)))
        .api_route(
            "/v1/matches/{id}/decisions",
            post_with(matches::decide::decide, about("matches.decide", DECIDE_MATCH)),
        )
        .api_route(
            "/v1/reassessments",
            post_with(reassessments::create::create, about("reassessments.create", REASSESS)),
        )
        .api_route(
            "/v1/reassessments/{id}",
            get_with(reassessments::show::show, about("reassessments.show", SHOW_REASSESSMENT)),
        )
        .api_route(
            "/v1/reassessments/{id}/cancellations",
            post_with(reassessments::cancel::cancel, about("reassessments.cancel", CANCEL_REASSESSMENT)),
        )
        .api_route(
            "/v1/audit/checkpoint",
            get_with(audit::checkpoint::checkpoint, about("audit.checkpoint", CHECKPOINT)),
        )
        .api_route("/v1/audit/subjects/{id}", get_with(audit::leaves::leaves, about("audit.leaves", LIST_LEAVES)))
        .api_route("/v1/audit/leaves/{id}/proof", get_with(audit::proof::proof, about("audit.proof", PROVE)))
        .api_route("/v1/audit/leaves/{id}/opening", get_with(audit::opening::opening, about("audit.opening", OPEN)))
        .api_route("/v1/audit/growth/{id}", get_with(audit::growth::growth, about("audit.growth", PROVE_GROWTH)))
        .api_route("/v1/parameters/{id}", get_with(parameters::show::show, about("parameters.show", SHOW_PARAMETER)))
        .api_route("/v1/catalogue", get_with(catalogue::show::show, about("catalogue.show", SHOW_CATALOGUE)))
        .api_route("/v1/plugins", get_with(plugins::list::list, about("plugins.list", LIST_PLUGINS)))
}

/// What officials decide, and what is due then.
fn decided() -> ApiRouter<Kernel> {
    ApiRouter::new()
        .api_route(
            "/v1/determinations/{id}/decisions",
            post_with(decisions::create::create, about("decisions.create", DECIDE)),
        )
        .api_route("/v1/decisions/{id}", get_with(decisions::show::show, about("decisions.show", SHOW_DECISION)))
        .api_route(
            "/v1/households/{id}/decisions",
            get_with(decisions::list::list, about("decisions.list", LIST_DECISIONS)),
        )
        .api_route(
            "/v1/households/{id}/entitlements",
            get_with(entitlements::list::list, about("entitlements.list", LIST_ENTITLEMENTS)),
        )
        .api_route(
            "/v1/entitlements/{id}",
            get_with(entitlements::show::show, about("entitlements.show", SHOW_ENTITLEMENT)),
        )
        .api_route(
            "/v1/entitlements/{id}/ends",
            post_with(entitlements::end::end, about("entitlements.end", END_ENTITLEMENT)),
        )
}

/// What whoever runs the server asks for. These stand in no description.
fn operations() -> Router<Kernel> {
    Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::show))
}

/// What a browser asks for. These stand in no description.
fn pages(api: &OpenApi) -> Router {
    Router::new()
        .route("/", get(page::index))
        .route("/page/{*path}", get(page::file))
        .route("/openapi.json", description::route(api))
        .route("/explorer", get(explorer::index))
        .route("/explorer/{file}", get(explorer::file))
}

const CALCULATE: &str = "Calculate without storing (测算)";
const RECORD_HOUSEHOLD: &str = "Record a household";
const LIST_HOUSEHOLDS: &str = "List households";
const SHOW_HOUSEHOLD: &str = "Show a household";
const IMPORT: &str = "Preview a spreadsheet, or put it on the register";
const DETERMINE: &str = "Determine a household";
const LIST_DETERMINATIONS: &str = "List determinations of a household";
const SHOW_DETERMINATION: &str = "Show a determination with its reasons";
const DECIDE: &str = "Decide about a determination (审核确认决定)";
const SHOW_DECISION: &str = "Show a decision";
const LIST_DECISIONS: &str = "List the decisions about a household";
const LIST_ENTITLEMENTS: &str = "List the entitlements of a household (应享待遇)";
const SHOW_ENTITLEMENT: &str = "Show an entitlement, and what has changed since";
const END_ENTITLEMENT: &str = "End an entitlement";
const FIND_PERSONS: &str = "Find persons within a division";
const SHOW_PERSON: &str = "Show a person's record, masked";
const COMPARE_PERSON: &str = "Compare a person with others of such a name";
const LIST_MATCHES: &str = "List the matches of a person";
const SHOW_MATCH: &str = "Show a match with its weights";
const DECIDE_MATCH: &str = "Decide whether two records are one person";
const CHECKPOINT: &str = "Show the signed checkpoint of the audit logs";
const LIST_LEAVES: &str = "List the leaves about an id";
const PROVE: &str = "Prove a leaf against the checkpoint";
const OPEN: &str = "Open a leaf: what it commits to, to be checked";
const PROVE_GROWTH: &str = "Prove that a log has only grown";
const SUBMIT_CHANGE: &str = "Submit a change of a household (变更申请)";
const LIST_CHANGES: &str = "List the change requests about a household";
const WAITING_CHANGES: &str = "List the change requests that wait in a county";
const SHOW_CHANGE: &str = "Show a change request, before and after";
const DECIDE_CHANGE: &str = "Decide about a change request";
const REASSESS: &str = "Reassess all households of a division (复核)";
const SHOW_REASSESSMENT: &str = "Show how far a reassessment has come, and what it changed";
const CANCEL_REASSESSMENT: &str = "Cancel a reassessment";
const SHOW_PARAMETER: &str = "Show a number of the law with its history";
const SHOW_CATALOGUE: &str = "Show facts, lists and codes by name";
const LIST_PLUGINS: &str = "List installed plugins";

/// `noun.verb` and a line; the verb's examples, where it has some.
fn about(id: &'static str, summary: &'static str) -> impl FnOnce(TransformOperation<'_>) -> TransformOperation<'_> {
    move |operation| {
        let tag = id.split('.').next().unwrap_or(id);
        description::with_examples(id, operation.id(id).summary(summary).tag(tag))
    }
}
