//! The syllables of Mandarin in pinyin, without tones: what tells `zhangsan` from initials.
//!
//! Not here: which character has which syllable. Interjections without a vowel (嗯, 呣) are left out, since they would make
//! every `n` and `m` a syllable.

/// Whether the letters are nothing but syllables, in any division: `henan` is he·nan and hen·an.
pub fn divides(letters: &str) -> bool {
    let mut ends = vec![true]; // ends[n]: the first n letters divide
    for end in 1..=letters.len() {
        let leads_here = |start: usize| ends.get(start) == Some(&true) && is_syllable(letters.get(start..end));
        let divides = (end.saturating_sub(LONGEST)..end).any(leads_here);
        ends.push(divides);
    }
    ends.last() == Some(&true) && !letters.is_empty()
}

/// Whether a syllable can begin with the letter; none begins with i, u or v.
pub fn can_begin(letter: char) -> bool {
    letter.is_ascii_lowercase() && !matches!(letter, 'i' | 'u' | 'v')
}

fn is_syllable(letters: Option<&str>) -> bool {
    letters.is_some_and(|letters| SYLLABLES.binary_search(&letters).is_ok())
}

/// `zhuang`.
const LONGEST: usize = 6;

/// In the order of the alphabet; ü is written u.
#[rustfmt::skip]
pub const SYLLABLES: &[&str] = &[
    "a", "ai", "an", "ang", "ao", "ba", "bai", "ban", "bang", "bao", "bei", "ben", "beng", "bi", "bian", "biang",
    "biao", "bie", "bin", "bing", "bo", "bong", "bu", "ca", "cai", "can", "cang", "cao", "ce", "cei", "cen", "ceng",
    "cha", "chai", "chan", "chang", "chao", "che", "chen", "cheng", "chi", "chong", "chou", "chu", "chua", "chuai",
    "chuan", "chuang", "chui", "chun", "chuo", "ci", "cong", "cou", "cu", "cuan", "cui", "cun", "cuo", "da", "dai",
    "dan", "dang", "dao", "de", "dei", "den", "deng", "di", "dia", "dian", "diao", "die", "din", "ding", "diu", "dong",
    "dou", "du", "duan", "dui", "dun", "duo", "e", "ei", "en", "eng", "er", "fa", "fan", "fang", "fei", "fen", "feng",
    "fiao", "fo", "fou", "fu", "ga", "gai", "gan", "gang", "gao", "ge", "gei", "gen", "geng", "gong", "gou", "gu",
    "gua", "guai", "guan", "guang", "gui", "gun", "guo", "ha", "hai", "han", "hang", "hao", "he", "hei", "hen", "heng",
    "hong", "hou", "hu", "hua", "huai", "huan", "huang", "hui", "hun", "huo", "ji", "jia", "jian", "jiang", "jiao",
    "jie", "jin", "jing", "jiong", "jiu", "ju", "juan", "jue", "jun", "ka", "kai", "kan", "kang", "kao", "ke", "kei",
    "ken", "keng", "kong", "kou", "ku", "kua", "kuai", "kuan", "kuang", "kui", "kun", "kuo", "la", "lai", "lan", "lang",
    "lao", "le", "lei", "len", "leng", "li", "lia", "lian", "liang", "liao", "lie", "lin", "ling", "liu", "lo", "long",
    "lou", "lu", "luan", "lue", "lun", "luo", "ma", "mai", "man", "mang", "mao", "me", "mei", "men", "meng", "mi",
    "mian", "miao", "mie", "min", "ming", "miu", "mo", "mou", "mu", "na", "nai", "nan", "nang", "nao", "ne", "nei",
    "nen", "neng", "ni", "nia", "nian", "niang", "niao", "nie", "nin", "ning", "niu", "nong", "nou", "nu", "nuan",
    "nue", "nun", "nuo", "o", "ou", "pa", "pai", "pan", "pang", "pao", "pei", "pen", "peng", "pi", "pian", "piao",
    "pie", "pin", "ping", "po", "pou", "pu", "qi", "qia", "qian", "qiang", "qiao", "qie", "qin", "qing", "qiong", "qiu",
    "qu", "quan", "que", "qun", "ran", "rang", "rao", "re", "ren", "reng", "ri", "rong", "rou", "ru", "rua", "ruan",
    "rui", "run", "ruo", "sa", "sai", "san", "sang", "sao", "se", "sen", "seng", "sha", "shai", "shan", "shang", "shao",
    "she", "shei", "shen", "sheng", "shi", "shou", "shu", "shua", "shuai", "shuan", "shuang", "shui", "shun", "shuo",
    "si", "song", "sou", "su", "suan", "sui", "sun", "suo", "ta", "tai", "tan", "tang", "tao", "te", "tei", "teng",
    "ti", "tian", "tiao", "tie", "ting", "tong", "tou", "tu", "tuan", "tui", "tun", "tuo", "wa", "wai", "wan", "wang",
    "wei", "wen", "weng", "wo", "wong", "wu", "xi", "xia", "xian", "xiang", "xiao", "xie", "xin", "xing", "xiong",
    "xiu", "xu", "xuan", "xue", "xun", "ya", "yan", "yang", "yao", "ye", "yi", "yin", "ying", "yo", "yong", "you", "yu",
    "yuan", "yue", "yun", "za", "zai", "zan", "zang", "zao", "ze", "zei", "zen", "zeng", "zha", "zhai", "zhan", "zhang",
    "zhao", "zhe", "zhei", "zhen", "zheng", "zhi", "zhong", "zhou", "zhu", "zhua", "zhuai", "zhuan", "zhuang", "zhui",
    "zhun", "zhuo", "zi", "zong", "zou", "zu", "zuan", "zui", "zun", "zuo",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use pinyin::{Pinyin, ToPinyin};

    use super::*;

    /// Every ordinary reading of a Chinese character that has a vowel.
    fn ordinary() -> BTreeSet<String> {
        let plain = ('\u{3400}'..='\u{9FFF}').filter_map(|character| character.to_pinyin()).map(Pinyin::plain);
        plain.map(super::super::ascii).filter(|text| text.contains(super::super::VOWELS)).collect()
    }

    #[test]
    fn the_table_has_every_reading_in_order() {
        assert!(SYLLABLES.is_sorted_by(|left, right| left < right));
        assert_eq!(SYLLABLES.iter().map(|syllable| syllable.len()).max(), Some(LONGEST));
        let missing: Vec<String> =
            ordinary().into_iter().filter(|text| SYLLABLES.binary_search(&text.as_str()).is_err()).collect();
        assert_eq!(missing, Vec::<String>::new());
    }

    #[test]
    fn letters_divide_where_any_division_does() {
        for letters in ["a", "henan", "fangan", "dange", "xian", "zhangsanfeng", "lue", "zhuangzhuang"] {
            assert!(divides(letters), "{letters}");
        }
        for letters in ["", "z", "zsf", "zhangsf", "zhanga1", "victor", "lv", "ni hao"] {
            assert!(!divides(letters), "{letters}");
        }
    }

    #[test]
    fn a_syllable_begins_with_what_syllables_begin_with() {
        for letter in 'a'..='z' {
            let begins = SYLLABLES.iter().any(|syllable| syllable.starts_with(letter));
            assert_eq!(can_begin(letter), begins, "{letter}");
        }
        assert!(!can_begin('1'));
    }
}
