//! Since when each formula holds: the texts that are held, and nothing for the time before them.
//!
//! A number of the law gets a date in its parameter file. A formula gets one here: before it the answer is "no text of
//! the rule is held", never an older formula guessed. The plugin as a whole begins on 2014-11-01 with 浙江省社会救助条例
//! (`effective` in `plugin.toml`), so formulas of that day need no row.

use nuan_sdk::prelude::*;
use nuan_sdk::trace::StepDraft;

/// A formula, the place in the law that states it, and its first day.
#[derive(Clone, Copy, Debug)]
pub struct Formula {
    /// The rule's id.
    pub rule: &'static str,
    /// The instrument.
    pub instrument: &'static str,
    /// The article.
    pub article: &'static str,
    /// The first day.
    from: Date,
}

impl Formula {
    /// Whether the formula holds on the date.
    pub fn has_begun(&self, as_of: Date) -> bool {
        self.from <= as_of
    }

    /// Nothing stands in the way, or no text of the rule is held for the date.
    pub fn held(&self, as_of: Date) -> Known<()> {
        if self.has_begun(as_of) { Ok(()) } else { Err(Unknown::no_rule_held(self.rule)) }
    }

    /// The step with the place in the law, once it has begun: no finding rests on a text before its first day.
    #[must_use]
    pub fn cited(&self, step: StepDraft, as_of: Date) -> StepDraft {
        if self.has_begun(as_of) { step.cites(self.instrument, self.article) } else { step }
    }
}

macro_rules! formulas {
    ($($(#[$doc:meta])+ $name:ident = $rule:literal, $instrument:literal, $article:literal, $text:literal is $days:literal;)+) => {
        $($(#[$doc])+
        #[doc = concat!("Since ", $text, ": ", $instrument, ", article ", $article, ".")]
        pub const $name: Formula =
            Formula { rule: $rule, instrument: $instrument, article: $article, from: Date::from_days($days) };)+

        #[cfg(test)]
        const TABLE: &[(Formula, &str)] = &[$(($name, $text)),+];
    };
}

formulas! {
    /// 规划 三(三)3：首次就业、创业和残疾成员就业的收入不计算。
    EMPLOYMENT_DISREGARD_PLAN = "employment_disregard_plan", "zhejiang-plan-2021-72", "三(三)3", "2021-04-16" is 18_733;
    /// 规划 三(三)3：期满后按最低工资扣除成本。
    EMPLOYMENT_COST_DEDUCTION = "employment_cost_deduction", "zhejiang-plan-2021-72", "三(三)3", "2021-04-16" is 18_733;
    /// 规划 三(一)5：边缘家庭的收入线放宽；此前为条例第十三条第一款。
    MARGIN_OF_THE_PLAN = "margin_eligibility", "zhejiang-plan-2021-72", "三(一)5", "2021-04-16" is 18_733;
    /// 规划 三(一)5：边缘家庭的重残、重病成员以单人户申请。
    SINGLE_PERSON_ROUTE = "single_person_route", "zhejiang-plan-2021-72", "三(一)5", "2021-04-16" is 18_733;
    /// 审核确认办法第八条：三级智力、精神残疾人和困难教职人员也可以单独申请。
    SINGLE_PERSON_REVIEW = "single_person_route", "national-dibao-review-2021", "8", "2021-07-01" is 18_809;
    /// 2022通知 一(一)：成年无业重残人员也可以单独申请。
    SINGLE_PERSON_ADULT = "single_person_route", "national-notice-2022-10-20", "一(一)", "2022-10-20" is 19_285;
    /// 审核确认办法第五条：成员户籍不在一处的，由其中一名成员申请。
    RESIDENCE_REVIEW = "residence_test", "national-dibao-review-2021", "5", "2021-07-01" is 18_809;
    /// 审核确认办法第七条：哪些人是共同生活的家庭成员。
    HOUSEHOLD_MEMBERS = "household_members", "national-dibao-review-2021", "7", "2021-07-01" is 18_809;
    /// 审核确认办法第十三条：哪些收入计入。
    COUNTABLE_INCOME = "countable_income", "national-dibao-review-2021", "13", "2021-07-01" is 18_809;
    /// 审核确认办法第十三条第一款第一项：工资扣除必要的就业成本。
    WAGE_COUNTED = "wage_counted", "national-dibao-review-2021", "13", "2021-07-01" is 18_809;
    /// 审核确认办法第十四条：哪些是家庭财产，哪些可以豁免。
    PROPERTY_REVIEW = "property_test", "national-dibao-review-2021", "14", "2021-07-01" is 18_809;
    /// 审核确认办法第二十三条：按实际差额计算。
    SHORTFALL_REVIEW = "dibao_shortfall", "national-dibao-review-2021", "23", "2021-07-01" is 18_809;
    /// 审核确认办法第二十七条：生活仍有困难的老年人、未成年人、重残和重病人员。
    SUPPLEMENT_REVIEW = "category_supplement", "national-dibao-review-2021", "27", "2021-07-01" is 18_809;
    /// 审核确认办法第三十三条：就业后的渐退期。
    GRADUATION_REVIEW = "graduation", "national-dibao-review-2021", "33", "2021-07-01" is 18_809;
    /// 审核确认办法第三十四条：连续拒绝介绍的工作。
    JOB_REFUSAL_REVIEW = "job_refusal", "national-dibao-review-2021", "34", "2021-07-01" is 18_809;
    /// 特困认定办法第四条。
    TEKUN_ELIGIBILITY = "tekun_eligibility", "national-tekun-recognition-2021", "4", "2021-07-01" is 18_809;
    /// 特困认定办法第二十一条、第二十二条。
    TEKUN_CARE_LEVEL = "tekun_care_level", "national-tekun-recognition-2021", "22", "2021-07-01" is 18_809;
    /// 2022通知 一(三)：渐退期的长度。
    GRADUATION = "graduation", "national-notice-2022-10-20", "一(三)", "2022-10-20" is 19_285;
    /// 刚性支出困难家庭认定办法第四条。
    RIGID_EXPENDITURE = "rigid_expenditure_status", "national-rigid-expenditure-2025", "4", "2025-01-01" is 20_089;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_is_the_one_written_beside_it() {
        for (formula, text) in TABLE {
            let first_day = Date::parse(text).unwrap();
            assert_eq!(formula.from, first_day, "{}", formula.rule);
            assert!(formula.held(first_day).is_ok());
            assert!(formula.held(Date::from_days(first_day.days() - 1)).is_err());
        }
    }
}
