//! The wording of the screens: example wording of our own, in plain Dutch, from a file that a deployment replaces.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use medmij_core::text::{Part, Placeholder, Recognition, TemplateId, Text, Values, recognise};
use medmij_core::{Digest, Release};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct File {
    text: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    template: String,
    title: String,
    declaration: String,
    #[serde(default)]
    explanation: String,
}

/// The texts of a deployment, each checked against its template.
#[derive(Debug)]
pub struct Texts {
    screens: BTreeMap<TemplateId, [Text; 3]>,
}

/// A screen's text with its values filled in.
#[derive(Debug)]
pub struct Screen {
    pub title: String,
    pub declaration: String,
    pub explanation: String,
}

impl Texts {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let file: File = toml::from_str(&text).with_context(|| format!("{} is no file of texts", path.display()))?;
        let mut screens = BTreeMap::new();
        for entry in file.text {
            let template: TemplateId = entry
                .template
                .parse()
                .with_context(|| format!("in {}", path.display()))?;
            let text = |source: &str| {
                Text::new(template, source).with_context(|| format!("the text of {template} in {}", path.display()))
            };
            screens.insert(
                template,
                [
                    text(&entry.title)?,
                    text(&entry.declaration)?,
                    text(&entry.explanation)?,
                ],
            );
        }
        Ok(Self { screens })
    }

    /// The text of a screen with its values.
    pub fn screen(&self, template: TemplateId, values: &Values<'_>) -> anyhow::Result<Screen> {
        let [title, declaration, explanation] = self
            .screens
            .get(&template)
            .with_context(|| format!("there is no text of {template}"))?;
        Ok(Screen {
            title: title.fill(values)?,
            declaration: declaration.fill(values)?,
            explanation: explanation.fill(values)?,
        })
    }

    /// Checks that a screen has a text, and one that can be filled with these values.
    pub fn check(&self, template: TemplateId, placeholders: &[Placeholder]) -> anyhow::Result<()> {
        let values = placeholders
            .iter()
            .map(|&placeholder| (placeholder, "".into()))
            .collect();
        self.screen(template, &values)
            .with_context(|| format!("the text of {template}"))
            .map(drop)
    }

    /// What the log of a declaration says of the wording the person saw: official, or its own by digest.
    pub fn version(&self, template: TemplateId, release: Release) -> String {
        let Some([_, declaration, _]) = self.screens.get(&template) else {
            return "none".to_owned();
        };
        match recognise(template, Part::Declaration, release, declaration.source()) {
            Recognition::Official => format!("official {release}"),
            Recognition::OfWhichRelease(other) => format!("official {other}"),
            _ => format!("own {}", Digest::of(declaration.source().as_bytes())),
        }
    }
}
