//! 残疾人证上的类别和等级。The kinds and grades of the disability certificate, as three rules name them.

use nuan_sdk::prelude::*;

use crate::view::{DisabilityGrade, DisabilityKind};

/// A certificate as it is known: `none` is known to have none.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The kind.
    pub kind: Known<Option<DisabilityKind>>,
    /// The grade; 1 is the most severe.
    pub grade: Known<Option<DisabilityGrade>>,
}

impl Certificate {
    /// 持有残疾人证。
    ///
    /// There is a certificate.
    pub fn is_held(&self) -> Known<bool> {
        self.grade.clone().map(|grade| grade.is_some())
    }

    /// 重度残疾：一级、二级，不分类别（审核确认办法第八条第一项）。
    ///
    /// Severe: grade 1 or 2 of any kind.
    pub fn is_severe(&self) -> Known<bool> {
        self.is_graded_to(DisabilityGrade::Code2)
    }

    /// 三级智力残疾、三级精神残疾（审核确认办法第八条第一项，特困认定办法第八条第四项）。
    ///
    /// Grade 3, intellectual or mental.
    pub fn is_third_grade_of_mind(&self) -> Known<bool> {
        let third = self.grade.clone().map(|grade| grade == Some(DisabilityGrade::Code3));
        both(third, self.is_of_mind())
    }

    /// 特困认定办法第五条第三项：一至三级智力、精神残疾，一至二级肢体残疾，一级视力残疾。
    ///
    /// Without ability to work: intellectual or mental 1 to 3, physical 1 to 2, visual 1.
    pub fn excludes_work(&self) -> Known<bool> {
        some([
            both(self.is_graded_to(DisabilityGrade::Code3), self.is_of_mind()),
            both(self.is_graded_to(DisabilityGrade::Code2), self.is_of(DisabilityKind::Code4)),
            both(self.is_graded_to(DisabilityGrade::Code1), self.is_of(DisabilityKind::Code1)),
        ])
    }

    fn is_of_mind(&self) -> Known<bool> {
        either(self.is_of(DisabilityKind::Code5), self.is_of(DisabilityKind::Code6))
    }

    fn is_of(&self, kind: DisabilityKind) -> Known<bool> {
        self.kind.clone().map(|held| held == Some(kind))
    }

    fn is_graded_to(&self, mildest: DisabilityGrade) -> Known<bool> {
        self.grade.clone().map(|grade| grade.is_some_and(|grade| grade <= mildest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DisabilityGrade as G;
    use DisabilityKind as K;

    #[track_caller]
    fn check(kind: K, grade: G, expected: (bool, bool, bool)) {
        let certificate = Certificate { kind: Ok(Some(kind)), grade: Ok(Some(grade)) };
        let found = (certificate.is_severe(), certificate.is_third_grade_of_mind(), certificate.excludes_work());
        assert_eq!(found, (Ok(expected.0), Ok(expected.1), Ok(expected.2)), "{} {}", kind.name(), grade.name());
    }

    #[test]
    fn severe_third_grade_of_mind_without_ability_to_work() {
        check(K::Code1, G::Code1, (true, false, true));
        check(K::Code1, G::Code2, (true, false, false));
        check(K::Code2, G::Code1, (true, false, false));
        check(K::Code4, G::Code2, (true, false, true));
        check(K::Code4, G::Code3, (false, false, false));
        check(K::Code5, G::Code3, (false, true, true));
        check(K::Code6, G::Code3, (false, true, true));
        check(K::Code6, G::Code4, (false, false, false));
        check(K::Code7, G::Code3, (false, false, false));
    }

    #[test]
    fn without_a_certificate_the_kind_does_not_matter() {
        let none = Certificate { kind: Err(Unknown::missing(0, 0)), grade: Ok(None) };
        assert_eq!((none.is_severe(), none.excludes_work()), (Ok(false), Ok(false)));
    }
}
