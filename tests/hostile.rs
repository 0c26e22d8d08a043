//! A compiled plugin that misbehaves, seen from outside: one household, a batch, a running server. Each way ends as an
//! undetermined output with its code; everything else is answered as if the plugin were not there.
//!
//! Not here: scripts that misbehave (`faults`), and the limits themselves (`nuan-host`).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use nuan_api::Server;
use nuan_host::compiler::{Compiled, Compiler};
use nuan_host::engine::Engine;
use nuan_host::gate::World;
use nuan_host::limits::Limits;
use nuan_host::package::Package;
use nuan_kernel::{Actor, CalculationRequest, Computed, Installed, Kernel};
use nuan_tests::installation::{Database, StillWorld, package, reference, setup};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::determination::{Determination, OutputValue, State};
use nuan_vocabulary::fen::Fen;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const WIT: &str = include_str!("../sdk/wit/v1/plugin.wit");
const MODULE: &str = include_str!("hostile/guest.wat");
const MANIFEST: &str = include_str!("hostile/plugin.toml");
const HOUSEHOLD: &str = include_str!("fixtures/household.json");

/// The one output of the hostile plugin: the household's income.
const INCOME: &str = "hostile.income";
/// An income that the plugin answers as it is.
const GOOD: i64 = 2_400_000;
const AS_OF: &str = "2024-07-01";
/// Households in a batch.
const BATCH: usize = 200;

/// The income in fen that brings it about, what the plugin does, and the code in which it ends.
type Misbehaviour = (i64, &'static str, &'static str);

const MISBEHAVIOURS: [Misbehaviour; 10] = [
    (1, "panics", "NU4002"),
    (2, "loops without end", "NU4001"),
    (3, "takes memory without end", "NU4004"),
    (4, "recurses without end", "NU4002"),
    (5, "logs without end", "NU4001"),
    (6, "answers a column of another type", "NU4003"),
    (7, "answers a row too few", "NU4003"),
    (8, "answers a row too many", "NU4003"),
    (9, "answers less than its range", "NU4003"),
    (10, "answers with what lies beyond its memory", "NU4002"),
];

/// Less fuel than in earnest, so that what has no end ends soon; more time, so that fuel decides on a busy machine too.
const LIMITS: Limits =
    Limits { fuel_call: 60_000_000, wall_ms_interactive: 20_000, wall_ms_batch: 20_000, ..Limits::START };

#[tokio::test]
async fn a_household_alone_gets_the_code_and_all_else_as_if_the_plugin_were_not_there() {
    let (with, without) = (kernel(vec![rules(), hostile()]).await, kernel(vec![rules()]).await);
    for (income, what, code) in MISBEHAVIOURS {
        let determination = calculated(&with, income).await;
        check_undetermined(&determination, code, what);
        let expected = calculated(&without, income).await;
        assert_eq!(others(&determination), others(&expected), "{what}");
        assert_eq!(determination.reasons, expected.reasons, "{what}");
        assert_eq!(calculated(&with, income).await.outputs, determination.outputs, "{what}: asked again");
    }
    assert_eq!(output(&calculated(&with, GOOD).await, INCOME).amount_fen, Some(GOOD));
}

#[tokio::test]
async fn in_a_batch_the_hostile_households_alone_are_undetermined() {
    let kernel = kernel(vec![rules(), hostile()]).await;
    let calm = determined(&kernel, &incomes(&BTreeMap::new())).await;
    for (income, determination) in incomes(&BTreeMap::new()).into_iter().zip(&calm) {
        assert_eq!(output(determination, INCOME).amount_fen, Some(income));
    }
    // Four in one job: a fifth fault would set the plugin aside.
    for some in MISBEHAVIOURS.chunks(4) {
        let wild: BTreeMap<usize, Misbehaviour> = (7..BATCH).step_by(50).zip(some.iter().copied()).collect();
        let together = determined(&kernel, &incomes(&wild)).await;
        for (number, determination) in together.iter().enumerate() {
            match wild.get(&number) {
                Some((_, what, code)) => check_undetermined(determination, code, what),
                None => assert_eq!(determination.outputs, calm[number].outputs, "household {number} beside {some:?}"),
            }
        }
    }
}

