//! Sentences that a user reads, always in Chinese and English at once.
//!
//! A [`Text`] cannot be made without both languages, so a missing translation does not compile; a test over the
//! rendered reports checks that neither language leaks into the other.

use serde::{Deserialize, Serialize};

/// One sentence or phrase in both languages of the tool.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Text {
    /// 中文。
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// The same thought in both languages.
    ///
    /// ```
    /// use goldenhour::words::{Lang, Text};
    /// let t = Text::new("死锁", "deadlock");
    /// assert_eq!(t.in_lang(Lang::Zh), "死锁");
    /// ```
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }

    /// A name, number or quote that is the same in both languages.
    pub fn same(word: impl Into<String>) -> Self {
        let word = word.into();
        Self {
            zh: word.clone(),
            en: word,
        }
    }

    /// The words in one language.
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }

    /// True when neither language says anything.
    pub fn is_empty(&self) -> bool {
        self.zh.is_empty() && self.en.is_empty()
    }
}

/// The languages of the tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// 中文。
    #[default]
    Zh,
    /// English.
    En,
}
