//! An approval of a change is cut off anywhere: what it touches is determined again, once, and whoever asks again under the same
//! key is answered as the first would have been (T12).

use nuan_domain::register::ChangeProposal;
use nuan_kernel::{
    Actor, ChangeAction, ChangeDecision, Created, DecidedChangeBody, DeterminationRequest, IdempotencyKey, Kernel,
    KernelError,
};
use nuan_store::recomputation::recomputations_due_for;
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::{ChangeRequestId, HouseholdId};
use serde_json::json;

use crate::reassess::cut_off::cut_off;
use crate::reassess::register::{Register, on_both_databases};

const AS_OF: &str = "2024-07-01";

on_both_databases! {
    it_is_finished_wherever_it_was_cut_off,
    a_server_finishes_what_nobody_asks_for_again,
    of_many_who_finish_it_one_stores,
}

fn by(name: &str) -> Actor {
    Actor::named(name).unwrap()
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new(text, "POST approvals", b"approve").unwrap()
}

/// A household that is determined, and a correction of its income that waits.
async fn waiting(register: &Register, kernel: &Kernel) -> (HouseholdId, ChangeRequestId) {
    let home = register.household(kernel, "330106", "24000.00").await;
    let request = DeterminationRequest { as_of: Some(Date::parse(AS_OF).unwrap()), known_at: None };
    kernel.determine_household(&by("clerk"), home, request, None).await.unwrap();
    let statement =
        json!({ "value": "18000.00", "from": "2023-06-01", "source": "税务核对", "confidence": "verified" });
    let change = json!({ "kind": "correct", "facts": { "household.income_12_months": [statement] } });
    let proposal: ChangeProposal = serde_json::from_value(json!({ "change": change, "reason": "核实后更正" })).unwrap();
    (home, kernel.submit_change(&by("clerk"), home, proposal, None).await.unwrap().body.id)
}

async fn approve(
    kernel: &Kernel,
    id: ChangeRequestId,
    key: Option<IdempotencyKey>,
) -> Result<Created<DecidedChangeBody>, KernelError> {
    let decision = ChangeDecision { action: ChangeAction::Approve, reason: "属实".to_owned() };
    kernel.decide_change(&by("officer"), id, decision, key).await
}

/// Polls an approval so many times; what it had handed over is done, as it is when a server is killed a moment later.
async fn cut_after(
    kernel: &Kernel,
    id: ChangeRequestId,
    key: Option<IdempotencyKey>,
    polls: usize,
) -> Option<Created<DecidedChangeBody>> {
    let ended = cut_off(approve(kernel, id, key), polls).await;
    kernel.publish_checkpoint().await.unwrap();
    ended.map(|ended| ended.unwrap())
}

async fn is_due(register: &Register, home: HouseholdId) -> bool {
    let mut reading = register.database.store.begin_read().await.unwrap();
    !recomputations_due_for(&mut reading, home).await.unwrap().is_empty()
}

/// An approval that is in force and was cut off before what follows from it, and the number of its key. How often a future is
/// polled depends on what else the machine does: one that came to its end is begun anew.
async fn cut_after_the_approval(
    register: &Register,
    kernel: &Kernel,
    under: impl Fn(usize) -> Option<IdempotencyKey>,
) -> (HouseholdId, ChangeRequestId, usize) {
    let mut polls = 0;
    for number in 0..1_000 {
        polls += 1;
        let (home, id) = waiting(register, kernel).await;
        if cut_after(kernel, id, under(number), polls).await.is_some() {
            polls = 0;
        } else if is_due(register, home).await {
            return (home, id, number);
        }
    }
    panic!("it was never cut off in between");
}

/// There is the first determination and one that corrects it, and the log is whole.
async fn assert_corrected_once(register: &Register, kernel: &Kernel, home: HouseholdId) {
    let page = kernel.determinations(&by("clerk"), home, None, 200).await.unwrap();
    let (first, later): (Vec<_>, Vec<_>) = page.items.iter().partition(|item| item.corrects.is_none());
    let ([first], [later]) = (&first[..], &later[..]) else { panic!("{:?}", page.items) };
    assert_eq!(later.corrects, Some(first.id));
    assert!(!is_due(register, home).await);
    assert_eq!(kernel.verify_audit(None, |_| {}).await.unwrap().findings, []);
}

async fn it_is_finished_wherever_it_was_cut_off(register: &Register) {
    let kernel = register.kernel(None).await;
    let (mut cuts, mut in_between, mut polls) = (0, 0, 0);
    for number in 0..1_000 {
        polls += 1;
        let (home, id) = waiting(register, &kernel).await;
        let under = key(&format!("cut-{number}"));
        let ended = cut_after(&kernel, id, Some(under.clone()), polls).await;
        in_between += usize::from(is_due(register, home).await);
        let restarted = register.kernel(None).await;
        let again = approve(&restarted, id, Some(under.clone())).await.unwrap();
        assert_eq!(again.body.request.state, "approved", "cut after {polls} polls");
        let [recomputed] = &again.body.recomputed[..] else { panic!("{:?}", again.body) };
        assert!(recomputed.outputs.iter().any(|output| output.difference_fen == Some(50_000)), "{recomputed:?}");
        assert_corrected_once(register, &restarted, home).await;
        let once_more = approve(&restarted, id, Some(under)).await.unwrap();
        assert_eq!((once_more.replayed, &once_more.body), (true, &again.body));
        if let Some(ended) = ended {
            assert_eq!((again.replayed, &again.body), (true, &ended.body));
            if in_between > 0 {
                break;
            }
            polls = 0; // the machine was elsewhere when it would have been in between
            continue;
        }
        cuts += 1;
    }
    println!("T12 approvals cut off, N {cuts} cuts, {in_between} after the approval, failures 0");
    assert!(in_between > 0 && in_between < cuts, "{in_between} of {cuts}");
}

async fn a_server_finishes_what_nobody_asks_for_again(register: &Register) {
    let kernel = register.kernel(None).await;
    let (home, id, _) = cut_after_the_approval(register, &kernel, |_| None).await;
    let held = kernel.erase_household(&by("officer"), home, "保存期满").await.unwrap_err();
    assert_eq!(held.code(), "NU6020", "something is under way");
    let restarted = register.kernel(None).await;
    assert_eq!(restarted.finish_approved_changes().await.unwrap(), 1);
    assert_corrected_once(register, &restarted, home).await;
    assert_eq!(restarted.finish_approved_changes().await.unwrap(), 0);
    assert_eq!(restarted.change_request(&by("clerk"), id).await.unwrap().state, "approved");
}

async fn of_many_who_finish_it_one_stores(register: &Register) {
    let kernel = register.kernel(None).await;
    let under = |polls: usize| Some(key(&format!("many-{polls}")));
    let (home, id, polls) = cut_after_the_approval(register, &kernel, under).await;
    let (one, other) = (register.kernel(None).await, register.kernel(None).await);
    let (finished, also, asked) = tokio::join!(
        one.finish_approved_changes(),
        other.finish_approved_changes(),
        approve(&kernel, id, under(polls))
    );
    assert!(finished.unwrap() + also.unwrap() <= 1);
    let asked = asked.unwrap();
    assert!(asked.replayed);
    assert_eq!(asked.body.recomputed.len(), 1);
    assert_corrected_once(register, &kernel, home).await;
    assert_eq!(approve(&one, id, under(polls)).await.unwrap().body, asked.body);
}