#[tokio::test]
async fn what_a_plugin_that_was_set_aside_has_not_seen_is_not_recorded_but_determined_again() {
    let kernel = kernel(vec![rules(), hostile()]).await;
    let calm = determined(&kernel, &incomes(&BTreeMap::new())).await;
    let wild: BTreeMap<usize, Misbehaviour> = (7..BATCH).step_by(20).map(|number| (number, MISBEHAVIOURS[0])).collect();
    let last_straw = usize::try_from(LIMITS.faults_to_quarantine).unwrap() - 1;
    let last_straw = *wild.keys().nth(last_straw).unwrap();
    let all = incomes(&wild);
    let together = computed(&kernel, &all).await;
    assert!(together.done.iter().map(|done| done.number).eq(0..=last_straw));
    for done in &together.done {
        match wild.contains_key(&done.number) {
            true => check_undetermined(&done.determination, "NU4002", "panics"),
            false => assert_eq!(done.determination.outputs, calm[done.number].outputs, "household {}", done.number),
        }
    }
    for (number, error) in &together.refused {
        let codes: Vec<&str> = error.diagnostics().iter().map(|mistake| mistake.code.as_str()).collect();
        assert_eq!((error.code(), codes.as_slice()), ("NU7003", ["NU4005"].as_slice()), "household {number}");
    }
    let left: Vec<usize> = together.refused.iter().map(|(number, _)| *number).collect();
    assert!(left.iter().copied().eq(last_straw + 1..BATCH), "nothing is lost");
    let again: Vec<usize> = left.into_iter().filter(|number| !wild.contains_key(number)).collect();
    let later = determined(&kernel, &again.iter().map(|number| all[*number]).collect::<Vec<_>>()).await;
    assert!(later.iter().zip(&again).all(|(later, number)| later.outputs == calm[*number].outputs));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_answers_everybody_while_households_make_a_plugin_misbehave() {
    let kernel = kernel(vec![rules(), hostile()]).await;
    let server = Server::bind(kernel.clone(), "127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = server.address();
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(server.run(async {
        let _told = stopped.await;
    }));
    let mut asked = JoinSet::new();
    for (wild, ..) in MISBEHAVIOURS {
        for income in [wild, GOOD + wild] {
            asked.spawn(async move { (income, asked_to_calculate(address, income).await) });
        }
    }
    let plugins = ask(address, "GET /v1/plugins", "").await;
    assert_eq!(plugins["items"].as_array().unwrap().len(), 2);
    while let Some(answer) = asked.join_next().await {
        let (income, determination) = answer.unwrap();
        match MISBEHAVIOURS.iter().find(|(wild, ..)| *wild == income) {
            Some((_, what, code)) => check_undetermined(&determination, code, what),
            None => assert_eq!(determination.outputs, calculated(&kernel, income).await.outputs),
        }
    }
    assert_eq!(output(&asked_to_calculate(address, GOOD).await, INCOME).amount_fen, Some(GOOD));
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
}

/// The income is undetermined for this one reason, which repeats nothing that the plugin said; dibao is answered.
#[track_caller]
fn check_undetermined(determination: &Determination, code: &str, what: &str) {
    let income = output(determination, INCOME);
    assert_eq!((income.state, income.amount_fen), (State::Undetermined, None), "{what}");
    let codes: Vec<&str> = income.hindrances.iter().map(|hindrance| hindrance.code.as_str()).collect();
    assert_eq!(codes, [code], "{what}");
    assert!(!income.hindrances[0].detail.contains("panicked"), "{what}");
    assert_eq!(output(determination, "dibao.status").state, State::Eligible, "{what}");
    assert_eq!(output(determination, "dibao.amount").state, State::Known, "{what}");
}

#[track_caller]
fn output<'a>(determination: &'a Determination, name: &str) -> &'a OutputValue {
    determination.outputs.iter().find(|output| output.name == name).unwrap()
}

/// What the other plugins answer.
fn others(determination: &Determination) -> Vec<&OutputValue> {
    determination.outputs.iter().filter(|output| output.name != INCOME).collect()
}

