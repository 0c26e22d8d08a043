//! Many determinations in one table: for each programme households, persons and the monthly amount.

use std::collections::{BTreeMap, BTreeSet};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use nuan_kernel::Kernel;
use nuan_vocabulary::determination::{Determination, State};
use nuan_vocabulary::fen::Fen;
use nuan_vocabulary::id::DeterminationId;
use nuan_vocabulary::manifest::Role;
use nuan_vocabulary::text::Bilingual;

use crate::report::Language;

/// What was counted for one programme: the outputs that share the first word of their name.
#[derive(Default)]
struct Programme {
    title: Bilingual,
    eligible: u64,
    persons: u64,
    undetermined: u64,
    monthly: i64,
    has_status: bool,
}

/// A count over many determinations.
pub struct Tally {
    titles: BTreeMap<String, Bilingual>,
    programmes: BTreeMap<String, Programme>,
    households: u64,
    batches: usize,
    example: Option<(usize, DeterminationId)>,
}

impl Tally {
    /// Nothing counted yet; titles are those of the installed plugins' outputs.
    pub fn new(kernel: &Kernel) -> Self {
        let outputs = kernel.plugins().into_iter().flat_map(|plugin| plugin.outputs);
        let titles = outputs.map(|output| (output.name, output.title)).collect();
        Self { titles, programmes: BTreeMap::new(), households: 0, batches: 0, example: None }
    }

    /// How many households were counted.
    pub const fn households(&self) -> u64 {
        self.households
    }

    /// How many batches have ended.
    pub const fn batches(&self) -> usize {
        self.batches
    }

    /// Ends a batch.
    pub const fn end_batch(&mut self) {
        self.batches += 1;
    }

    /// The household with the most entitlements, the first of them.
    pub fn example(&self) -> Option<DeterminationId> {
        self.example.map(|(_, id)| id)
    }

    /// Counts a household.
    pub fn add(&mut self, determination: &Determination) {
        self.households += 1;
        let members: BTreeSet<&str> =
            determination.outputs.iter().filter_map(|output| output.member.as_deref()).collect();
        let mut eligible = BTreeSet::new();
        let mut undetermined = BTreeSet::new();
        let mut entitlements = 0;
        let mut paid = BTreeSet::new();
        for output in &determination.outputs {
            let programme = self.programmes.entry(programme_of(&output.name).to_owned()).or_default();
            match (output.role, output.state) {
                (Role::Status, State::Eligible) => {
                    programme.persons +=
                        if output.member.is_some() { 1 } else { u64::try_from(members.len()).unwrap_or(0) };
                    if eligible.insert(programme_of(&output.name)) {
                        programme.eligible += 1;
                    }
                }
                (Role::Status, State::Undetermined) if undetermined.insert(programme_of(&output.name)) => {
                    programme.undetermined += 1
                }
                (Role::Entitlement, State::Known) if output.per.iter().any(|per| per == "month") => {
                    let amount = output.amount_fen.unwrap_or(0);
                    programme.monthly += amount;
                    entitlements += usize::from(amount > 0);
                    if amount > 0 {
                        paid.insert(programme_of(&output.name));
                    }
                }
                _ => {}
            }
            programme.has_status |= output.role == Role::Status;
            let names_it = output.role == Role::Status || programme.title == Bilingual::default();
            if names_it
                && matches!(output.role, Role::Status | Role::Entitlement)
                && let Some(title) = self.titles.get(&output.name)
            {
                programme.title.clone_from(title);
            }
        }
        self.count_paid(&paid, u64::try_from(members.len()).unwrap_or(0));
        if let Some(id) = determination.id
            && self.example.is_none_or(|(most, _)| most < entitlements)
        {
            self.example = Some((entitlements, id));
        }
    }

    /// Programmes that answer with an amount alone have the households that they pay.
    fn count_paid(&mut self, paid: &BTreeSet<&str>, members: u64) {
        for name in paid {
            if let Some(programme) = self.programmes.get_mut(*name).filter(|programme| !programme.has_status) {
                programme.eligible += 1;
                programme.persons += members;
            }
        }
    }

    /// The table.
    pub fn table(&self, language: Language) -> String {
        let mut table = Table::new();
        table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Disabled);
        let head = [
            ("项目", "Programme"),
            ("户", "Households"),
            ("人", "Persons"),
            ("未定", "Undetermined"),
            ("每月金额（元）", "Yuan a month"),
        ];
        table.set_header(head.map(|(chinese, english)| language.choose(chinese, english)));
        for (name, programme) in self.programmes.iter().filter(|(_, programme)| programme.is_shown()) {
            let title = programme.title.in_language(language.into());
            let title = if title.is_empty() { name.clone() } else { format!("{title} {name}") };
            let monthly = Fen::new(programme.monthly).to_string();
            let (eligible, persons, undetermined) =
                (programme.eligible.to_string(), programme.persons.to_string(), programme.undetermined.to_string());
            table.add_row([title, eligible, persons, undetermined, monthly]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let total = language.choose("共测算家庭", "Households determined");
        format!("{table}\n{total}: {}", self.households)
    }
}

impl Programme {
    const fn is_shown(&self) -> bool {
        self.eligible > 0 || self.undetermined > 0 || self.monthly != 0
    }
}

/// The name without its last word: `hangzhou.milk` of `hangzhou.milk.amount`.
fn programme_of(output: &str) -> &str {
    output.rsplit_once('.').map_or(output, |(programme, _)| programme)
}
