//! Tables with titles in the reader's language, aligned by display width. Control characters of what is shown never reach the
//! terminal: a name or a reason could carry commands for it.

use comfy_table::{ContentArrangement, Table, presets};

use super::Language;

/// The title of a column or a line, in Chinese and in English.
pub type Title = (&'static str, &'static str);

/// Rows under titles.
pub fn table(language: Language, titles: &[Title], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(titles.iter().map(|(chinese, english)| language.choose(chinese, english)));
    for row in rows {
        table.add_row(row.iter().map(|cell| plain(cell)));
    }
    table.to_string()
}

/// A part of a list, and how to get the next one.
pub fn part(
    language: Language,
    titles: &[Title],
    rows: impl IntoIterator<Item = Vec<String>>,
    next: Option<&String>,
) -> String {
    let rows: Vec<Vec<String>> = rows.into_iter().collect();
    let count = language.choose("条数", "Entries");
    let count = format!("{count}: {}", rows.len());
    let next = next.map(|next| format!(" · {} --after {}", language.choose("接下去", "More with"), plain(next)));
    format!("{}\n{count}{}", table(language, titles, rows), next.unwrap_or_default())
}

/// One thing, a line for each of its sides; what it does not have is left out.
pub fn card(language: Language, lines: impl IntoIterator<Item = (Title, String)>) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    for ((chinese, english), value) in lines.into_iter().filter(|(_, value)| !value.is_empty()) {
        table.add_row([language.choose(chinese, english).to_owned(), plain(&value)]);
    }
    table.to_string()
}

/// Something optional as text.
pub fn text(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_the_terminal_shows() {
        let rows = [vec!["张*".to_owned(), "1".to_owned()], vec!["Ann".to_owned(), "2".to_owned()]];
        let table = table(Language::Chinese, &[("姓名", "Name"), ("编号", "Id")], rows);
        let widths: Vec<usize> = table.lines().map(width).collect();
        assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{table}");
        assert!(table.contains("姓名") && !table.contains("Name"));
    }

    #[test]
    fn no_command_reaches_the_terminal() {
        let shown = card(Language::English, [(("理由", "Reason"), "a\u{1b}[2Jb\r".to_owned())]);
        assert!(!shown.contains('\u{1b}') && !shown.contains('\r') && shown.contains("Reason"), "{shown}");
    }

    #[test]
    fn the_next_part_is_one_option_away() {
        let next = "pe_7".to_owned();
        let shown = part(Language::English, &[("编号", "Id")], [vec!["x".to_owned()]], Some(&next));
        assert!(shown.ends_with("Entries: 1 · More with --after pe_7"), "{shown}");
    }

    fn width(line: &str) -> usize {
        line.chars().map(|c| if ('\u{2e80}'..'\u{ffef}').contains(&c) { 2 } else { 1 }).sum()
    }
}
