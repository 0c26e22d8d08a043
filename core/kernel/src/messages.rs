//! The sentences of a plugin in both languages. Amounts reach Fluent as text, since its own numbers are floats.

use std::collections::BTreeMap;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use nuan_vocabulary::diagnostic::Diagnostic;
use nuan_vocabulary::text::Bilingual;
use unic_langid::LanguageIdentifier;

/// All messages of one plugin.
pub struct Messages {
    zh_cn: FluentBundle<FluentResource>,
    en: FluentBundle<FluentResource>,
}

impl std::fmt::Debug for Messages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Messages")
    }
}

impl Messages {
    /// Reads `locales/{zh-CN,en}/*.ftl` of a package.
    pub fn new(files: &BTreeMap<String, Vec<u8>>) -> Result<Self, Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        let zh_cn = bundle(files, "zh-CN", &mut mistakes);
        let en = bundle(files, "en", &mut mistakes);
        if mistakes.is_empty() { Ok(Self { zh_cn, en }) } else { Err(mistakes) }
    }

    /// The sentence in both languages. A key that a language lacks shows itself, so that no reason is ever empty.
    pub fn say(&self, key: &str, arguments: &[(String, String)]) -> Bilingual {
        Bilingual { zh_cn: sentence(&self.zh_cn, key, arguments), en: sentence(&self.en, key, arguments) }
    }

    /// Whether both languages have the sentence.
    pub fn has(&self, key: &str) -> bool {
        self.zh_cn.has_message(key) && self.en.has_message(key)
    }
}

fn bundle(
    files: &BTreeMap<String, Vec<u8>>,
    language: &str,
    mistakes: &mut Vec<Diagnostic>,
) -> FluentBundle<FluentResource> {
    let locale: LanguageIdentifier = language.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![locale]);
    bundle.set_use_isolating(false);
    let folder = format!("locales/{language}/");
    for (name, content) in files.iter().filter(|(name, _)| name.starts_with(&folder)) {
        let text = String::from_utf8_lossy(content).into_owned();
        match FluentResource::try_new(text) {
            Ok(resource) => {
                if let Err(errors) = bundle.add_resource(resource) {
                    let message = |error| Diagnostic::new("NU3121", name.as_str(), format!("{error}"));
                    mistakes.extend(errors.into_iter().map(message));
                }
            }
            Err((_, errors)) => {
                let message = |error| Diagnostic::new("NU3120", name.as_str(), format!("{error}"));
                mistakes.extend(errors.into_iter().map(message));
            }
        }
    }
    bundle
}

fn sentence(bundle: &FluentBundle<FluentResource>, key: &str, arguments: &[(String, String)]) -> String {
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else { return format!("[{key}]") };
    let mut named = FluentArgs::with_capacity(arguments.len());
    for (name, value) in arguments {
        named.set(name.as_str(), FluentValue::from(value.as_str()));
    }
    let mut errors = Vec::new();
    bundle.format_pattern(pattern, Some(&named), &mut errors).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(zh: &str, en: &str) -> BTreeMap<String, Vec<u8>> {
        let file = |language: &str, text: &str| (format!("locales/{language}/x.ftl"), text.as_bytes().to_vec());
        BTreeMap::from([file("zh-CN", zh), file("en", en)])
    }

    #[test]
    fn a_sentence_is_said_in_both_languages() {
        let messages = Messages::new(&files("gap = 差额 { $gap } 元", "gap = a gap of { $gap } yuan")).unwrap();
        let said = messages.say("gap", &[("gap".to_owned(), "1648.00".to_owned())]);
        assert_eq!((said.zh_cn.as_str(), said.en.as_str()), ("差额 1648.00 元", "a gap of 1648.00 yuan"));
        assert!(messages.has("gap") && !messages.has("other"));
        assert_eq!(messages.say("other", &[]).zh_cn, "[other]");
    }

    #[test]
    fn a_broken_file_is_refused() {
        let mistakes = Messages::new(&files("gap = { $gap", "gap = x")).unwrap_err();
        assert_eq!(mistakes[0].code, "NU3120");
        let mistakes = Messages::new(&files("a = x\na = y", "a = x")).unwrap_err();
        assert_eq!(mistakes[0].code, "NU3121");
    }
}
