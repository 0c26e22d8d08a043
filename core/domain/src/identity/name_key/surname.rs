//! Surnames (姓氏) that are read in another way than the character is elsewhere, or in several.
//!
//! A surname that is missing has the ordinary reading of its characters, so the table holds exceptions only. Order: the
//! surname's own reading first, then what people type who do not know it.

/// The readings of the surname that a name begins with, and the rest of the name. One empty reading where the table has
/// no such surname: then the whole name is the rest.
pub fn read(name: &str) -> (&'static [&'static str], &str) {
    let found = SURNAMES.iter().find_map(|(surname, readings)| Some((*readings, name.strip_prefix(*surname)?)));
    found.unwrap_or((NO_SURNAME, name))
}

const NO_SURNAME: &[&str] = &[""];

/// Compound surnames (复姓) before the single ones they begin with. Syllables stand apart.
const SURNAMES: &[(&str, &[&str])] = &[
    ("尉迟", &["yu chi", "wei chi"]),
    ("尉遲", &["yu chi", "wei chi"]),
    ("万俟", &["mo qi", "wan qi", "wan si"]),
    ("萬俟", &["mo qi", "wan qi", "wan si"]),
    ("澹台", &["tan tai", "dan tai"]),
    ("澹臺", &["tan tai", "dan tai"]),
    ("长孙", &["zhang sun", "chang sun"]),
    ("長孫", &["zhang sun", "chang sun"]),
    ("乐正", &["yue zheng", "le zheng"]),
    ("樂正", &["yue zheng", "le zheng"]),
    ("单于", &["chan yu", "shan yu", "dan yu"]), // also 单 with a given name that begins with 于
    ("單于", &["chan yu", "shan yu", "dan yu"]),
    ("单", &["shan", "dan"]),
    ("單", &["shan", "dan"]),
    ("曾", &["zeng", "ceng"]),
    ("解", &["xie", "jie"]),
    ("仇", &["qiu", "chou"]),
    ("区", &["ou", "qu"]),
    ("區", &["ou", "qu"]),
    ("查", &["zha", "cha"]),
    ("盖", &["ge", "gai"]),
    ("蓋", &["ge", "gai"]),
    ("朴", &["piao", "pu"]),
    ("覃", &["qin", "tan"]),
    ("缪", &["miao", "mou", "miu"]),
    ("繆", &["miao", "mou", "miu"]),
    ("牟", &["mou", "mu"]),
    ("翟", &["zhai", "di"]),
    ("乐", &["yue", "le"]),
    ("樂", &["yue", "le"]),
    ("员", &["yun", "yuan"]),
    ("員", &["yun", "yuan"]),
    ("召", &["shao", "zhao"]),
    ("洗", &["xian", "xi"]),
    ("种", &["chong", "zhong"]),
    ("折", &["she", "zhe"]),
    ("黑", &["he", "hei"]),
    ("隗", &["wei", "kui"]),
    ("郇", &["xun", "huan"]),
    ("么", &["yao", "me"]),
    ("能", &["nai", "neng"]),
    ("佴", &["nai", "er"]),
    ("祭", &["zhai", "ji"]),
    ("秘", &["bi", "mi"]),
    ("费", &["fei", "bi"]),
    ("費", &["fei", "bi"]),
    ("郗", &["xi", "chi"]),
    ("句", &["gou", "ju"]),
    ("乜", &["nie", "mie"]),
    ("隽", &["juan", "jun"]),
    ("藏", &["zang", "cang"]),
    ("莘", &["shen", "xin"]),
    ("卜", &["bu", "bo"]),
    ("阚", &["kan", "han"]),
    ("闞", &["kan", "han"]),
    ("谌", &["chen", "shen"]),
    ("諶", &["chen", "shen"]),
    ("晟", &["cheng", "sheng"]),
    ("薄", &["bo", "bao"]),
    ("柏", &["bai", "bo"]),
    ("尉", &["wei", "yu"]),
    ("蔚", &["yu", "wei"]),
];

#[cfg(test)]
mod tests {
    use super::super::syllable;
    use super::*;

    #[test]
    fn a_compound_surname_is_found_before_the_single_one() {
        assert_eq!(read("尉迟恭"), (["yu chi", "wei chi"].as_slice(), "恭"));
        assert_eq!(read("尉恭"), (["wei", "yu"].as_slice(), "恭"));
        assert_eq!(read("张单"), ([""].as_slice(), "张单"));
    }

    #[test]
    fn no_entry_is_hidden_by_an_earlier_one() {
        for (place, (surname, readings)) in SURNAMES.iter().enumerate() {
            let hidden = |earlier: &(&str, &[&str])| surname.starts_with(earlier.0);
            assert!(!SURNAMES[..place].iter().any(hidden), "{surname}");
            assert!((1..=super::super::MOST_READINGS).contains(&readings.len()), "{surname}");
        }
    }

    #[test]
    fn every_reading_has_a_syllable_for_each_character() {
        for (surname, readings) in SURNAMES {
            for reading in *readings {
                assert_eq!(reading.split(' ').count(), surname.chars().count(), "{surname}");
                assert!(reading.split(' ').all(|part| syllable::SYLLABLES.binary_search(&part).is_ok()), "{surname}");
            }
        }
    }
}
