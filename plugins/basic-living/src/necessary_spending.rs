//! 刚性支出：刚性支出办法第五条所列各类，扣除报销和补助之后由家庭负担的部分。Spending that a household cannot avoid.

use nuan_sdk::prelude::*;

use crate::annual::{Window, within};
use crate::three_valued::only_where;
use crate::view::{Home, ReceiptKind};

/// 刚性支出办法第四条第四项、第五条：前十二个月的生活、医疗、教育、残疾康复和县级认定的其他支出。
///
/// All kinds, living costs included.
pub fn of_all_kinds(home: &Home<'_>, window: &Known<Window>) -> Known<Fen> {
    total(home, window, |_| Ok(true))
}

/// 条例第四十一条：必需支出；理解 `expenditure-list`：办法所列各类中，日常生活支出不扣，其余各类是否扣由参数规定。
///
/// The kinds that expenditure-type assistance subtracts: never ordinary living costs, the others as the parameters say.
pub fn of_expenditure_type(home: &Home<'_>, window: &Known<Window>) -> Known<Fen> {
    total(home, window, |kind| match kind {
        ReceiptKind::Living => Ok(false),
        ReceiptKind::Medical => home.expenditure_type_counts_medical(),
        ReceiptKind::Education => home.expenditure_type_counts_education(),
        ReceiptKind::Rehabilitation => home.expenditure_type_counts_rehabilitation(),
        ReceiptKind::CountyOther => home.expenditure_type_counts_county_other(),
    })
}

fn total(home: &Home<'_>, window: &Known<Window>, counts: impl Fn(ReceiptKind) -> Known<bool>) -> Known<Fen> {
    sum(home.receipts()?.map(|receipt| {
        let is_counted = both(within(window, receipt.month()), receipt.kind().and_then(&counts));
        only_where(is_counted, receipt.amount_after_reimbursement())
    }))
}
