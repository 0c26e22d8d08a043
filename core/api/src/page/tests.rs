//! The page against itself: it loads nothing from elsewhere, and says everything in both languages.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn text(path: &str) -> String {
    String::from_utf8(Console::get(path).unwrap_or_else(|| panic!("{path}")).data.into_owned()).unwrap()
}

fn files(kind: &str) -> impl Iterator<Item = (String, String)> {
    Console::iter().filter(move |path| path.ends_with(kind)).map(|path| (path.to_string(), text(&path)))
}

/// What stands between two marks, every time.
fn between<'a>(text: &'a str, open: &'a str, close: char) -> impl Iterator<Item = &'a str> {
    text.split(open).skip(1).filter_map(move |rest| rest.split(close).next())
}

fn messages(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let ftl = text(&format!("locales/{language}/page.ftl"));
    let lines = ftl.lines().filter_map(|line| line.split_once(" = "));
    let arguments = |text: &str| between(text, "{ $", ' ').map(str::to_owned).collect();
    lines.map(|(key, text)| (key.to_owned(), arguments(text))).collect()
}

#[test]
fn both_languages_have_the_same_messages() {
    let (chinese, english) = (messages("zh-CN"), messages("en"));
    assert_eq!(chinese, english);
    for (language, known) in [("zh-CN", chinese), ("en", english)] {
        let ftl = text(&format!("locales/{language}/page.ftl"));
        let lines = ftl.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
        assert_eq!(lines, known.len(), "{language} has a message twice, or a line that is none");
    }
}

#[test]
fn nothing_is_said_that_has_no_message() {
    let known = messages("zh-CN");
    let page = text("index.html");
    let in_page = between(&page, "data-say=\"", '"').chain(between(&page, "data-say-label=\"", '"')).map(str::to_owned);
    let scripts: Vec<_> = files(".js").map(|(_, script)| script).collect();
    let in_scripts =
        scripts.iter().flat_map(|script| between(script, "say(\"", '"').chain(between(script, "marked(\"", '"')));
    for key in in_page.chain(in_scripts.map(str::to_owned)) {
        assert!(known.contains_key(&key), "no message `{key}`");
    }
}

#[test]
fn the_page_asks_nobody_else() {
    for (path, content) in ["html", "js", "css"].into_iter().flat_map(files) {
        assert!(!content.contains("://") && !content.contains("src=\"//"), "{path}");
        assert!(!content.contains("innerHTML") && !content.contains("style=\""), "{path}");
        assert!(content.lines().count() <= 400, "{path}");
    }
}

#[test]
fn whatever_is_asked_for_is_there() {
    let page = text("index.html");
    for path in between(&page, "=\"/page/", '"') {
        assert!(Console::get(path).is_some(), "{path}");
    }
    for (from, script) in files(".js") {
        let folder = from.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        for import in between(&script, "from \"./", '"') {
            assert!(Console::get(&format!("{folder}{import}")).is_some(), "{from} imports {import}");
        }
    }
}

#[tokio::test]
async fn a_file_that_has_not_changed_is_not_sent_again() {
    let first = file(Path("nuan.js".to_owned()), HeaderMap::new()).await.unwrap();
    assert_eq!(first.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
    let mut headers = HeaderMap::new();
    headers.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
    let second = file(Path("nuan.js".to_owned()), headers).await.unwrap();
    assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    assert!(file(Path("../api/Cargo.toml".to_owned()), HeaderMap::new()).await.is_err());
}
