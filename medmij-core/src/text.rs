//! The screens' texts as models: which screens there are, what stands in them and where it comes from, and whether a
//! deployment's wording is the official one.
//!
//! The framework prescribes sentences; they are its own and are not shipped here. A deployment brings its texts, this
//! module checks their placeholders, fills them, and recognises official wordings by digest ([`recognise`]).

mod screen;
mod texts;
mod wording;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use crate::newtype::enum_as_text;
use crate::{Declaration, ParseError, ParseRule};

pub use screen::{Answer, DvaNames, Screen};
pub use texts::{ShownScreen, TextVersion, Texts, TextsError};
pub use wording::{Recognition, digest, recognise};

/// A screen or notice with a text of the framework [User interface (Autorisatieserver), 1.4.0]
/// [core.usrint.100, 2.x] [core.usrint.101, 2.x] [core.usrint.102, 2.x] [core.usrint.103, 2.x].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum TemplateId {
    /// The landing page, on arrival at the Authorization Server.
    Landingspagina,
    /// The page after the person broke off the login.
    Annuleringspagina,
    /// The consent of *Verzamelen*.
    Toestemmingsverklaring,
    /// The consent of *Abonneren*.
    ToestemmingsverklaringAbonneren,
    /// The confirmation of *Delen*.
    Bevestigingsverklaring,
    /// The end of an Abonnement.
    BeeindigingsverklaringAbonnement,
    /// The withdrawal of a long-term consent.
    BeeindigingsverklaringToestemming,
    /// The overview of consents.
    Toestemmingsoverzicht,
    /// The page that the request is not granted, the same for all its causes.
    NietIngewilligd,
    /// The page on an invalid request of a known client.
    OngeldigVerzoek,
    /// The page on an unknown client or redirect URI; it has no way back.
    OnbekendeClient,
    /// The page that representation was used and not expected, or expected and not used, or for somebody else; it has no way
    /// back [Authorization interface Vertegenwoordiging 1, 2.x] [ext.vert.autorisatie.201, 2.x].
    Vertegenwoordiging,
    /// The page on a technical failure.
    TechnischeStoring,
    /// The notice of new information, for a channel that is safe enough for names.
    NotificatieInhoudelijkLang,
    /// The notice of new information, for a channel that is not.
    NotificatieInhoudelijkKort,
    /// The notice of the end of an Abonnement, for a channel that is safe enough for names.
    NotificatieAbonnementLang,
    /// The notice of the end of an Abonnement, for a channel that is not.
    NotificatieAbonnementKort,
}

enum_as_text!(
    TemplateId,
    Landingspagina = "landingspagina",
    Annuleringspagina = "annuleringspagina",
    Toestemmingsverklaring = "toestemmingsverklaring",
    ToestemmingsverklaringAbonneren = "toestemmingsverklaring-abonneren",
    Bevestigingsverklaring = "bevestigingsverklaring",
    BeeindigingsverklaringAbonnement = "beeindigingsverklaring-abonnement",
    BeeindigingsverklaringToestemming = "beeindigingsverklaring-toestemming",
    Toestemmingsoverzicht = "toestemmingsoverzicht",
    NietIngewilligd = "niet-ingewilligd",
    OngeldigVerzoek = "ongeldig-verzoek",
    OnbekendeClient = "onbekende-client",
    Vertegenwoordiging = "vertegenwoordiging",
    TechnischeStoring = "technische-storing",
    NotificatieInhoudelijkLang = "notificatie-inhoudelijk-lang",
    NotificatieInhoudelijkKort = "notificatie-inhoudelijk-kort",
    NotificatieAbonnementLang = "notificatie-abonnement-lang",
    NotificatieAbonnementKort = "notificatie-abonnement-kort",
);

/// The screen on which a declaration is asked for.
impl From<Declaration> for TemplateId {
    fn from(declaration: Declaration) -> Self {
        match declaration {
            Declaration::Toestemmingsverklaring => Self::Toestemmingsverklaring,
            Declaration::ToestemmingsverklaringAbonneren => Self::ToestemmingsverklaringAbonneren,
            Declaration::BeeindigingsverklaringAbonnement => Self::BeeindigingsverklaringAbonnement,
            Declaration::Bevestigingsverklaring => Self::Bevestigingsverklaring,
            Declaration::BeeindigingsverklaringToestemming => Self::BeeindigingsverklaringToestemming,
        }
    }
}

