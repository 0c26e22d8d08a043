//! How marked persons get on the register, and what happens to them there: imported, recorded, determined, corrected, compared.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use nuan_kernel::import::{Done, Mapping, Table};
use nuan_kernel::{
    Actor, ChangeAction, ChangeDecision, DeterminationRequest, IdempotencyKey, Kernel, MatchAction, MatchDecision,
};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::{ChangeRequestId, DeterminationId, HouseholdId, MatchId, PersonId};
use serde_json::{Value, json};

use crate::canaries::Canary;

const MAPPING: &str = "
version: 1
household: 户编号
division: { is: \"330106\" }
name: 姓名
document: { column: 身份证号 }
from: 1990-01-01
source: declared
facts:
  household.income_12_months: { column: 家庭年收入 }
  member.birth_date: { column: 出生日期 }
";

/// Two persons a household.
const MEMBERS: usize = 2;

/// Everything that was made of a flock.
#[derive(Default)]
pub struct Entered {
    /// Households, the recorded ones first.
    pub households: Vec<HouseholdId>,
    /// Determinations with their reasons.
    pub determinations: Vec<DeterminationId>,
    /// Change requests, some of them decided.
    pub changes: Vec<ChangeRequestId>,
    /// Pairs that may be of one person.
    pub matches: Vec<MatchId>,
    /// Bodies that were sent under an idempotency key, each with the key's name.
    pub requests: Vec<(String, String)>,
}

fn clerk() -> Actor {
    Actor::named("clerk").unwrap()
}

fn officer() -> Actor {
    Actor::named("officer").unwrap()
}

/// Puts a flock on the register: a third by a spreadsheet, the others one by one, and does with them all that can be done.
pub async fn enter(kernel: &Kernel, flock: &[Canary]) -> Entered {
    let mut entered = Entered::default();
    let households: Vec<&[Canary]> = flock.chunks(MEMBERS).collect();
    let (imported, recorded) = households.split_at(households.len().div_euclid(3));
    for members in recorded {
        let document = Canary::household("330106", members);
        let key = new_key();
        entered.requests.push((key.clone(), document.to_string()));
        entered.households.push(record(kernel, &document, &key).await.unwrap());
    }
    import(kernel, imported, &mut entered).await;
    for (number, id) in entered.households.clone().into_iter().enumerate() {
        determine(kernel, id, &mut entered).await;
        if number % 3 != 2 {
            change(kernel, id, &households[households.len().div_euclid(3)..][number % recorded.len()][0], &mut entered)
                .await;
        }
    }
    for canary in &recorded[0][..MEMBERS] {
        // Written down a second time without the number: the two may be of one person.
        let member =
            json!({ "ref": "a", "name": canary.name, "facts": { "member.birth_date": canary.birth.to_string() } });
        let document = json!({ "division": "330106", "members": [member] });
        entered.households.push(record(kernel, &document, &new_key()).await.unwrap());
    }
    compare(kernel, &entered.households.clone(), &mut entered).await;
    assert!(!entered.matches.is_empty());
    entered
}

/// An idempotency key that nobody else has on this server.
fn new_key() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    format!("canaries-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// Records a household under an idempotency key.
pub async fn record(kernel: &Kernel, document: &Value, key: &str) -> Result<HouseholdId, nuan_kernel::KernelError> {
    let key = IdempotencyKey::new(key, "households", document.to_string().as_bytes()).unwrap();
    Ok(kernel.record_household(&clerk(), document.clone(), Some(key)).await?.body.id)
}

async fn import(kernel: &Kernel, households: &[&[Canary]], entered: &mut Entered) {
    let mut file = "户编号,姓名,身份证号,出生日期,家庭年收入,备注\n".to_owned();
    for (number, members) in households.iter().enumerate() {
        for member in *members {
            let income = if member.number == members[0].number { member.income() } else { String::new() };
            let line =
                format!("{number},{},{},{},{income},{}\n", member.name, member.number, member.birth, member.address);
            file.push_str(&line);
        }
    }
    let mapping = Mapping::from_yaml("mapping", MAPPING).unwrap();
    let preview = kernel.preview_import(&Table::read(file.as_bytes()).unwrap(), &mapping).unwrap();
    assert_eq!((preview.mistakes.as_slice(), preview.households.len()), ([].as_slice(), households.len()));
    let done = kernel.import(&clerk(), file.as_bytes(), &preview, |_| {}).await.unwrap();
    for outcome in done.values() {
        let Done::Imported(id) = outcome else { panic!("{outcome:?}") };
        entered.households.push(*id);
    }
}

async fn determine(kernel: &Kernel, id: HouseholdId, entered: &mut Entered) {
    for as_of in ["2022-09-01", "2024-07-01"] {
        let request = DeterminationRequest { as_of: Date::parse(as_of).ok(), known_at: None };
        let made = kernel.determine_household(&clerk(), id, request, None).await.unwrap().body.id.unwrap();
        kernel.determination(&clerk(), made).await.unwrap();
        entered.determinations.push(made);
    }
}

/// The first member gets another name, the income of last year becomes known better; each with the values in every text.
async fn change(kernel: &Kernel, id: HouseholdId, canary: &Canary, entered: &mut Entered) {
    let statement = json!({ "value": canary.income(), "from": "2021-09-01", "until": "2023-09-01",
        "source": canary.address, "evidence": [canary.account], "confidence": "verified" });
    let correct = json!({ "kind": "correct", "facts": { "household.income_12_months": [statement] } });
    let member = kernel.household(&clerk(), id).await.unwrap().document["members"][0]["ref"].clone();
    let identify = json!({ "kind": "identify", "member": member, "name": format!("{}改", canary.name) });
    for (change, action) in [(correct, ChangeAction::Approve), (identify, ChangeAction::Refuse)] {
        let reason = format!("{}，电话 {}，住 {}", canary.name, canary.mobile, canary.address);
        let proposal = json!({ "change": change, "reason": reason, "evidence": [canary.account] });
        let made = kernel.submit_change(&clerk(), id, serde_json::from_value(proposal).unwrap(), None).await.unwrap();
        entered.changes.push(made.body.id);
        let reason = format!("核对过 {}", canary.number);
        kernel.decide_change(&officer(), made.body.id, ChangeDecision { action, reason }, None).await.unwrap();
    }
}

/// Every person is compared with those of such a name; some of the pairs are decided.
async fn compare(kernel: &Kernel, households: &[HouseholdId], entered: &mut Entered) {
    let mut pairs = BTreeSet::new();
    for id in households.iter().rev().take(40) {
        for person in persons_of(kernel, *id).await {
            let found = kernel.propose_matches(&clerk(), person, None).await.unwrap().body;
            pairs.extend(found.items.iter().map(|found| found.id));
        }
    }
    for id in pairs.iter().step_by(2) {
        let decision = MatchDecision { action: MatchAction::Reject, reason: "不是一个人".to_owned() };
        kernel.decide_match(&officer(), *id, decision, None).await.unwrap();
    }
    entered.matches.extend(pairs);
}

/// The persons of a household.
pub async fn persons_of(kernel: &Kernel, id: HouseholdId) -> Vec<PersonId> {
    kernel.household(&clerk(), id).await.unwrap().members.iter().map(|member| member.person).collect()
}
