//! The texts of a deployment: a file of them, what a screen says in them, and which wording that was.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::wording::is_known;
use super::{Answer, DvaNames, Part, Recognition, Screen, TemplateId, Text, TextError, Values, recognise};
use crate::{Digest, ParseError, ParseRule, Release};

/// The texts of a deployment, each checked against its template when they are read.
///
/// A file of them has, for each template, its title, declaration, explanation and the labels of its answers; of which format it
/// is, is the caller's choice of serde. Read in TOML:
///
/// ```
/// use medmij_core::text::{Answer, Screen, TemplateId, Texts};
/// # use medmij_core::{Aanbiedernaam, text::DvaNames};
/// # struct Names;
/// # impl DvaNames for Names {
/// #     fn dva(&self) -> &str { "Voorbeeld-DVA" }
/// #     fn telefoonnummer(&self) -> &str { "088 000 00 00" }
/// #     fn aanbieder(&self, _: &Aanbiedernaam) -> std::borrow::Cow<'_, str> { "UMC Harderwijk".into() }
/// #     fn some_aanbieder(&self) -> &str { "je zorgaanbieder" }
/// #     fn some_pgo(&self) -> &str { "je PGO" }
/// # }
///
/// let texts: Texts = toml::from_str(r#"
///     [[text]]
///     template = "annuleringspagina"
///     title = "Je bent gestopt"
///     declaration = "Je bent gestopt met inloggen bij {NaamAanbieder}."
///     answers.inloggen = "Toch inloggen"
/// "#)?;
/// let screen = Screen::new(TemplateId::Annuleringspagina, [Answer::LogIn]).with_aanbieder(Some(&"umc@medmij".parse()?));
/// let shown = texts.show(&screen, &Names)?;
/// assert_eq!(shown.declaration, "Je bent gestopt met inloggen bij UMC Harderwijk.");
/// assert_eq!(shown.answers, [(Answer::LogIn, "Toch inloggen")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "File")]
pub struct Texts(BTreeMap<TemplateId, Wording>);

/// The text of one template.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Wording {
    title: Text,
    declaration: Text,
    explanation: Text,
    answers: BTreeMap<Answer, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    text: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    template: TemplateId,
    title: String,
    declaration: String,
    #[serde(default)]
    explanation: String,
    #[serde(default)]
    answers: BTreeMap<Answer, String>,
}

impl TryFrom<File> for Texts {
    type Error = TextsError;

    fn try_from(file: File) -> Result<Self, TextsError> {
        let mut texts = BTreeMap::new();
        for entry in file.text {
            let template = entry.template;
            let text = |source: &str| Text::new(template, source).map_err(|error| TextsError::Text { template, error });
            let wording = Wording {
                title: text(&entry.title)?,
                declaration: text(&entry.declaration)?,
                explanation: text(&entry.explanation)?,
                answers: entry.answers,
            };
            let labels = &wording.answers;
            let wanted = template.answers();
            if let Some(&answer) = wanted.iter().find(|answer| !labels.contains_key(answer)) {
                return Err(TextsError::NoLabel { template, answer });
            }
            if let Some(&answer) = labels.keys().find(|answer| !wanted.contains(answer)) {
                return Err(TextsError::ForeignAnswer { template, answer });
            }
            if texts.insert(template, wording).is_some() {
                return Err(TextsError::Twice(template));
            }
        }
        Ok(Self(texts))
    }
}

/// A screen as a person reads it. Nothing is escaped: that is up to whoever makes HTML of it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ShownScreen<'a> {
    /// Its template, whose [`presentation`](TemplateId::presentation) says how it is to be shown.
    pub template: TemplateId,
    /// Its title.
    pub title: String,
    /// Its declaration or main text.
    pub declaration: String,
    /// Its explanation; empty if it has none.
    pub explanation: String,
    /// Its answers and what their buttons say.
    pub answers: Vec<(Answer, &'a str)>,
}

impl Texts {
    /// Checks that there is a text of every screen that an Authorization Server of the release may have to show.
    ///
    /// # Errors
    /// With the first template that has none.
    pub fn check_dva(&self, release: Release) -> Result<(), TextsError> {
        let mut wanted = TemplateId::ALL.iter().filter(|template| template.shown_by_dva(release));
        match wanted.find(|template| !self.0.contains_key(template)) {
            Some(&template) => Err(TextsError::NoText(template)),
            None => Ok(()),
        }
    }

    /// Checks that there is a text of every notice that a DVP of the release may have to give.
    ///
    /// # Errors
    /// With the first template that has none.
    pub fn check_dvp(&self, release: Release) -> Result<(), TextsError> {
        let mut wanted = TemplateId::ALL.iter().filter(|template| template.told_by_dvp(release));
        match wanted.find(|template| !self.0.contains_key(template)) {
            Some(&template) => Err(TextsError::NoText(template)),
            None => Ok(()),
        }
    }