impl TemplateId {
    /// The placeholders that a text of this template may hold.
    #[must_use]
    pub const fn placeholders(self) -> &'static [Placeholder] {
        use Placeholder::{
            Duur, NaamAanbieder, NaamDva, NaamGegevensdienst, NaamLeverancierPgo, SessionId, TelefoonnummerDva, TraceId,
        };
        match self {
            Self::Landingspagina | Self::Annuleringspagina => {
                &[NaamAanbieder, NaamLeverancierPgo, NaamDva, TelefoonnummerDva]
            }
            Self::NietIngewilligd => &[NaamAanbieder, NaamDva, TelefoonnummerDva],
            // Nothing of the request is verified there, or not what it is about; so nothing of it is shown.
            Self::OnbekendeClient | Self::OngeldigVerzoek | Self::Vertegenwoordiging | Self::Toestemmingsoverzicht => {
                &[NaamDva, TelefoonnummerDva]
            }
            Self::Toestemmingsverklaring
            | Self::Bevestigingsverklaring
            | Self::BeeindigingsverklaringAbonnement
            | Self::BeeindigingsverklaringToestemming
            | Self::NotificatieInhoudelijkLang
            | Self::NotificatieAbonnementLang => &[NaamAanbieder, NaamGegevensdienst, NaamLeverancierPgo],
            Self::ToestemmingsverklaringAbonneren => &[NaamAanbieder, NaamGegevensdienst, NaamLeverancierPgo, Duur],
            Self::TechnischeStoring => &[NaamAanbieder, NaamDva, TelefoonnummerDva, TraceId, SessionId],
            Self::NotificatieInhoudelijkKort | Self::NotificatieAbonnementKort => &[NaamLeverancierPgo],
        }
    }

    /// How the text must be presented.
    #[must_use]
    pub const fn presentation(self) -> Presentation {
        match self {
            Self::Toestemmingsverklaring
            | Self::ToestemmingsverklaringAbonneren
            | Self::Bevestigingsverklaring
            | Self::BeeindigingsverklaringAbonnement
            | Self::BeeindigingsverklaringToestemming => Presentation {
                way_back: WayBack::Never,
                nothing_preselected: true,
                explanation_may_fold: true,
                only_if_channel_unsafe: false,
            },
            Self::Landingspagina
            | Self::NietIngewilligd
            | Self::OngeldigVerzoek
            | Self::TechnischeStoring
            | Self::Toestemmingsoverzicht => Presentation {
                way_back: WayBack::IfVerified,
                ..Presentation::PLAIN
            },
            Self::Annuleringspagina | Self::OnbekendeClient | Self::Vertegenwoordiging => Presentation::PLAIN,
            Self::NotificatieInhoudelijkLang | Self::NotificatieAbonnementLang => Presentation::PLAIN,
            Self::NotificatieInhoudelijkKort | Self::NotificatieAbonnementKort => Presentation {
                only_if_channel_unsafe: true,
                ..Presentation::PLAIN
            },
        }
    }
}

/// The rules on the presentation of a text; sentences and elements may be added to every screen [RFC0070, 1.6].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Presentation {
    /// Whether a button or link back to the DVP may be shown [Technische storing, 2.x].
    pub way_back: WayBack,
    /// Whether no answer, and not the consent for an indefinite time, may be chosen beforehand
    /// [Toestemmingsverklaring, 2.2.4].
    pub nothing_preselected: bool,
    /// Whether the explanation may stand in a fold-out [Toestemmingsverklaring, 2.2.4].
    pub explanation_may_fold: bool,
    /// Whether it is used if and only if the channel is not safe enough for the names of the Aanbieder and the
    /// Gegevensdienst [Notificatie van Persoon, 2.x].
    pub only_if_channel_unsafe: bool,
}

impl Presentation {
    const PLAIN: Self = Self {
        way_back: WayBack::Never,
        nothing_preselected: false,
        explanation_may_fold: false,
        only_if_channel_unsafe: false,
    };
}

/// When a way back to the DVP may be shown.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the rule has no third case")]
pub enum WayBack {
    /// Never: the answer, or the page itself, decides where the person goes.
    Never,
    /// Only with a verified `client_id` and redirect URI.
    IfVerified,
}

/// The part of a text that has a digest of its own.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(
    clippy::exhaustive_enums,
    reason = "design of the official texts: title, main text, explanation"
)]
pub enum Part {
    /// The title.
    Title,
    /// The declaration, or the main text of a screen without one.
    Declaration,
    /// The explanation, without its heading.
    Explanation,
}

enum_as_text!(
    Part,
    Title = "title",
    Declaration = "declaration",
    Explanation = "explanation"
);

/// A value that is filled in on a screen, and where it must come from.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Placeholder {
    /// The name of the Aanbieder.
    NaamAanbieder,
    /// The display name of the Gegevensdienst, or of several.
    NaamGegevensdienst,
    /// The name of the PGO's supplier.
    NaamLeverancierPgo,
    /// The duration of the Abonnement, in days.
    Duur,
    /// The name of the DVA.
    NaamDva,
    /// The telephone number of the DVA.
    TelefoonnummerDva,
    /// The id of the chain of log lines.
    TraceId,
    /// The id of the session in the log lines.
    SessionId,
}

enum_as_text!(
    Placeholder,
    NaamAanbieder = "NaamAanbieder",
    NaamGegevensdienst = "NaamGegevensdienst",
    NaamLeverancierPgo = "NaamLeverancierPGO",
    Duur = "Duur",
    NaamDva = "NaamDVA",
    TelefoonnummerDva = "TelefoonnummerDVA",
    TraceId = "trace_id",
    SessionId = "session_id",
);

