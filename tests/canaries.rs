//! Marked persons, and where their values could lie: every value in every form in which it could stand in a file.
//!
//! Not here: what is searched. All numbers are invented: documents begin 999999, and no other test uses these names.

pub mod forms;

use nuan_vocabulary::citizen_id::CitizenId;
use nuan_vocabulary::date::Date;
use serde_json::{Value, json};

/// 1 January 1905, on which the first of them was born.
const FIRST_BIRTH: i32 = -23_741;
/// Rare characters that no law, plugin or message has.
const RARE: [char; 40] = [
    '鷇', '鸑', '鷟', '鶄', '鸂', '鶒', '鵁', '鶺', '鴒', '鸜', '鵒', '鶹', '鷗', '鶘', '鷂', '鸇', '鶻', '鵟', '鷸',
    '鴴', '鷺', '鶡', '鷃', '鶬', '鴰', '鵂', '鶚', '鷴', '鸏', '鸕', '鶿', '鷧', '鴃', '鵙', '鶪', '鴝', '鷦', '鷯',
    '鶲', '鶇',
];

/// One marked person.
#[derive(Clone, Debug)]
pub struct Canary {
    /// The name.
    pub name: String,
    /// The citizen's number.
    pub number: String,
    /// The day of birth, as the number states it.
    pub birth: Date,
    /// The address.
    pub address: String,
    /// The number of a bank card.
    pub account: String,
    /// The number of a mobile telephone.
    pub mobile: String,
    /// The yearly income in fen.
    pub income_fen: i64,
}

impl Canary {
    /// The one with this number below 1,600, in one of ten flocks that share nothing.
    pub fn new(flock: usize, number: usize) -> Self {
        let place = i32::try_from(number).unwrap();
        let birth = Date::from_days(FIRST_BIRTH + place);
        let (one, two, three) = (RARE[number % 40], RARE[number.div_euclid(40) % 40], RARE[flock]);
        let income_fen = 73_104_600_000_037 + i64::from(place) * 100 + i64::try_from(flock).unwrap() * 1_000_000;
        Self {
            name: format!("慕{three}{one}{two}"),
            number: citizen_number(birth, 700 + flock),
            birth,
            address: format!("金丝雀路{number:04}弄{flock}号鸟巢小区"),
            account: with_luhn(&format!("622999{flock}{number:011}")),
            mobile: format!("199{flock}{:07}", 4_815_162 + number * 13),
            income_fen,
        }
    }

    /// The income as people write it.
    pub fn income(&self) -> String {
        format!("{}.{:02}", self.income_fen.div_euclid(100), self.income_fen.rem_euclid(100))
    }

    /// Everything that must be found nowhere, each with its kind.
    pub fn values(&self) -> Vec<(&'static str, String)> {
        let texts = [
            ("name", &self.name),
            ("number", &self.number),
            ("address", &self.address),
            ("account", &self.account),
            ("mobile", &self.mobile),
        ];
        let amounts = [("income", self.income()), ("income in fen", self.income_fen.to_string())];
        texts.map(|(kind, value)| (kind, value.clone())).into_iter().chain(amounts).collect()
    }

    /// The person as a member of a household document.
    pub fn member(&self, reference: &str) -> Value {
        let told = json!([{ "value": true, "source": self.address, "evidence": [self.account, self.mobile] }]);
        json!({ "ref": reference, "name": self.name, "document": { "kind": "citizen_id", "number": self.number },
            "facts": { "member.local_hukou": told, "member.birth_date": self.birth.to_string() } })
    }

    /// A household of some of them, with the income of the first.
    pub fn household(division: &str, members: &[Self]) -> Value {
        let income =
            json!([{ "value": members[0].income(), "source": members[0].address, "evidence": [members[0].account] }]);
        let listed = members.iter().zip('a'..).map(|(member, reference)| member.member(&reference.to_string()));
        json!({ "division": division, "facts": { "household.income_12_months": income },
            "members": listed.collect::<Vec<_>>() })
    }
}

/// A citizen's number of the invented division with the check character of GB 11643.
pub fn citizen_number(birth: Date, sequence: usize) -> String {
    let digits = format!("999999{}{sequence:03}", birth.to_string().replace('-', ""));
    let number = (0..=10).map(|check| format!("{digits}{}", if check == 10 { 'X' } else { char::from(b'0' + check) }));
    number.into_iter().find(|number| number.parse::<CitizenId>().is_ok()).unwrap()
}

/// The digits with their check digit (ISO/IEC 7812-1).
pub fn with_luhn(digits: &str) -> String {
    let all = (0..10).map(|check| format!("{digits}{check}"));
    all.into_iter().find(|number| forms::has_luhn(number)).unwrap()
}

#[test]
fn canaries_differ_in_everything() {
    let all: Vec<Canary> = (0..2).flat_map(|flock| (0..1_000).map(move |number| Canary::new(flock, number))).collect();
    for kind in 0..all[0].values().len() {
        let different: std::collections::BTreeSet<String> =
            all.iter().map(|one| one.values()[kind].1.clone()).collect();
        assert_eq!(different.len(), all.len(), "{}", all[0].values()[kind].0);
    }
}