    /// A screen in these texts.
    ///
    /// # Errors
    /// If there is no text of its template, or a value is missing that the screen's step does not have.
    pub fn show(&self, screen: &Screen, names: &impl DvaNames) -> Result<ShownScreen<'_>, TextsError> {
        self.fill(screen.template(), screen.answers(), &screen.values(names))
    }

    /// The text of a template with these values, and the labels of these answers.
    ///
    /// # Errors
    /// If there is no text of the template, or a value is missing.
    pub fn fill(
        &self,
        template: TemplateId,
        answers: &[Answer],
        values: &Values<'_>,
    ) -> Result<ShownScreen<'_>, TextsError> {
        let wording = self.0.get(&template).ok_or(TextsError::NoText(template))?;
        let fill = |text: &Text| text.fill(values).map_err(|error| TextsError::Text { template, error });
        let label = |answer: &Answer| Some((*answer, wording.answers.get(answer)?.as_str()));
        Ok(ShownScreen {
            template,
            title: fill(&wording.title)?,
            declaration: fill(&wording.declaration)?,
            explanation: fill(&wording.explanation)?,
            answers: answers.iter().filter_map(label).collect(),
        })
    }

    /// Which wording a person sees of a template, for the log of a declaration.
    ///
    /// # Errors
    /// If there is no text of the template.
    pub fn version(&self, template: TemplateId, release: Release) -> Result<TextVersion, TextsError> {
        let wording = self.0.get(&template).ok_or(TextsError::NoText(template))?;
        let parts = [
            (Part::Title, wording.title.source()),
            (Part::Declaration, wording.declaration.source()),
            (Part::Explanation, wording.explanation.source()),
        ];
        let official = match recognise(template, Part::Declaration, release, wording.declaration.source()) {
            Recognition::Official => Some(release),
            Recognition::OfWhichRelease(other) => Some(other),
            Recognition::Unknown => None,
        };
        // A title or explanation of one's own beside it makes the whole one's own, where the official one is known.
        let official = official.filter(|official| {
            parts.iter().all(|(part, source)| {
                !is_known(template, *part, *official)
                    || recognise(template, *part, *official, source) == Recognition::Official
            })
        });
        // Each with its length, so that no two texts are written alike.
        let labels = wording
            .answers
            .iter()
            .flat_map(|(answer, label)| [answer.as_str(), label.as_str()]);
        let words = parts.iter().map(|(_, source)| *source).chain(labels);
        let written: String = words.map(|word| format!("{} {word}", word.len())).collect();
        Ok(TextVersion {
            official,
            digest: Digest::of(written.as_bytes()),
        })
    }
}

/// Which wording of a text a person saw: whether it is the official one of a release, in every part whose official wording is
/// known, and the digest of the title, declaration, explanation and labels as the deployment has them, by which the text can be
/// found again [P&I 8a, 1.1.2].
///
/// ```
/// use medmij_core::text::TextVersion;
///
/// let version: TextVersion = format!("own {}", "0".repeat(64)).parse()?;
/// assert_eq!(version.official(), None);
/// # Ok::<(), medmij_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct TextVersion {
    official: Option<Release>,
    digest: Digest,
}

impl TextVersion {
    /// Another wording than the official ones that are known here.
    #[must_use]
    pub const fn own(digest: Digest) -> Self {
        Self { official: None, digest }
    }

    /// The release whose official wording it has.
    #[must_use]
    pub const fn official(&self) -> Option<Release> {
        self.official
    }

    /// The digest of the whole text.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }
}

/// `own` or `official` with its release, and the digest.
impl fmt::Display for TextVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.official {
            Some(release) => write!(f, "official {release} {}", self.digest),
            None => write!(f, "own {}", self.digest),
        }
    }
}

impl FromStr for TextVersion {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let unknown = || ParseError::new("TextVersion", ParseRule::Unknown, 0);
        let mut words = text.split(' ');
        let official = match words.next() {
            Some("own") => None,
            Some("official") => Some(words.next().ok_or_else(unknown)?.parse()?),
            _ => return Err(unknown()),
        };
        let digest = words.next().ok_or_else(unknown)?.parse()?;
        match words.next() {
            None => Ok(Self { official, digest }),
            Some(_) => Err(unknown()),
        }
    }
}

impl Serialize for TextVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TextVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Texts that cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TextsError {
    /// A text does not fit its template, or cannot be filled.
    #[error("the text of {template}: {error}")]
    Text {
        /// The template.
        template: TemplateId,
        /// Why.
        #[source]
        error: TextError,
    },
    /// A template has no text.
    #[error("there is no text of {0}")]
    NoText(TemplateId),
    /// A template has more than one.
    #[error("there are two texts of {0}")]
    Twice(TemplateId),
    /// An answer has no label.
    #[error("the text of {template} does not say what the answer `{answer}` is called")]
    NoLabel {
        /// The template.
        template: TemplateId,
        /// The answer.
        answer: Answer,
    },
    /// An answer that the template does not have.
    #[error("the template {template} has no answer `{answer}`")]
    ForeignAnswer {
        /// The template.
        template: TemplateId,
        /// The answer.
        answer: Answer,
    },
}
