//! What a reassessment changed, as a table: by programme and county how many households moved which way, and by how much.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use nuan_kernel::{Moved, PluginBody, ProgrammeChanges, ReassessmentBody};
use nuan_vocabulary::fen::Fen;
use nuan_vocabulary::manifest::Role;
use nuan_vocabulary::text::Bilingual;

use super::Language;

/// The table, and how many households it is about. Programmes that nobody there has or had are left out.
pub fn changes(body: &ReassessmentBody, plugins: &[PluginBody], language: Language) -> String {
    let titles = titles(plugins);
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    let head = [
        ("项目", "Programme"),
        ("县", "County"),
        ("新增", "Newly eligible"),
        ("退出", "No longer"),
        ("提高", "Higher"),
        ("降低", "Lower"),
        ("不变", "Unchanged"),
        ("未定", "Undetermined"),
        ("原月额（元）", "Yuan a month before"),
        ("现月额（元）", "Yuan a month now"),
    ];
    table.set_header(head.map(|(chinese, english)| language.choose(chinese, english)));
    for row in body.changes.iter().filter(|row| is_shown(row)) {
        let title = titles.get(row.programme.as_str()).map(|title| title.in_language(language.into()));
        let title = title.filter(|title| !title.is_empty()).map(|title| format!("{title} {}", row.programme));
        table.add_row([
            title.unwrap_or_else(|| row.programme.clone()),
            row.county.to_string(),
            with_amount(row.newly_eligible),
            with_amount(row.no_longer_eligible),
            with_amount(row.higher),
            with_amount(row.lower),
            row.unchanged.households.to_string(),
            row.undetermined.households.to_string(),
            Fen::new(row.monthly_before_fen).to_string(),
            Fen::new(row.monthly_after_fen).to_string(),
        ]);
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let counts = [
        (language.choose("测算", "Determined"), body.determined),
        (language.choose("已销户", "Ended"), body.ended),
        (language.choose("未处理", "Left out"), body.left_out),
    ];
    let counts = counts.map(|(word, count)| format!("{word}: {count}")).join(" · ");
    format!("{table}\n{counts}")
}

fn is_shown(row: &ProgrammeChanges) -> bool {
    let moved = [row.newly_eligible, row.no_longer_eligible, row.higher, row.lower, row.unchanged, row.undetermined];
    moved.iter().any(|moved| moved.households > 0)
}

/// `12 (+3400.00)`: the households, and by how much a month.
fn with_amount(moved: Moved) -> String {
    if moved.monthly_fen == 0 {
        return moved.households.to_string();
    }
    let sign = if moved.monthly_fen > 0 { "+" } else { "" };
    format!("{} ({sign}{})", moved.households, Fen::new(moved.monthly_fen))
}

/// What programmes are called: as their status is, or else their entitlement.
fn titles(plugins: &[PluginBody]) -> BTreeMap<&str, &Bilingual> {
    let mut titles = BTreeMap::new();
    for wanted in [Role::Entitlement, Role::Status] {
        for output in plugins.iter().flat_map(|plugin| &plugin.outputs).filter(|output| output.role == wanted) {
            let programme = output.name.rsplit_once('.').map_or(output.name.as_str(), |(programme, _)| programme);
            titles.insert(programme, &output.title);
        }
    }
    titles
}
