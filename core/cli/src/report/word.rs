//! The words that answers use for states and acts, as people read them. A word that is not here is shown as it is.

use super::Language;

const WORDS: [(&str, &str); 52] = [
    ("submitted", "待决定"),
    ("approved", "已同意"),
    ("refused", "未同意"),
    ("withdrawn", "已撤回"),
    ("approve", "同意"),
    ("refuse", "不同意"),
    ("withdraw", "撤回"),
    ("join", "增加成员"),
    ("leave", "成员离开"),
    ("split", "分户"),
    ("move", "迁移"),
    ("death", "死亡"),
    ("correct", "更正"),
    ("identify", "更正身份"),
    ("proposed", "待比对"),
    ("merged", "已合并"),
    ("rejected", "不是同一人"),
    ("undone", "已拆开"),
    ("merge", "合并"),
    ("reject", "不是同一人"),
    ("undo", "拆开"),
    ("match", "比对"),
    ("determine", "测算"),
    ("change", "变更"),
    ("same", "相同"),
    ("possible", "可能相同"),
    ("different", "不同"),
    ("name", "姓名"),
    ("birth_date", "出生日期"),
    ("sex", "性别"),
    ("residence", "住地"),
    ("document_tail", "证件号末四位"),
    ("eligible", "符合"),
    ("not_eligible", "不符合"),
    ("known", "已知"),
    ("none", "无"),
    ("undetermined", "未定"),
    ("adopt", "采纳"),
    ("depart", "不采纳"),
    ("granted", "给予"),
    ("coming", "尚未开始"),
    ("due", "享受中"),
    ("ended", "已终止"),
    ("end", "终止"),
    ("member_died", "成员死亡"),
    ("member_left", "成员离开"),
    ("household_moved", "家庭迁移"),
    ("household_ended", "家庭已销户"),
    ("open", "进行中"),
    ("finished", "已完成"),
    ("cancelled", "已取消"),
    ("cancel", "取消"),
];

/// A word in the reader's language.
pub fn word(language: Language, word: &str) -> String {
    let chinese = WORDS.iter().find(|(english, _)| *english == word).map(|(_, chinese)| *chinese);
    match language {
        Language::Chinese => chinese.unwrap_or(word).to_owned(),
        Language::English => word.replace('_', " "),
    }
}

/// The word by which something is written in JSON, for people.
pub fn written(language: Language, value: &impl serde::Serialize) -> String {
    let written = serde_json::to_value(value).ok();
    written.as_ref().and_then(serde_json::Value::as_str).map(|text| word(language, text)).unwrap_or_default()
}

/// Several words.
pub fn words(language: Language, all: &[impl serde::Serialize]) -> String {
    all.iter().map(|one| written(language, one)).collect::<Vec<_>>().join(language.choose("、", ", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_word_is_shown_as_it_is() {
        assert_eq!(word(Language::Chinese, "submitted"), "待决定");
        assert_eq!(word(Language::English, "not_eligible"), "not eligible");
        assert_eq!(word(Language::Chinese, "unheard_of"), "unheard_of");
        assert_eq!(words(Language::Chinese, &["approve", "refuse"]), "同意、不同意");
    }
}
