//! What a plugin cites: places in the register, or in the law that it brings itself.

use std::collections::BTreeMap;

use nuan_host::package::Contents;
use nuan_vocabulary::citation::{Citation, Instrument};
use nuan_vocabulary::diagnostic::Diagnostic;

type Instruments = BTreeMap<String, Instrument>;

/// Citations that lead nowhere, outputs without any, and law that the register has otherwise.
pub fn mistakes(contents: &Contents, register: &Instruments) -> Vec<Diagnostic> {
    let Contents { manifest, parameters, instruments: own } = contents;
    let coordinate = manifest.coordinate();
    let basis = manifest.legal_basis.iter().map(|place| ("/legal_basis".to_owned(), place));
    let of_outputs = manifest
        .outputs
        .iter()
        .flat_map(|(name, output)| output.cites.iter().map(move |place| (format!("/outputs/{name}"), place)));
    let of_benefits = manifest
        .benefits
        .iter()
        .flat_map(|(kind, benefit)| benefit.cites.iter().map(move |place| (format!("/benefits/{kind}"), place)));
    let of_parameters = parameters.values().flat_map(|parameter| {
        let rows = parameter.values.iter().filter_map(|row| row.cites.as_ref());
        rows.map(|place| (format!("/parameters/{}", parameter.id), place))
    });
    let all = basis.chain(of_outputs).chain(of_benefits).chain(of_parameters);
    let lost = all.filter_map(|(path, place)| unresolved(&format!("{coordinate} {path}"), place, own, register));
    let bare = manifest.outputs.iter().filter(|(_, output)| output.cites.is_empty()).map(|(name, _)| {
        Diagnostic::new("NU3131", format!("{coordinate} /outputs/{name}"), "the output cites no law")
            .with_hint("add `cites`")
    });
    let without_law = manifest.benefits.iter().filter(|(_, benefit)| benefit.cites.is_empty()).map(|(kind, _)| {
        let detail = "the benefit does not say where the law names its beginning";
        Diagnostic::new("NU3131", format!("{coordinate} /benefits/{kind}"), detail).with_hint("add `cites`")
    });
    let contradicted = own.iter().filter(|(id, brought)| register.get(*id).is_some_and(|known| known != *brought));
    let contradicted = contradicted.map(|(id, _)| {
        Diagnostic::new("NU3132", format!("{coordinate} law/{id}.yaml"), "the register has this instrument otherwise")
            .with_hint("cite the registered one, or give the notice an id of its own")
    });
    lost.chain(bare).chain(without_law).chain(contradicted).collect()
}

/// An instrument is found in the register or in the plugin; an article is looked up where the plugin brings the text.
fn unresolved(path: &str, place: &Citation, own: &Instruments, register: &Instruments) -> Option<Diagnostic> {
    let Some(brought) = own.get(&place.instrument) else {
        let detail = format!("no instrument `{}` is registered", place.instrument);
        let hint = format!("describe it in `law/{}.yaml` of the plugin", place.instrument);
        let is_registered = register.contains_key(&place.instrument);
        return (!is_registered).then(|| Diagnostic::new("NU3130", path, detail).with_hint(hint));
    };
    let article = place.article.as_ref()?;
    let detail = || format!("`{}` has no article `{article}`", place.instrument);
    let is_there = brought.articles.contains_key(article.as_str());
    (!is_there).then(|| Diagnostic::new("NU3130", path, detail()).with_hint("add the article and its point"))
}

#[cfg(test)]
mod tests {
    use nuan_host::package::Package;

    use super::*;

    const MANIFEST: &str = r#"
manifest_version = 1
id = "cn.999901.test"
version = "1.0.0"
kind = "rules"
runtime = "rhai"
abi = "1"
catalogue = "1"
namespace = "test"
title = { zh-CN = "测试", en = "Test" }
legal_basis = [{ instrument = "law-of-all", article = 9 }]

[applies]
jurisdictions = ["999901"]
effective = { from = "2022-01-01" }

[inputs]

[outputs."test.flag"]
entity = "household"
type = "flag"
role = "intermediate"
title = { zh-CN = "标志", en = "Flag" }
cites = [{ instrument = "notice", article = 3 }]
"#;
    const NOTICE: &str = r#"
id: notice
title: 通知
short: 通知
rank: normative
in_force: { from: 2024-01-01 }
articles: { "3": { point: 要点, computes: [test] } }
"#;

    /// The codes of a plugin with this notice beside a register of other law.
    fn codes(manifest: &str, notice: Option<&str>, register: &[(&str, &str)]) -> Vec<String> {
        let mut package = Package::default();
        package.files.insert("plugin.toml".to_owned(), manifest.as_bytes().to_vec());
        if let Some(notice) = notice {
            package.files.insert("law/notice.yaml".to_owned(), notice.as_bytes().to_vec());
        }
        let register: Instruments =
            register.iter().map(|(id, text)| ((*id).to_owned(), serde_saphyr::from_str(text).unwrap())).collect();
        mistakes(&package.parse().unwrap(), &register).into_iter().map(|mistake| mistake.code).collect()
    }

    fn law_of_all() -> String {
        NOTICE.replace("id: notice", "id: law-of-all")
    }

    #[test]
    fn a_place_is_found_in_the_register_or_in_the_plugin() {
        let all = law_of_all();
        assert_eq!(codes(MANIFEST, Some(NOTICE), &[("law-of-all", &all)]), Vec::<String>::new());
        assert_eq!(codes(MANIFEST, None, &[("law-of-all", &all)]), ["NU3130"]);
        assert_eq!(codes(MANIFEST, Some(NOTICE), &[]), ["NU3130"]);
    }

    #[test]
    fn an_article_that_the_plugin_does_not_bring_is_named() {
        let other = MANIFEST.replace("article = 3", "article = 4");
        assert_eq!(codes(&other, Some(NOTICE), &[("law-of-all", &law_of_all())]), ["NU3130"]);
    }

    #[test]
    fn what_the_register_says_is_not_changed_by_a_plugin() {
        let all = law_of_all();
        let same = codes(MANIFEST, Some(NOTICE), &[("law-of-all", &all), ("notice", NOTICE)]);
        assert_eq!(same, Vec::<String>::new());
        let other = NOTICE.replace("要点", "别的要点");
        assert_eq!(codes(MANIFEST, Some(NOTICE), &[("law-of-all", &all), ("notice", &other)]), ["NU3132"]);
    }

    #[test]
    fn an_output_without_law_is_named() {
        let bare = MANIFEST.replace("cites = [{ instrument = \"notice\", article = 3 }]", "cites = []");
        assert_eq!(codes(&bare, None, &[("law-of-all", &law_of_all())]), ["NU3131"]);
    }

    #[test]
    fn a_benefit_names_the_law_of_its_beginning() {
        let benefit = |cites: &str| {
            format!(
                "{MANIFEST}\n[benefits.test]\ntitle = {{ zh-CN = \"津贴\", en = \"Allowance\" }}\n\
                 amounts = [\"test.flag\"]\nbegins = \"month_after_decision\"\ncites = [{cites}]\n"
            )
        };
        let all = law_of_all();
        let found = |cites: &str| codes(&benefit(cites), Some(NOTICE), &[("law-of-all", &all)]);
        assert_eq!(found("{ instrument = \"notice\", article = 3 }"), Vec::<String>::new());
        assert_eq!(found("{ instrument = \"notice\", article = 4 }"), ["NU3130"]);
        assert_eq!(found(""), ["NU3131"]);
    }
}