fn rules() -> Package {
    package("plugins/basic-living").unwrap()
}

/// The plugin that misbehaves as the income says.
pub fn hostile() -> Package {
    let mut resolve = Resolve::default();
    let wit = resolve.push_str("plugin.wit", WIT).unwrap();
    let world = resolve.select_world(&[wit], Some(World::RulesPlugin.name())).unwrap();
    let mut module = wat::parse_str(MODULE).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let component = ComponentEncoder::default().module(&module).unwrap().encode().unwrap();
    let files = BTreeMap::from([("plugin.toml".to_owned(), MANIFEST.as_bytes().to_vec())]);
    Package { files, component }
}

/// A kernel with these plugins under `LIMITS`. The rules are compiled once for all tests.
async fn kernel(packages: Vec<Package>) -> Kernel {
    static COMPILER: OnceLock<(Compiler, Arc<Compiled>)> = OnceLock::new();
    let (compiler, _rules) = COMPILER.get_or_init(|| {
        let compiler = Compiler::new(Engine::new(LIMITS).unwrap(), None).unwrap();
        let rules = compiler.compile(&rules().component, World::RulesPlugin).unwrap();
        (compiler, rules)
    });
    let installed = Installed::load(packages, reference().unwrap(), compiler).unwrap();
    let own = Compiler::new(compiler.engine().clone(), None).unwrap();
    let database = Database::memory().await.unwrap();
    Kernel::start(setup(installed, own, StillWorld::default(), &database)).await.unwrap()
}

/// The sample household with another established income.
fn household(income: i64) -> Value {
    let mut household: Value = serde_json::from_str(HOUSEHOLD).unwrap();
    household["facts"]["household.income_12_months"] = Fen::new(income).to_string().into();
    household
}

/// The incomes of a batch, no two of them the same but for those that misbehave.
fn incomes(wild: &BTreeMap<usize, Misbehaviour>) -> Vec<i64> {
    let calm = (GOOD..).step_by(100).take(BATCH).enumerate();
    calm.map(|(number, income)| wild.get(&number).map_or(income, |(wild, ..)| *wild)).collect()
}

/// One household, asked without a trace.
async fn calculated(kernel: &Kernel, income: i64) -> Determination {
    let (household, as_of) = (household(income), Date::parse(AS_OF).ok());
    let request = CalculationRequest { household, as_of, known_at: None, outputs: None };
    kernel.calculate(&Actor::local_operator(), request).await.unwrap()
}

/// Households determined and stored together, as `nuan determine` does it.
async fn computed(kernel: &Kernel, incomes: &[i64]) -> Computed {
    let documents: Vec<Vec<u8>> = incomes.iter().map(|income| household(*income).to_string().into_bytes()).collect();
    let mut computed = kernel.job(&Actor::local_operator(), Date::parse(AS_OF).ok(), None).compute(&documents).unwrap();
    kernel.store_computed(&mut computed).await.unwrap();
    computed
}

/// The same, where every household gets its determination.
async fn determined(kernel: &Kernel, incomes: &[i64]) -> Vec<Determination> {
    let computed = computed(kernel, incomes).await;
    let numbers: Vec<usize> = computed.done.iter().map(|done| done.number).collect();
    assert!(numbers.into_iter().eq(0..incomes.len()), "every household is determined, in its place");
    computed.done.into_iter().map(|done| done.determination).collect()
}

/// One household, asked over HTTP.
async fn asked_to_calculate(address: SocketAddr, income: i64) -> Determination {
    let body = json!({ "household": household(income), "as_of": AS_OF });
    serde_json::from_value(ask(address, "POST /v1/calculate", &body.to_string()).await).unwrap()
}

/// Asks a server over a connection of its own and expects success. In HTTP/1.0 the answer ends where the connection does.
async fn ask(address: SocketAddr, what: &str, body: &str) -> Value {
    let length = body.len();
    let headers = format!("host: {address}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{what} HTTP/1.0\r\n{headers}\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(head.split(' ').nth(1), Some("200"), "{what}: {answer}");
    serde_json::from_str(body).unwrap()
}
