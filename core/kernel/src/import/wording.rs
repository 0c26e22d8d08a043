//! The words of a code in both languages, from the register of codes that the documentation prints, so that they say the same.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use nuan_vocabulary::text::Bilingual;
use serde::Deserialize;

const REGISTER: &str = include_str!("../../../../docs/src/reference/codes.yaml");

/// What a code means and what to do.
#[derive(Deserialize)]
pub struct Wording {
    /// Its name for people.
    pub title: Bilingual,
    /// What to do.
    pub fix: Bilingual,
}

#[derive(Deserialize)]
struct Register {
    codes: BTreeMap<String, Wording>,
}

static WORDINGS: LazyLock<BTreeMap<String, Wording>> =
    LazyLock::new(|| serde_saphyr::from_str::<Register>(REGISTER).map(|register| register.codes).unwrap_or_default());

/// The words of a code.
pub fn of(code: &str) -> Option<&'static Wording> {
    WORDINGS.get(code)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_code_speaks_both_languages() {
        let wording = super::of("NU2122").unwrap();
        assert_eq!(wording.title.zh_cn, "身份证件不正确");
        assert!(wording.title.en.contains("identity document") && !wording.fix.zh_cn.is_empty());
        assert!(super::of("NU0000").is_none());
    }

    #[test]
    fn every_code_of_an_import_has_words() {
        let files = [
            include_str!("table.rs"),
            include_str!("text_file.rs"),
            include_str!("mapping.rs"),
            include_str!("plan.rs"),
            include_str!("value.rs"),
            include_str!("draft.rs"),
            include_str!("rows.rs"),
            include_str!("report.rs"),
        ];
        let codes = files.iter().flat_map(|text| text.split("\"NU").skip(1).filter_map(|rest| rest.get(..4)));
        let missing: Vec<String> =
            codes.map(|digits| format!("NU{digits}")).filter(|code| super::of(code).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
