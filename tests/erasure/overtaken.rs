//! An erasure and a decision of two processes cross each other: whichever comes second is refused, on both databases.

use std::sync::{Arc, Mutex, mpsc};

use nuan_kernel::{DecisionRequest, Surroundings};
use nuan_tests::installation::{StillWorld, kernel_with};
use tokio::sync::oneshot;

use super::*;
use crate::encryption::fresh_postgres;

/// A clock that holds one task up at one of its looks, until the test lets it go on.
#[derive(Default)]
struct Holding {
    world: StillWorld,
    hold: Mutex<Option<Hold>>,
}

struct Hold {
    task: tokio::task::Id,
    /// How many looks go by before.
    looks: usize,
    reached: oneshot::Sender<()>,
    go_on: mpsc::Receiver<()>,
}

impl Surroundings for Holding {
    fn now(&self) -> jiff::Timestamp {
        let held_up = {
            let mut hold = self.hold.lock().unwrap();
            match hold.as_mut().filter(|hold| Some(hold.task) == tokio::task::try_id()) {
                Some(waits) if waits.looks > 0 => {
                    waits.looks -= 1;
                    None
                }
                Some(_) => hold.take(),
                None => None,
            }
        };
        if let Some(Hold { reached, go_on, .. }) = held_up {
            reached.send(()).unwrap();
            tokio::task::block_in_place(|| go_on.recv()).unwrap();
        }
        self.world.now()
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.world.fill_random(bytes);
    }
}

/// Two processes over one register: the first one's clock can be held up.
struct Two {
    holding: Arc<Holding>,
    first: Kernel,
    second: Kernel,
    home: HouseholdId,
    determination: DeterminationId,
}

impl Two {
    async fn new(database: &Database) -> Self {
        let holding = Arc::new(Holding::default());
        let rules = || vec![package("plugins/basic-living").unwrap()];
        let world = Arc::clone(&holding);
        let first =
            kernel_with(StillWorld::default(), rules(), database, |setup| setup.surroundings = world).await.unwrap();
        let second = kernel(rules(), database).await.unwrap();
        let text = std::fs::read_to_string(nuan_tests::root().join("tests/fixtures/household.json")).unwrap();
        let document = serde_json::from_str(&text).unwrap();
        let home = second.record_household(&named("clerk"), document, None).await.unwrap().body.id;
        let request = DeterminationRequest { as_of: Date::parse("2022-09-01").ok(), known_at: None };
        let determined = second.determine_household(&named("clerk"), home, request, None).await.unwrap().body;
        let determination = determined.id.unwrap();
        second.determination(&named("clerk"), determination).await.unwrap();
        Self { holding, first, second, home, determination }
    }

    /// Begins an act in the first process, does the other in the second while it is held up, and lets it go on.
    async fn crossed<T: Send + 'static>(
        &self,
        looks: usize,
        act: impl Future<Output = T> + Send + 'static,
        meanwhile: impl Future<Output = ()>,
    ) -> T {
        let (begin, begun) = oneshot::channel::<()>();
        let (reached, is_reached) = oneshot::channel();
        let (let_go, go_on) = mpsc::channel();
        let task = tokio::spawn(async move {
            begun.await.unwrap();
            act.await
        });
        *self.holding.hold.lock().unwrap() = Some(Hold { task: task.id(), looks, reached, go_on });
        begin.send(()).unwrap();
        is_reached.await.unwrap();
        meanwhile.await;
        let_go.send(()).unwrap();
        task.await.unwrap()
    }
}

async fn decide(kernel: Kernel, determination: DeterminationId) -> Result<(), KernelError> {
    let request = DecisionRequest { kinds: Some(vec!["dibao".to_owned()]), ..DecisionRequest::adopt() };
    kernel.decide(&named("officer"), determination, request, None).await.map(drop)
}

async fn erase(kernel: Kernel, home: HouseholdId) -> Result<(), KernelError> {
    kernel.erase_household(&named("clerk"), home, "保存期满").await.map(drop)
}

/// What ended is released at the first look; at the second everything is prepared.
async fn a_benefit_that_is_granted_meanwhile_holds_the_household(database: &Database) {
    let two = Two::new(database).await;
    let meanwhile = async { decide(two.second.clone(), two.determination).await.unwrap() };
    let erased = two.crossed(1, erase(two.first.clone(), two.home), meanwhile).await;
    assert!(matches!(erased, Err(KernelError::LegalHold)), "{erased:?}");
    assert!(two.second.household(&named("clerk"), two.home).await.is_ok());
    assert_eq!(two.second.entitlements(&named("clerk"), two.home, None, 9).await.unwrap().items.len(), 1);
}

/// The request and the determination are looked at at the first two looks; at the third everything is read.
async fn a_decision_that_was_prepared_before_an_erasure_is_refused(database: &Database) {
    let two = Two::new(database).await;
    let meanwhile = async { erase(two.second.clone(), two.home).await.unwrap() };
    let decided = two.crossed(2, decide(two.first.clone(), two.determination), meanwhile).await;
    // A process that is very slow has forgotten the key meanwhile, and cannot even read any more what it decides on.
    assert!(matches!(decided, Err(KernelError::Overtaken | KernelError::Erased)), "{decided:?}");
    assert_eq!(two.second.verify_audit(None, |_| {}).await.unwrap().findings, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whichever_comes_second_is_refused_on_sqlite() {
    a_benefit_that_is_granted_meanwhile_holds_the_household(&Database::sqlite("granted").await.unwrap()).await;
    a_decision_that_was_prepared_before_an_erasure_is_refused(&Database::sqlite("prepared").await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whichever_comes_second_is_refused_on_postgres() {
    // A database of its own: in the server's, others verify while keys are destroyed.
    let database = fresh_postgres("overtaken").await;
    a_benefit_that_is_granted_meanwhile_holds_the_household(&database).await;
    a_decision_that_was_prepared_before_an_erasure_is_refused(&database).await;
}
