//! In which language a text is, by its trigrams (Cavnar and Trenkle, SDAIR 1994).

use whatlang::{Lang, detect};

/// Fewest letters of a text whose language is told; shorter ones pass.
const LEAST: usize = 24;

/// Languages that are allowed.
#[derive(Debug)]
pub(crate) struct Languages(Vec<Lang>);

/// The language of a code of ISO 639-1 or 639-3, in lower case.
pub(crate) fn code(code: &str) -> Option<Lang> {
    /// Codes of two letters whose language the detector knows.
    const SHORT: [(&str, &str); 60] = [
        ("ar", "ara"),
        ("az", "aze"),
        ("be", "bel"),
        ("bg", "bul"),
        ("bn", "ben"),
        ("ca", "cat"),
        ("cs", "ces"),
        ("da", "dan"),
        ("de", "deu"),
        ("el", "ell"),
        ("en", "eng"),
        ("eo", "epo"),
        ("es", "spa"),
        ("et", "est"),
        ("fa", "pes"),
        ("fi", "fin"),
        ("fr", "fra"),
        ("gu", "guj"),
        ("he", "heb"),
        ("hi", "hin"),
        ("hr", "hrv"),
        ("hu", "hun"),
        ("hy", "hye"),
        ("id", "ind"),
        ("it", "ita"),
        ("ja", "jpn"),
        ("jv", "jav"),
        ("ka", "kat"),
        ("kn", "kan"),
        ("ko", "kor"),
        ("la", "lat"),
        ("lt", "lit"),
        ("lv", "lav"),
        ("mk", "mkd"),
        ("ml", "mal"),
        ("mr", "mar"),
        ("my", "mya"),
        ("ne", "nep"),
        ("nl", "nld"),
        ("no", "nob"),
        ("or", "ori"),
        ("pa", "pan"),
        ("pl", "pol"),
        ("pt", "por"),
        ("ro", "ron"),
        ("ru", "rus"),
        ("si", "sin"),
        ("sk", "slk"),
        ("sl", "slv"),
        ("sr", "srp"),
        ("sv", "swe"),
        ("ta", "tam"),
        ("te", "tel"),
        ("th", "tha"),
        ("tr", "tur"),
        ("uk", "ukr"),
        ("ur", "urd"),
        ("uz", "uzb"),
        ("vi", "vie"),
        ("zh", "cmn"),
    ];
    let long = SHORT.iter().find(|(short, _)| *short == code).map_or(code, |(_, long)| long);
    Lang::from_code(long)
}

impl Languages {
    pub(crate) fn new(allowed: Vec<Lang>) -> Self {
        Self(allowed)
    }

    /// Which other language a text is in, where that is certain.
    pub(super) fn fault(&self, text: &str) -> Option<String> {
        if text.chars().filter(|c| c.is_alphabetic()).count() < LEAST {
            return None;
        }
        let found = detect(text)?;
        if self.0.contains(&found.lang()) {
            return None;
        }
        if found.is_reliable() {
            return Some(format!("a text in {}", found.lang().eng_name()));
        }
        // A script that none of the allowed languages is written in leaves no doubt either.
        let script = found.script();
        let foreign = !script.langs().iter().any(|lang| self.0.contains(lang));
        foreign.then(|| format!("a text in {script} letters"))
    }
}