/// Where the value of a placeholder must come from [core.usrint.102, 2.x] [P&I 14, 1.1.2].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum PlaceholderSource {
    /// The DVA's own contract with the Aanbieder, **not** the Zorgaanbiederslijst.
    DvaConfiguration,
    /// The Weergavenaam in the Gegevensdienstnamenlijst.
    Gegevensdienstnamenlijst,
    /// The OAuthclientOrganisatienaam in the OAuth Client List.
    OAuthClientList,
    /// The scope that was asked for, limited to what the Aanbieder allows.
    Scope,
    /// The ids of the log lines of this session.
    Log,
}

impl Placeholder {
    /// Where the value must come from.
    #[must_use]
    pub const fn source(self) -> PlaceholderSource {
        match self {
            Self::NaamAanbieder | Self::NaamDva | Self::TelefoonnummerDva => PlaceholderSource::DvaConfiguration,
            Self::NaamGegevensdienst => PlaceholderSource::Gegevensdienstnamenlijst,
            Self::NaamLeverancierPgo => PlaceholderSource::OAuthClientList,
            Self::Duur => PlaceholderSource::Scope,
            Self::TraceId | Self::SessionId => PlaceholderSource::Log,
        }
    }
}

/// The values to fill in.
pub type Values<'a> = BTreeMap<Placeholder, Cow<'a, str>>;

/// A text with placeholders in braces, `{NaamAanbieder}`, checked against its template.
///
/// ```
/// use medmij_core::text::{Placeholder, TemplateId, Text, Values};
///
/// let text = Text::new(TemplateId::Landingspagina, "Je gaat inloggen bij {NaamAanbieder}.")?;
/// let values = Values::from([(Placeholder::NaamAanbieder, "UMC Harderwijk".into())]);
/// assert_eq!(text.fill(&values)?, "Je gaat inloggen bij UMC Harderwijk.");
/// assert!(Text::new(TemplateId::Landingspagina, "Het duurt {Duur}.").is_err());
/// # Ok::<(), medmij_core::text::TextError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Text {
    template: TemplateId,
    source: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Piece {
    Literal(String),
    Placeholder(Placeholder),
}

impl Text {
    /// The most bytes of a text.
    pub const MAX_LEN: usize = 65_536;

    /// Checks the placeholders of a text.
    ///
    /// # Errors
    /// If the text is too long, a brace has no partner, or a placeholder is unknown or none of this template.
    pub fn new(template: TemplateId, source: &str) -> Result<Self, TextError> {
        if source.len() > Self::MAX_LEN {
            return Err(TextError::Parse(ParseError::new(
                "Text",
                ParseRule::TooLong,
                Self::MAX_LEN,
            )));
        }
        let mut pieces = Vec::new();
        let mut rest = source;
        while let Some((literal, tail)) = rest.split_once(['{', '}']) {
            let at = source.len() - tail.len() - 1;
            let (Some(b'{'), Some((name, tail))) = (source.as_bytes().get(at), tail.split_once('}')) else {
                return Err(TextError::Brace { at });
            };
            let placeholder = name.parse().map_err(|_| TextError::Unknown { at })?;
            if !template.placeholders().contains(&placeholder) {
                return Err(TextError::Foreign { template, placeholder });
            }
            pieces.push(Piece::Literal(literal.to_owned()));
            pieces.push(Piece::Placeholder(placeholder));
            rest = tail;
        }
        pieces.push(Piece::Literal(rest.to_owned()));
        Ok(Self {
            template,
            source: source.to_owned(),
            pieces,
        })
    }

    /// The template that the text is for.
    #[must_use]
    pub const fn template(&self) -> TemplateId {
        self.template
    }

    /// The text with its placeholders, as it was given.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The text with the values filled in. Nothing is escaped: that is up to whoever makes HTML of it.
    ///
    /// # Errors
    /// If the value of a placeholder is missing.
    pub fn fill(&self, values: &Values<'_>) -> Result<String, TextError> {
        let mut filled = String::with_capacity(self.source.len());
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => filled.push_str(literal),
                Piece::Placeholder(placeholder) => {
                    filled.push_str(values.get(placeholder).ok_or(TextError::Missing(*placeholder))?);
                }
            }
        }
        Ok(filled)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

/// A text that does not fit its template, or cannot be filled.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// The text is too long.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// A brace without its partner.
    #[error("a brace has no partner (byte {at})")]
    Brace {
        /// The byte of the brace.
        at: usize,
    },
    /// A placeholder that does not exist.
    #[error("this placeholder is not known (byte {at})")]
    Unknown {
        /// The byte of its opening brace.
        at: usize,
    },
    /// A placeholder that this template does not have.
    #[error("the template {template} has no placeholder {placeholder}")]
    Foreign {
        /// The template.
        template: TemplateId,
        /// The placeholder.
        placeholder: Placeholder,
    },
    /// The value of a placeholder is missing.
    #[error("the value of {0} is missing")]
    Missing(Placeholder),
}
