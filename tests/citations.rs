//! Every citation of a manifest, parameter, fact, case or rule resolves in the register of legal sources.

use std::collections::BTreeMap;

use nuan_tests::installation::instruments;
use nuan_tests::{kept_files, text};
use nuan_vocabulary::citation::Instrument;

/// `instrument: x, article: y` as YAML and TOML write it, in one pair of braces.
fn cited(text: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    for part in text.split("instrument").skip(1) {
        let Some(part) = part.split(['}', '\n']).next() else { continue };
        let clean = |value: &str| value.trim().trim_matches(['"', '\'']).to_owned();
        let mut fields = part.trim_start_matches([' ', ':', '=']).split(',');
        let Some(instrument) = fields.next().map(clean).filter(|id| !id.is_empty() && !id.contains(' ')) else {
            continue;
        };
        let article = fields.find_map(|field| {
            field.trim().strip_prefix("article").map(|rest| clean(rest.trim_start_matches([' ', ':', '='])))
        });
        found.push((instrument, article));
    }
    found
}

fn unresolved(name: &str, text: &str, register: &BTreeMap<String, Instrument>) -> Vec<String> {
    let missing = |(instrument, article): (String, Option<String>)| match (register.get(&instrument), article) {
        (None, _) => Some(format!("{name}: no instrument {instrument}")),
        (Some(found), Some(article)) if !found.articles.contains_key(&article) => {
            Some(format!("{name}: {instrument} has no article {article}"))
        }
        _ => None,
    };
    cited(text).into_iter().filter_map(missing).collect()
}

#[test]
fn every_citation_resolves() {
    let register = instruments().unwrap();
    let folders = ["plugins", "examples", "sdk/catalogue"];
    let files = folders.into_iter().flat_map(|folder| kept_files(folder).unwrap());
    let data = files.filter(|path| path.extension().is_some_and(|ending| ending == "yaml" || ending == "toml"));
    let mut missing = Vec::new();
    for path in data {
        let (name, text) = text(&path).unwrap();
        missing.extend(unresolved(&name, &text, &register));
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn a_citation_of_nothing_is_seen() {
    let register = instruments().unwrap();
    let text = "cites: [{ instrument: zhejiang-social-assistance-2020, article: 999 }, { instrument: \"nowhere\" }]";
    assert_eq!(unresolved("x", text, &register).len(), 2);
}

#[test]
fn an_article_that_computes_nothing_says_why() {
    for instrument in instruments().unwrap().values() {
        for (article, point) in &instrument.articles {
            assert!(!point.computes.is_empty() || point.why.is_some(), "{} {article}", instrument.id);
        }
    }
}
