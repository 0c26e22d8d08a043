//! Persons as callers find, compare and merge them. All of them are invented, and so are their numbers (prefix 999999).

use axum::http::{HeaderValue, Request};
use nuan_kernel::{
    Actor, ChangeAction, ChangeDecision, DeterminationRequest, HouseholdBody, Kernel, KernelError, MatchAction,
    MatchBody, MatchDecision, MatchStanding, NameQuery, PersonSearch, SearchBy, SearchScope,
};
use nuan_tests::installation::{Database, kernel, package};
use nuan_vocabulary::date::Date;
use nuan_vocabulary::id::PersonId;
use serde_json::{Value, json};

use super::conversation::{Conversation, get, post};
use super::on_register;

/// 张三 and 单雄信, whose surname is read shan, and dan by those who do not know; they live in a township of the county.
fn brothers() -> Value {
    json!({ "division": "330106109", "members": [
        { "ref": "a", "name": "张三", "document": { "kind": "citizen_id", "number": "999999198001010011" } },
        { "ref": "b", "name": "单雄信", "facts": { "member.birth_date": "1982-02-02" } },
    ] })
}

/// Somebody by name in a division.
fn named(division: &str, name: &str) -> Value {
    json!({ "division": division, "members": [{ "ref": "a", "name": name }] })
}

/// One person who was written down twice, once with the document and once without.
fn twice(division: &str, number: &str) -> Value {
    json!({ "division": division, "members": [
        { "ref": "a", "name": "欧阳锋", "document": { "kind": "citizen_id", "number": number } },
        { "ref": "b", "name": "欧阳峰", "facts": { "member.birth_date": "1931-03-17" } },
        { "ref": "c", "name": "欧阳克", "facts": { "member.birth_date": "1958-08-08" } },
    ] })
}

fn by(actor: &'static str, mut request: Request<String>) -> Request<String> {
    request.headers_mut().insert("nuan-actor", HeaderValue::from_static(actor));
    request
}

