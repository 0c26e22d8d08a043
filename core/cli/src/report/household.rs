//! One household: every output with its state and amount, what is missing, and the reasons with their articles.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use nuan_kernel::PluginBody;
use nuan_vocabulary::determination::{Determination, MissingInput, OutputValue, Reason, State};
use nuan_vocabulary::fen::{Fen, Ratio};
use nuan_vocabulary::manifest::Role;
use nuan_vocabulary::text::Bilingual;

use crate::report::Language;

/// The whole answer as text.
pub fn household(determination: &Determination, plugins: &[PluginBody], language: Language) -> String {
    let outputs = plugins.iter().flat_map(|plugin| &plugin.outputs);
    let titles: BTreeMap<&str, &Bilingual> = outputs.map(|output| (output.name.as_str(), &output.title)).collect();
    let mut text = String::new();
    let id = determination.id.map(|id| id.to_string()).unwrap_or_default();
    text.push_str(&format!("{id} · {} · {}\n", determination.division, determination.as_of));
    text.push_str(&format!("{}\n", outputs_table(determination, &titles, language)));
    let title = language.choose("理由", "Reasons");
    text.push_str(&format!("{title}\n"));
    for reason in determination.reasons.iter().filter(|reason| is_shown(determination, reason)) {
        text.push_str(&sentence(reason, language));
    }
    text.trim_end().to_owned()
}

/// Reasons of outputs that are in the answer; steps below the household stay in the JSON.
fn is_shown(determination: &Determination, reason: &Reason) -> bool {
    let same = |output: &OutputValue| {
        output.name == reason.output && output.member == reason.member && output.index == reason.index
    };
    determination.outputs.iter().any(same)
}

/// What the reason says, and below it the articles and the numbers of the law.
fn sentence(reason: &Reason, language: Language) -> String {
    let member = reason.member.as_ref().map(|member| format!(" [{member}]")).unwrap_or_default();
    let mut text = format!("  {}{member}: {}\n", reason.output, reason.says.in_language(language.into()));
    let places: Vec<&str> = reason.cites.iter().map(|place| place.text.as_str()).collect();
    if !places.is_empty() {
        text.push_str(&format!("    {} {}\n", language.choose("依据：", "Basis:"), places.join("；")));
    }
    let numbers: Vec<&str> = reason.uses.iter().filter_map(|name| name.strip_prefix("parameter:")).collect();
    if !numbers.is_empty() {
        text.push_str(&format!("    {} {}\n", language.choose("标准：", "Numbers:"), numbers.join(", ")));
    }
    text
}

fn outputs_table(determination: &Determination, titles: &BTreeMap<&str, &Bilingual>, language: Language) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    let head =
        [("项目", "Output"), ("成员", "Member"), ("结论", "State"), ("金额或数值", "Value"), ("缺少", "Missing")];
    table.set_header(head.map(|(chinese, english)| language.choose(chinese, english)));
    for output in determination.outputs.iter().filter(|output| output.role != Role::Intermediate) {
        let title =
            titles.get(output.name.as_str()).map(|title| title.in_language(language.into())).unwrap_or_default();
        let missing: Vec<String> =
            output.missing.iter().map(missing_name).chain(output.hindrances.iter().map(|h| h.code.clone())).collect();
        table.add_row([
            format!("{title} {}", output.name),
            output.member.clone().unwrap_or_default(),
            state(output.state, language).to_owned(),
            value(output, language),
            missing.join(", "),
        ]);
    }
    if let Some(column) = table.column_mut(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

const fn state(state: State, language: Language) -> &'static str {
    match state {
        State::Eligible => language.choose("符合", "eligible"),
        State::NotEligible => language.choose("不符合", "not eligible"),
        State::Known => language.choose("已知", "known"),
        State::None => language.choose("无", "none"),
        State::Undetermined => language.choose("未定", "undetermined"),
    }
}

fn value(output: &OutputValue, language: Language) -> String {
    if let Some(fen) = output.amount_fen {
        return format!("{} {}", Fen::new(fen), language.choose("元", "yuan"));
    }
    let flag = output
        .flag
        .map(|flag| if flag { language.choose("是", "yes") } else { language.choose("否", "no") }.to_owned());
    let ratio = || output.ratio_millionths.map(|parts| Ratio::from_millionths(parts).to_string());
    flag.or_else(|| output.number.map(|number| number.to_string()))
        .or_else(ratio)
        .or_else(|| output.text.clone())
        .unwrap_or_default()
}

fn missing_name(missing: &MissingInput) -> String {
    let member = missing.member.as_ref().map(|member| format!("{member}: ")).unwrap_or_default();
    let parameter = || missing.parameter.as_ref().map(|p| format!("{} @ {} ({})", p.id, p.division, p.on));
    let name = missing.fact.clone().or_else(|| missing.list.clone()).or_else(parameter).unwrap_or_default();
    format!("{member}{name}")
}
