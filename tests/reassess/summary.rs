//! What the summary says: no change where nothing changed; otherwise the programme, the county and the amount of what did.

use nuan_kernel::{Actor, ChangeAction, ChangeDecision, Kernel, Moved, ProgrammeChanges, ReassessmentBody};
use nuan_tests::installation::package;
use nuan_vocabulary::id::HouseholdId;
use serde_json::json;

use super::register::{Register, on_both_databases};
use super::{AS_OF, reassess};

const PROGRAMME: &str = "dibao";

on_both_databases! {
    a_second_run_changes_nothing,
    a_changed_parameter_shows_where_it_holds,
    a_corrected_fact_shows_in_its_county,
}

fn row<'a>(body: &'a ReassessmentBody, programme: &str, county: &str) -> &'a ProgrammeChanges {
    let is_it = |row: &&ProgrammeChanges| row.programme == programme && row.county.to_string() == county;
    body.changes.iter().find(is_it).unwrap_or_else(|| panic!("{programme} {county}: {:?}", body.changes))
}

/// Rows in which anybody moved.
fn moved(body: &ReassessmentBody) -> Vec<String> {
    let is_moved = |row: &&ProgrammeChanges| {
        let all = [row.newly_eligible, row.no_longer_eligible, row.higher, row.lower];
        all.iter().any(|moved| moved.households > 0) || row.monthly_before_fen != row.monthly_after_fen
    };
    body.changes.iter().filter(is_moved).map(|row| format!("{} {}", row.programme, row.county)).collect()
}

const fn of(households: u64, monthly_fen: i64) -> Moved {
    Moved { households, monthly_fen }
}

/// Two households of three in one county and one in another: 1,648 yuan a month, nothing, and 2,148 yuan.
async fn three(register: &Register, kernel: &Kernel) -> [HouseholdId; 3] {
    [
        register.household(kernel, "330106", "24000.00").await,
        register.household(kernel, "330106", "45000.00").await,
        register.household(kernel, "330105", "18000.00").await,
    ]
}

async fn a_second_run_changes_nothing(register: &Register) {
    let kernel = register.kernel(None).await;
    three(register, &kernel).await;
    let first = reassess(&kernel, AS_OF, "000000").await;
    assert_eq!(row(&first, PROGRAMME, "330106").newly_eligible, of(1, 164_800));
    assert_eq!(row(&first, PROGRAMME, "330106").not_eligible, of(1, 0));
    assert_eq!(row(&first, PROGRAMME, "330105").newly_eligible, of(1, 214_800));
    let second = reassess(&kernel, AS_OF, "000000").await;
    assert_eq!(moved(&second), Vec::<String>::new());
    let kept = row(&second, PROGRAMME, "330106");
    assert_eq!((kept.unchanged, kept.monthly_before_fen, kept.monthly_after_fen), (of(1, 0), 164_800, 164_800));
}

async fn a_changed_parameter_shows_where_it_holds(register: &Register) {
    let kernel = register.kernel(Some(package("plugins/basic-living").unwrap())).await;
    three(register, &kernel).await;
    reassess(&kernel, AS_OF, "000000").await;
    let mut raised = package("plugins/basic-living").unwrap();
    let file = raised.files.get_mut("parameters/dibao_standard.yaml").unwrap();
    let text = String::from_utf8(file.clone()).unwrap();
    assert!(text.contains("\"1216.00\""));
    *file = text.replace("\"1216.00\"", "\"1260.00\"").into_bytes();
    let other = register.kernel(Some(raised)).await;
    let body = reassess(&other, "2022-09-15", "000000").await;
    // 12 × 3 × 1260 = 45360: the second household gets 30 yuan, and the others 3 × 44 more.
    let here = row(&body, PROGRAMME, "330106");
    assert_eq!((here.newly_eligible, here.higher), (of(1, 3_000), of(1, 13_200)));
    assert_eq!((here.monthly_before_fen, here.monthly_after_fen), (164_800, 181_000));
    let there = row(&body, PROGRAMME, "330105");
    assert_eq!((there.higher, there.newly_eligible), (of(1, 13_200), of(0, 0)));
    let back = reassess(&kernel, "2022-10-01", "330106").await;
    let here = row(&back, PROGRAMME, "330106");
    assert_eq!((here.no_longer_eligible, here.lower), (of(1, -3_000), of(1, -13_200)));
}

async fn a_corrected_fact_shows_in_its_county(register: &Register) {
    let kernel = register.kernel(None).await;
    let [first, _, _] = three(register, &kernel).await;
    reassess(&kernel, AS_OF, "000000").await;
    let statement = json!({ "value": "18000.00", "from": "2022-09-15", "source": "税务核对", "evidence": ["核对报告 7"],
        "confidence": "verified" });
    let proposal = json!({ "change": { "kind": "correct", "facts": { "household.income_12_months": [statement] } },
        "reason": "收入核对后更正", "evidence": ["核对报告 7"] });
    let (clerk, officer) = (Actor::named("clerk").unwrap(), Actor::named("officer").unwrap());
    let proposal = serde_json::from_value(proposal).unwrap();
    let asked = kernel.submit_change(&clerk, first, proposal, None).await.unwrap().body.id;
    let decision = ChangeDecision { action: ChangeAction::Approve, reason: "经入户核实".to_owned() };
    kernel.decide_change(&officer, asked, decision, None).await.unwrap();
    // It holds from the middle of the month on.
    assert_eq!(moved(&reassess(&kernel, AS_OF, "000000").await), Vec::<String>::new());
    let body = reassess(&kernel, "2022-10-01", "000000").await;
    assert_eq!(moved(&body), ["dibao 330106"]);
    assert_eq!(row(&body, PROGRAMME, "330106").higher, of(1, 50_000));
    // A reassessment of the past compares with what was current then, not with what came later.
    assert_eq!(moved(&reassess(&kernel, AS_OF, "000000").await), Vec::<String>::new());
}
