//! The testkit held against a plugin that is right in some outputs and wrong in others: what is wrong has to be seen.

use nuan_sdk::prelude::*;

use crate::view::{Home, Results};

nuan_sdk::plugin! { manifest: "tests/small/plugin.toml", household: crate::household }

/// A gap without a cliff, a cliff, and an output that depends on who is named first.
pub fn household(home: &Home<'_>, out: &mut Results, _: &mut impl Trace) {
    let known = || all((home.income_12_months(), home.small_line()));
    let gap = known().and_then(|(income, line)| {
        let gap = line.times(12)?.minus(income)?.max(Fen::ZERO);
        Ok(gap.divide(12, Rounding::UpToFen)?)
    });
    out.small_gap(home, gap);
    let below = |(income, line): (Fen, Fen)| Ok(if income < line.times(12)? { line } else { Fen::ZERO });
    out.small_cliff(home, known().and_then(below));
    let members: Vec<_> = home.members().into_iter().flatten().collect();
    if let Some(first) = members.first() {
        out.small_first_age(home, first.age_years());
    }
    for member in &members {
        out.small_age(member, member.age_years());
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use nuan_sdk::vocabulary::parameter::Written;
    use nuan_testkit::{
        Answers, Case, CaseFile, Place, Plugin as Subject, Property, differences, document, expectations, files,
    };
    use serde_json::{Value, json};

    use crate::Plugin;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small")
    }

    fn subject() -> (Subject, CaseFile) {
        let mut files = files(&folder()).unwrap();
        (Subject::native::<Plugin>(&folder()).unwrap(), files.remove(0))
    }

    fn answers(subject: &Subject, case: &Case) -> Answers {
        subject.answers(case, &[document(case, subject.schema()).unwrap()]).unwrap().remove(0)
    }

    #[test]
    fn cases_that_are_right_pass() {
        let (subject, file) = subject();
        for case in &file.cases {
            let expected = expectations(case, &subject.output_names()).unwrap();
            assert_eq!(differences(&expected, &answers(&subject, case)), [], "{}", case.name);
        }
    }

    /// A case of the file with one expectation changed, and the difference that has to be seen.
    #[track_caller]
    fn check(number: usize, key: &str, value: Value, got: &str) {
        let (subject, mut file) = subject();
        let case = &mut file.cases[number];
        case.expect = [(key.to_owned(), value)].into();
        let found = differences(&expectations(case, &subject.output_names()).unwrap(), &answers(&subject, case));
        assert_eq!(found.iter().map(|difference| difference.got.as_str()).collect::<Vec<_>>(), [got]);
    }

    #[test]
    fn cases_that_are_wrong_fail_with_both_sides() {
        check(0, "small.gap", "1.01".into(), "\"1.00\"");
        check(0, "small.age", 34.into(), "[34, 24]");
        check(0, "b.small.age", 34.into(), "24");
        check(0, "c.small.age", 34.into(), "no such row");
        check(0, "small.gap", "not_applicable".into(), "\"1.00\"");
        check(1, "small.gap", "0.00".into(), "undetermined [household.income_12_months]");
        check(1, "b.small.age", json!({ "undetermined": [] }), "undetermined [b.member.birth_date]");
        check(
            1,
            "b.small.age",
            json!({ "undetermined": ["a.member.birth_date"] }),
            "undetermined [b.member.birth_date]",
        );
        check(4, "small.gap", "1.00".into(), "not_applicable");
    }

    /// Whether each property of the file was tried, and whether it held.
    #[test]
    fn properties_are_tried_and_violations_found() {
        let (subject, file) = subject();
        let fared = |(_, property): &(Place, Property)| {
            let tried = property.try_on(&file.cases, &subject).unwrap();
            (tried.compared > 0, tried.violations.is_empty())
        };
        let fared: Vec<(bool, bool)> = file.properties.iter().map(fared).collect();
        let (holds, broken, untried) = ((true, true), (true, false), (false, true));
        assert_eq!(fared, [holds, holds, holds, broken, broken, broken, broken, holds, untried]);
    }

    #[test]
    fn a_violation_names_the_case_and_both_inputs() {
        let (subject, file) = subject();
        let tried = file.properties[5].1.try_on(&file.cases[..1], &subject).unwrap();
        let shown = tried.violations[0].to_string();
        assert!(shown.starts_with("sdk/testkit/tests/small/cases/right.yaml:3 差额一元\n"), "{shown}");
        assert!(shown.contains("/facts/household.income_12_months from \"1189.00\" to \"1200.00\""), "{shown}");
        assert!(shown.contains("small.cliff goes from 100.00 to 0.00"), "{shown}");
    }

    /// Mistakes of a case, by code.
    #[track_caller]
    fn refused(change: impl FnOnce(&mut Case), codes: &[&str]) {
        let (subject, mut file) = subject();
        let case = &mut file.cases[0];
        change(case);
        let expected = expectations(case, &subject.output_names()).map(drop);
        let household =
            document(case, subject.schema()).and_then(|household| subject.answers(case, &[household]).map(drop));
        let mistakes: Vec<_> =
            [expected, household].into_iter().filter_map(Result::err).flat_map(|mistakes| mistakes.0).collect();
        assert!(
            mistakes.iter().all(|mistake| mistake.path.starts_with("sdk/testkit/tests/small/cases/right.yaml:3")),
            "{mistakes:?}"
        );
        assert_eq!(mistakes.iter().map(|mistake| mistake.code.as_str()).collect::<Vec<_>>(), codes);
    }

    #[test]
    fn a_case_that_does_not_say_what_it_means_is_refused() {
        let given =
            |key: &'static str, value: Value| move |case: &mut Case| drop(case.given.insert(key.to_owned(), value));
        refused(given("household.incmoe_12_months", "1.00".into()), &["NU3604"]);
        refused(given("x.member.birth_date", "2000-01-01".into()), &["NU3604"]);
        refused(given("household.income_12_months", 1.5.into()), &["NU3605"]);
        refused(given("members", 0.into()), &["NU3605"]);
        refused(given("member.birth_date", "2000-02-30".into()), &["NU2110", "NU2110"]);
        refused(|case| drop(case.expect.insert("small.gpa".to_owned(), "1.00".into())), &["NU3606"]);
        refused(|case| drop(case.parameters.insert("small.lien".to_owned(), amount("1.00"))), &["NU3608"]);
    }

    fn amount(text: &str) -> Written {
        Written::Text(text.to_owned())
    }
}
