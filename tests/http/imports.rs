//! A township's spreadsheet over HTTP: previewed, imported once however often it is sent, and gone on with after a cut.

use std::collections::BTreeSet;

use axum::http::{HeaderValue, Request};
use nuan_kernel::import::{Mapping, Table};
use nuan_kernel::{Actor, ImportRequest};
use serde_json::{Value, json};

use super::conversation::{Conversation, fresh_kernel, get, post_text};

const PATH: &str = "/v1/imports";

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(nuan_tests::root().join("tests/fixtures").join(name)).unwrap()
}

fn text(name: &str) -> String {
    String::from_utf8(fixture(name)).unwrap()
}

/// A form as curl sends it with `-F`.
fn form(fields: &[(&str, &str)]) -> Request<String> {
    let field = |(name, content): &(&str, &str)| {
        format!("--nuan\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\n\r\n{content}\r\n")
    };
    let body = fields.iter().map(field).collect::<String>() + "--nuan--\r\n";
    post_text(PATH, "multipart/form-data; boundary=nuan", body)
}

/// The township with its mapping.
fn township(commit: &str) -> Request<String> {
    form(&[("file", &text("township.csv")), ("mapping", &text("township.mapping.yaml")), ("commit", commit)])
}

fn ids(body: &Value) -> BTreeSet<String> {
    body["imported"].as_object().unwrap().values().map(|id| id.as_str().unwrap().to_owned()).collect()
}

async fn on_the_register(conversation: &Conversation) -> usize {
    let listed = conversation.ask(&get("/v1/households?division=999901")).await;
    listed.body()["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_spreadsheet_is_previewed_and_imported_once() {
    let mut conversation = Conversation::begin().await;
    let seen = conversation.say("A preview names every mistake and writes nothing.", township("false")).await;
    assert_eq!((ids(seen.body()).len(), on_the_register(&conversation).await), (0, 0));
    let unsaid = form(&[("file", &text("township.csv")), ("mapping", &text("township.mapping.yaml"))]);
    assert_eq!(conversation.ask(&unsaid).await.body(), seen.body(), "what is not said is a preview");
    let done = conversation.say("Three households are imported, two are left out.", township("true")).await;
    assert_eq!((done.body()["summary"].clone(), ids(done.body()).len()), (seen.body()["summary"].clone(), 3));
    conversation.ends_as("imports/create");

    let mut conversation = Conversation::begin().await;
    let done = conversation.ask(&township("true")).await;
    let again = conversation.ask(&township("true")).await;
    assert_eq!((again.body(), on_the_register(&conversation).await), (done.body(), 3), "the same file again");
    let guessed = conversation.say("Without a mapping it is guessed.", form(&[("file", &text("township.csv"))])).await;
    let mapping = guessed.body()["mapping"].to_string();
    assert!(Mapping::from_yaml("mapping", &mapping).is_ok(), "it can be completed and sent back: {mapping}");
    conversation.ends_as("imports/guessed");
}

#[tokio::test]
async fn two_imports_of_one_file_at_once_are_one() {
    let conversation = Conversation::begin().await;
    let request = township("true");
    let (one, other) = tokio::join!(conversation.ask(&request), conversation.ask(&request));
    assert_eq!((one.status().as_u16(), one.body()), (200, other.body()));
    assert_eq!((ids(one.body()).len(), on_the_register(&conversation).await), (3, 3));
}

#[tokio::test]
async fn an_import_that_was_cut_off_goes_on_when_the_file_comes_again() {
    let kernel = fresh_kernel().await;
    let (file, actor) = (fixture("township.csv"), Actor::local_operator());
    let mapping = Mapping::read("mapping", &fixture("township.mapping.yaml")).unwrap();
    let mut preview = kernel.preview_import(&Table::read(&file).unwrap(), &mapping).unwrap();
    preview.households.truncate(1);
    kernel.import(&actor, &file, &preview, |_| {}).await.unwrap();
    let conversation = Conversation::with(kernel);
    let first = conversation.ask(&get("/v1/households?division=999901")).await;
    let first = first.body()["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(on_the_register(&conversation).await, 1);
    let done = conversation.ask(&township("true")).await;
    assert!(ids(done.body()).contains(&first), "{}", done.body());
    assert_eq!((ids(done.body()).len(), on_the_register(&conversation).await), (3, 3));
}

#[tokio::test]
async fn what_the_register_refuses_is_said_beside_what_it_took() {
    let conversation = Conversation::begin().await;
    conversation.ask(&township("true")).await;
    let other = text("township.csv").replace("在外务工", "在家");
    let mapping = text("township.mapping.yaml");
    let done = conversation.ask(&form(&[("file", &other), ("mapping", &mapping), ("commit", "true")])).await;
    let refused = done.body()["refused"].as_array().unwrap();
    assert_eq!((done.status().as_u16(), refused.len(), ids(done.body()).len()), (200, 3, 0));
    assert!(refused.iter().all(|one| one["code"] == "NU5010"), "{refused:?}");
}

#[tokio::test]
async fn a_file_is_read_in_any_of_its_forms() {
    let kernel = fresh_kernel().await;
    let ask = async |file: &str| {
        let mapping = Some(fixture("township.mapping.yaml"));
        let request = ImportRequest { file: fixture(file), mapping, is_committed: false };
        kernel.import_spreadsheet(&Actor::local_operator(), request).await.unwrap()
    };
    assert_eq!(ask("township.csv").await, ask("township.gb18030.csv").await);
}

#[tokio::test]
async fn an_import_that_makes_no_sense_is_refused() {
    let mut conversation = Conversation::begin().await;
    let file = text("township.csv");
    let fields = [("fiel", file.as_str()), ("commit", "yes"), ("mapping", "a"), ("mapping", "b")];
    conversation.say("An unknown field, a wrong value, a field twice, no file.", form(&fields)).await;
    conversation.say("Two files.", form(&[("file", &file), ("file", &file)])).await;
    let body = json!({ "file": "township.csv" }).to_string();
    conversation.say("It is no form.", post_text(PATH, "application/json", body)).await;
    let mut cut = form(&[("file", &file)]);
    let whole = cut.body().len();
    cut.body_mut().truncate(whole - 12);
    conversation.say("The form was cut off.", cut).await;
    let mut queried = township("true");
    *queried.uri_mut() = format!("{PATH}?commit=true").parse().unwrap();
    conversation.say("A query is never ignored.", queried).await;
    conversation.say("This is no spreadsheet.", form(&[("file", &"张三\n".repeat(100))])).await;
    let swapped = form(&[("file", &file), ("mapping", &file)]);
    let refused = conversation.say("The spreadsheet is in the mapping's place.", swapped).await;
    assert!(!refused.body().to_string().contains("999999197"), "{}", refused.body());
    let elsewhere = "version: 1\nhousehold: 没有的列\ndivision: { is: \"999901\" }\n";
    conversation.say("The mapping is of another file.", form(&[("file", &file), ("mapping", elsewhere)])).await;
    assert_eq!(on_the_register(&conversation).await, 0);
    conversation.ends_as("refused/import");
}

#[tokio::test]
async fn another_operator_does_not_import_the_file_a_second_time() {
    let conversation = Conversation::begin().await;
    conversation.ask(&township("true")).await;
    let mut other = township("true");
    other.headers_mut().insert("nuan-actor", HeaderValue::from_static("officer"));
    let done = conversation.ask(&other).await;
    assert_eq!((done.status().as_u16(), on_the_register(&conversation).await), (200, 3), "{}", done.body());
}