fn names(found: &Value) -> Vec<&str> {
    found["items"].as_array().unwrap().iter().map(|person| person["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn persons_are_found_by_name_pinyin_initials_and_number() {
    let mut conversation = Conversation::begin().await;
    let home = on_register(&conversation, &brothers()).await;
    on_register(&conversation, &named("330106", "张三丰")).await;
    let ouyang = json!({ "division": "330108", "members": [
        { "ref": "a", "name": "欧阳锋", "document": { "kind": "citizen_id", "number": "999999197202290043" } }
    ] });
    on_register(&conversation, &ouyang).await;

    let found = conversation.say("Initials find every name that begins so.", get(&search("330106", "name=zs"))).await;
    let mut both = names(found.body());
    both.sort_unstable();
    assert_eq!(both, ["张*", "张**"]);
    for spelling in ["danxiongxin", "shanxiongxin", "Shan%20Xiongxin", "%E5%8D%95%E9%9B%84%E4%BF%A1"] {
        let found = conversation.ask(&get(&search("330106", &format!("name={spelling}")))).await;
        assert_eq!(names(found.body()), ["单**"], "{spelling}");
    }
    let found = conversation.say("A surname is read as people read it.", get(&search("330106", "name=dxx"))).await;
    assert_eq!(names(found.body()), ["单**"]);
    let found = conversation.say("A township holds fewer.", get(&search("330106109", "name=zs"))).await;
    assert_eq!(names(found.body()), ["张*"]);
    let found = conversation.ask(&get(&search("330106109001", "name=zs"))).await;
    assert_eq!(names(found.body()), Vec::<&str>::new());

    let old_form = get(&search("330106", "document=999999800101001"));
    let found = conversation.say("The old form of a number is the same number.", old_form).await;
    assert_eq!(names(found.body()), ["张*"]);
    let elsewhere = get(&search("330106", "document=999999197202290043"));
    let found = conversation.say("Of a number that is known elsewhere, only the county is told.", elsewhere).await;
    assert_eq!(found.body(), &json!({ "items": [], "elsewhere": "330108" }));
    let found = conversation.ask(&get(&search("330108", "name=oyf"))).await;
    assert_eq!(names(found.body()), ["欧**"]);

    let id = home.rsplit('/').next().unwrap();
    let of_home = search("330106", &format!("household={id}"));
    let first = conversation.say("A household's persons come in parts.", get(&format!("{of_home}&limit=1"))).await;
    let next = first.body()["next"].as_str().unwrap();
    let rest = conversation.ask(&get(&format!("{of_home}&after={next}"))).await;
    assert_eq!((names(first.body()).len(), names(rest.body()).len()), (1, 1));
    assert_ne!(names(first.body()), names(rest.body()));
    let found = conversation.ask(&get(&search("330108", &format!("household={id}")))).await;
    assert_eq!(found.body(), &json!({ "items": [] }), "it does not live there");
    conversation.ends_as("persons/list");
}

fn search(division: &str, criterion: &str) -> String {
    format!("/v1/persons?division={division}&{criterion}")
}

#[tokio::test]
async fn a_person_is_shown_in_masks() {
    let mut conversation = Conversation::begin().await;
    on_register(&conversation, &brothers()).await;
    let found = conversation.ask(&get(&search("330106", "document=999999198001010011"))).await;
    let id = found.body()["items"][0]["person"].as_str().unwrap().to_owned();
    let shown = conversation.say("A person's record is masked.", get(&format!("/v1/persons/{id}"))).await;
    let text = shown.body().to_string();
    assert!(text.contains("9999**********0011") && !text.contains("张三") && !text.contains("999999198001010011"));
    conversation.ends_as("persons/show");
}

#[tokio::test]
async fn a_search_without_limits_is_refused() {
    let mut conversation = Conversation::begin().await;
    for (what, query) in [
        ("Nobody is searched for everywhere.", "name=zs"),
        ("Nor in a whole city.", "division=330100&name=zs"),
        ("Nor by nothing.", "division=330106"),
        ("Nor by two things.", "division=330106&name=zs&document=999999198001010011"),
        ("Nor by what there is not.", "division=330106&names=zs"),
        ("One letter would find everybody.", "division=330106&name=z"),
        (
            "A number with a typing error is told as such, and not repeated.",
            "division=330106&document=9999991980010100",
        ),
    ] {
        let refused = conversation.say(what, get(&format!("/v1/persons?{query}"))).await;
        assert_eq!(refused.status().as_u16(), 400, "{query}");
    }
    conversation.ends_as("refused/search");
}

/// A match of two records, proposed by whoever gives no name: its path, and the body in which it was proposed.
async fn proposed(conversation: &Conversation) -> (String, Value) {
    on_register(conversation, &twice("330106", "999999193103170013")).await;
    let found = conversation.ask(&get(&search("330106", "document=999999193103170013"))).await;
    let path = format!("/v1/persons/{}/matches", found.body()["items"][0]["person"].as_str().unwrap());
    let proposed = conversation.ask(&post(&path, &json!({}))).await;
    (path, proposed.body().clone())
}

#[tokio::test]
async fn two_records_of_one_person_are_compared() {
    let mut conversation = Conversation::begin().await;
    let (path, first) = proposed(&conversation).await;
    let again = conversation.say("Others with such a name are compared.", post(&path, &json!({}))).await;
    assert_eq!(again.body(), &first, "a pair is proposed once");
    let items = first["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["band"], &items[0]["state"]), (1, &json!("possible"), &json!("proposed")));
    conversation.ends_as("matches/create");

    let mut conversation = Conversation::begin().await;
    let (path, first) = proposed(&conversation).await;
    let listed = conversation.say("The matches of a person are listed.", get(&path)).await;
    assert_eq!(listed.body(), &first);
    conversation.ends_as("matches/list");

    let mut conversation = Conversation::begin().await;
    let (_, first) = proposed(&conversation).await;
    let path = format!("/v1/matches/{}", first["items"][0]["id"].as_str().unwrap());
    let shown = conversation.say("A match is shown with its weights.", get(&path)).await;
    assert_eq!(shown.body(), &first["items"][0]);
    conversation.ends_as("matches/show");
}

#[tokio::test]
async fn two_records_are_merged_by_somebody_else_and_taken_apart() {
    let mut conversation = Conversation::begin().await;
    let (_, first) = proposed(&conversation).await;
    let path = format!("/v1/matches/{}/decisions", first["items"][0]["id"].as_str().unwrap());
    let merge = || post(&path, &json!({ "action": "merge", "reason": "同一人，两次录入" }));
    let own = conversation.say("Who proposed it does not decide.", merge()).await;
    assert_eq!(own.status().as_u16(), 409);
    let merged = conversation.say("Somebody else decides.", by("second", merge())).await;
    assert_eq!((merged.status().as_u16(), &merged.body()["state"]), (201, &json!("merged")));
    let again = conversation.say("It is decided once.", by("third", merge())).await;
    assert_eq!(again.status().as_u16(), 409);
    let found = conversation.ask(&get(&search("330106", "name=oyf"))).await;
    assert_eq!(names(found.body()), ["欧**"], "the one that remains is found by both names");
    let undo = || post(&path, &json!({ "action": "undo", "reason": "父子二人" }));
    assert_eq!(conversation.ask(&by("second", undo())).await.status().as_u16(), 409, "it was their merge");
    let undone = conversation.say("A merge can be undone.", by("third", undo())).await;
    assert_eq!(undone.body()["state"], "undone");
    let found = conversation.ask(&get(&search("330106", "name=oyf"))).await;
    assert_eq!(names(found.body()).len(), 2);
    conversation.ends_as("matches/decide");
}

fn actor(name: &str) -> Actor {
    Actor::named(name).unwrap()
}

/// A kernel over a database, with one household.
struct Registered {
    kernel: Kernel,
    home: HouseholdBody,
    _database: Database,
}

impl Registered {
    async fn new(database: Database, document: Value) -> Self {
        let kernel = kernel(vec![package("plugins/basic-living").unwrap()], &database).await.unwrap();
        let home = kernel.record_household(&actor("clerk"), document, None).await.unwrap().body;
        Self { kernel, home, _database: database }
    }

    fn person(&self, reference: &str) -> PersonId {
        self.home.members.iter().find(|member| member.reference == reference).unwrap().person
    }

    async fn matched(&self, person: PersonId) -> Vec<MatchBody> {
        self.kernel.propose_matches(&actor("clerk"), person, None).await.unwrap().body.items
    }

    async fn decide(&self, by: &str, asked: &MatchBody, action: MatchAction) -> Result<MatchBody, KernelError> {
        let decision = MatchDecision { action, reason: "看过证件".to_owned() };
        Ok(self.kernel.decide_match(&actor(by), asked.id, decision, None).await?.body)
    }

    async fn found(&self, division: &str, name: &str) -> Vec<PersonId> {
        let scope = SearchScope::new(division.parse().unwrap()).unwrap();
        let by = SearchBy::Name(name.parse::<NameQuery>().unwrap());
        let search = PersonSearch { scope, by, after: None, limit: 50 };
        let found = self.kernel.search_persons(&actor("clerk"), &search).await.unwrap();
        found.items.into_iter().map(|person| person.person).collect()
    }

    async fn is_whole(&self) {
        self.kernel.publish_checkpoint().await.unwrap();
        let verified = self.kernel.verify_audit(None, |_| {}).await.unwrap();
        assert_eq!(verified.findings, []);
    }
}

async fn twins_in_one_household(database: Database, division: &str, number: &str) -> Registered {
    let registered = Registered::new(database, twice(division, number)).await;
    let (one, two) = (registered.person("a"), registered.person("b"));
    let proposed = registered.matched(two).await.remove(0);
    let merged = registered.decide("second", &proposed, MatchAction::Merge).await.unwrap();
    let kept = merged.kept.unwrap();
    let other = if kept == one { two } else { one };
    let shown = registered.kernel.person(&actor("clerk"), other).await.unwrap();
    assert_eq!((shown.merged_into, shown.household), (Some(kept), None));
    let shown = registered.kernel.person(&actor("clerk"), kept).await.unwrap();
    assert_eq!((shown.household, shown.version, shown.birth_year), (Some(registered.home.id), 2, Some(1931)));
    assert!(shown.document.is_some(), "the document goes to whoever remains");
    assert_eq!(registered.found(division, "oyf").await, [kept]);

    let home = registered.kernel.household(&actor("clerk"), registered.home.id).await.unwrap();
    let left = home.members.iter().find(|member| member.person == other).unwrap();
    assert_eq!(left.until, Date::parse("1800-01-01").ok(), "as is known now, two live there and not three");
    let request = DeterminationRequest { as_of: Date::parse("2024-07-01").ok(), known_at: None };
    registered.kernel.determine_household(&actor("clerk"), home.id, request, None).await.unwrap();

    let refused = registered.kernel.propose_matches(&actor("clerk"), other, None).await;
    assert!(matches!(refused, Err(KernelError::PersonMerged { into }) if into == kept));
    registered.decide("third", &proposed, MatchAction::Undo).await.unwrap();
    for (person, has_document) in [(one, true), (two, false)] {
        let shown = registered.kernel.person(&actor("clerk"), person).await.unwrap();
        assert_eq!((shown.merged_into, shown.household), (None, Some(registered.home.id)));
        assert_eq!(shown.document.is_some(), has_document);
    }
    assert_eq!(registered.found(division, "oyf").await.len(), 2);
    registered
}

#[tokio::test]
async fn twins_are_merged_and_taken_apart_in_sqlite() {
    let database = Database::memory().await.unwrap();
    twins_in_one_household(database, "330106", "999999193103170013").await.is_whole().await;
}

#[tokio::test]
async fn twins_are_merged_and_taken_apart_in_postgres() {
    let database = Database::postgres("persons").await.unwrap();
    let number = "99999919310317003X";
    twins_in_one_household(database, "331082", number).await; // others write to this server: `verify` is for SQLite
}

#[tokio::test]
async fn a_merge_moves_nobody_and_whoever_remains_takes_the_others_place() {
    let registered = Registered::new(Database::memory().await.unwrap(), named("330106", "单雄信")).await;
    let alone = registered.person("a");
    let mut there = named("330108", "单雄信");
    there["members"][0]["document"] = json!({ "kind": "citizen_id", "number": "999999194709120023" });
    registered.kernel.record_household(&actor("clerk"), there, None).await.unwrap();
    assert_eq!(registered.matched(alone).await, [], "a name alone is not enough");

    let with_birth = |division: &str| {
        let mut document = named(division, "欧阳锋");
        document["members"][0]["facts"] = json!({ "member.birth_date": "1931-03-17" });
        let kin = json!({ "ref": "b", "name": "李四", "facts": { "member.birth_date": "1958-08-08" } });
        document["members"].as_array_mut().unwrap().push(kin);
        document
    };
    let clerk = actor("clerk");
    let first = registered.kernel.record_household(&clerk, with_birth("330106"), None).await.unwrap().body;
    let second = registered.kernel.record_household(&clerk, with_birth("330108"), None).await.unwrap().body;
    let (kept, other) = (first.members[0].person, second.members[0].person);
    let proposed = registered.matched(other).await.remove(0);
    let refused = registered.decide("second", &proposed, MatchAction::Merge).await.unwrap_err();
    assert!(matches!(refused, KernelError::TwoHouseholds { .. }), "{refused:?}");

    let leave = json!({ "change": { "kind": "leave", "member": "a", "from": "2024-01-01", "because": "moved_out" },
        "reason": "迁出", "evidence": ["户口簿"] });
    let leave = serde_json::from_value(leave).unwrap();
    let asked = registered.kernel.submit_change(&clerk, first.id, leave, None).await.unwrap().body;
    let decision = ChangeDecision { action: ChangeAction::Approve, reason: "属实".to_owned() };
    registered.kernel.decide_change(&actor("second"), asked.id, decision, None).await.unwrap();
    let merged = registered.decide("second", &proposed, MatchAction::Merge).await.unwrap();
    assert_eq!((merged.state, merged.kept), (MatchStanding::Merged, Some(kept)));
    let household = async |person| registered.kernel.person(&clerk, person).await.unwrap().household;
    assert_eq!((household(kept).await, household(other).await), (Some(second.id), None));
    assert_eq!(registered.found("330108", "oyf").await, [kept]);
    assert_eq!(registered.found("330106", "oyf").await, []);

    registered.decide("third", &proposed, MatchAction::Undo).await.unwrap();
    assert_eq!((household(kept).await, household(other).await), (None, Some(second.id)));
    assert_eq!(registered.found("330108", "oyf").await, [other]);
    assert_eq!(registered.found("330106", "oyf").await, [kept]);
    registered.is_whole().await;
}

#[tokio::test]
async fn whoever_was_told_apart_is_not_proposed_again() {
    let registered = Registered::new(Database::memory().await.unwrap(), twice("330106", "999999193103170013")).await;
    let proposed = registered.matched(registered.person("a")).await.remove(0);
    let rejected = registered.decide("second", &proposed, MatchAction::Reject).await.unwrap();
    assert_eq!((rejected.state, rejected.kept, rejected.decisions.len()), (MatchStanding::Rejected, None, 1));
    let again = registered.matched(registered.person("b")).await;
    assert_eq!(again, [rejected]);
    let decided = registered.decide("third", &proposed, MatchAction::Merge).await.unwrap_err();
    assert!(matches!(decided, KernelError::MatchDecided));
    registered.is_whole().await;
}
