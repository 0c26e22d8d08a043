//! `/openapi.json`: OpenAPI 3.1, written from the same types that are read and answered.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use aide::generate::{in_context, reset_context};
use aide::openapi::{Info, License, MediaType, OpenApi, Operation, Server, StatusCode, Tag};
use aide::transform::{TransformOpenApi, TransformOperation};
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::Value;

const CALCULATE_REQUEST: &str = include_str!("description/calculate_request.json");
const CALCULATE_RESPONSE: &str = include_str!("description/calculate_response.json");

const TAGS: [(&str, &str); 13] = [
    ("calculate", "Ask without leaving a trace (测算)."),
    ("households", "Households (共同生活家庭) on the register."),
    ("imports", "Spreadsheets of townships: previewed, and put on the register."),
    ("persons", "Persons on the register: one record each (一人一档)."),
    ("matches", "Records that may be of one person: proposed by weights, decided by people."),
    ("changes", "Changes of what the register holds (变更申请): one person submits, another decides."),
    ("determinations", "Computed, reasoned results (测算结论); never changed once stored."),
    ("decisions", "What officials decide about determinations (审核确认决定)."),
    ("entitlements", "What is due after a decision (应享待遇): amount, period, payee."),
    ("audit", "Leaves, proofs, openings and the signed checkpoint, for anyone to check."),
    ("parameters", "The numbers of the law: dated, cited, by division."),
    ("catalogue", "The facts that can be stated, with titles and codes."),
    ("plugins", "The rules that are installed."),
];

/// Schemas of OpenAPI 3.1 are JSON Schema 2020-12; aide itself would write draft 7.
pub fn begin() {
    reset_context();
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.meta_schema = None;
        settings.definitions_path = "#/components/schemas/".into();
    });
    in_context(|ctx| ctx.schema = SchemaGenerator::new(settings));
}

/// Title, licence, server and tags.
pub fn head(mut api: TransformOpenApi<'_>) -> TransformOpenApi<'_> {
    let license =
        License { name: "Apache-2.0".to_owned(), identifier: Some("Apache-2.0".to_owned()), ..License::default() };
    let description = "What is a household entitled to, why, and under which article? Amounts are fen; dates are civil \
                       dates; unknown is a value of its own. Refusals are `application/problem+json` with stable codes.";
    api.inner_mut().info = Info {
        title: "Nuan (暖)".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        description: Some(description.to_owned()),
        license: Some(license),
        ..Info::default()
    };
    api.inner_mut().servers = vec![Server { url: "/".to_owned(), ..Server::default() }];
    let tag = |(name, text): (&str, &str)| Tag {
        name: name.to_owned(),
        description: Some(text.to_owned()),
        ..Tag::default()
    };
    api.inner_mut().tags = TAGS.map(tag).into();
    api
}

/// Adds the worked example of an operation that has one.
pub fn with_examples<'t>(id: &str, mut operation: TransformOperation<'t>) -> TransformOperation<'t> {
    if id == "calculate" {
        let described = operation.inner_mut();
        set_example(request_body(described), CALCULATE_REQUEST);
        set_example(response_body(described), CALCULATE_RESPONSE);
    }
    operation
}

fn request_body(operation: &mut Operation) -> Option<&mut MediaType> {
    operation.request_body.as_mut()?.as_item_mut()?.content.get_mut("application/json")
}

fn response_body(operation: &mut Operation) -> Option<&mut MediaType> {
    let answered = operation.responses.as_mut()?.responses.get_mut(&StatusCode::Code(200))?;
    answered.as_item_mut()?.content.get_mut("application/json")
}

fn set_example(body: Option<&mut MediaType>, json: &str) {
    if let (Some(body), Ok(example)) = (body, serde_json::from_str::<Value>(json)) {
        body.example = Some(example);
    }
}

/// Serves the description, written once.
pub fn route(api: &OpenApi) -> MethodRouter {
    let written: Arc<str> = serde_json::to_string(api).unwrap_or_default().into();
    get(async move || ([(header::CONTENT_TYPE, "application/json")], written.to_string()).into_response())
}
