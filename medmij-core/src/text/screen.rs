//! A screen as a value: which text, the values that the step knows, and what the person may answer.

use std::borrow::Cow;

use super::{Placeholder, TemplateId, Values};
use crate::newtype::enum_as_text;
use crate::{Aanbiedernaam, CorrelationId, GegevensdienstId, Gegevensdienstnaam, OAuthClient, Release};

/// What a person may answer on a screen: its buttons. What they say is the deployment's, since the framework's labels were not
/// found.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new answer must be met by every front that shows screens"
)]
pub enum Answer {
    /// To log in, for the first time or after all.
    LogIn,
    /// To stop before the login, or to keep a consent after all.
    Cancel,
    /// To give the declaration, for this once.
    Give,
    /// To give it for an indefinite time [Toestemmingsverklaring, 2.2.4].
    GiveLangdurig,
    /// Not to give it.
    NotGive,
    /// To choose one of the consents that are shown.
    Select,
    /// To withdraw the consent that is shown.
    Withdraw,
    /// To go back to the PGO.
    BackToPgo,
}

enum_as_text!(
    Answer,
    LogIn = "inloggen",
    Cancel = "annuleren",
    Give = "geven",
    GiveLangdurig = "langdurig-geven",
    NotGive = "niet-geven",
    Select = "kiezen",
    Withdraw = "intrekken",
    BackToPgo = "terug-naar-pgo",
);

impl TemplateId {
    /// The answers that a screen of this template may offer; a screen of one session may offer fewer.
    #[must_use]
    pub const fn answers(self) -> &'static [Answer] {
        use Answer::{BackToPgo, Cancel, Give, GiveLangdurig, LogIn, NotGive, Select, Withdraw};
        match self {
            Self::Landingspagina => &[LogIn, Cancel],
            Self::Annuleringspagina => &[LogIn],
            Self::Toestemmingsverklaring => &[Give, GiveLangdurig, NotGive],
            Self::ToestemmingsverklaringAbonneren
            | Self::Bevestigingsverklaring
            | Self::BeeindigingsverklaringAbonnement => &[Give, NotGive],
            Self::BeeindigingsverklaringToestemming => &[Withdraw, Cancel],
            Self::Toestemmingsoverzicht => &[Select, BackToPgo],
            Self::NietIngewilligd | Self::OngeldigVerzoek | Self::TechnischeStoring => &[BackToPgo],
            Self::OnbekendeClient
            | Self::Vertegenwoordiging
            | Self::NotificatieInhoudelijkLang
            | Self::NotificatieInhoudelijkKort
            | Self::NotificatieAbonnementLang
            | Self::NotificatieAbonnementKort => &[],
        }
    }

    /// Whether a DVP of the release may have to tell this notice [Notificatie van Persoon, 2.x].
    #[must_use]
    pub const fn told_by_dvp(self, release: Release) -> bool {
        let is_notice = matches!(
            self,
            Self::NotificatieInhoudelijkLang
                | Self::NotificatieInhoudelijkKort
                | Self::NotificatieAbonnementLang
                | Self::NotificatieAbonnementKort
        );
        is_notice && release.abonneren()
    }

    /// Whether an Authorization Server of the release may have to show this screen.
    #[must_use]
    pub const fn shown_by_dva(self, release: Release) -> bool {
        match self {
            Self::Landingspagina => release.landing_page(),
            Self::Annuleringspagina
            | Self::Toestemmingsverklaring
            | Self::Bevestigingsverklaring
            | Self::NietIngewilligd
            | Self::OngeldigVerzoek
            | Self::OnbekendeClient
            | Self::Vertegenwoordiging
            | Self::TechnischeStoring => true,
            Self::ToestemmingsverklaringAbonneren | Self::BeeindigingsverklaringAbonnement => release.abonneren(),
            Self::BeeindigingsverklaringToestemming | Self::Toestemmingsoverzicht => release.langdurige_toestemming(),
            Self::NotificatieInhoudelijkLang
            | Self::NotificatieInhoudelijkKort
            | Self::NotificatieAbonnementLang
            | Self::NotificatieAbonnementKort => false,
        }
    }
}

/// A screen or notice that is to be shown: its template, the values that its step knows, and the answers that it offers, none of
/// which is chosen beforehand.
///
/// Each value comes in as the type that only its source makes: the name of a PGO as an entry of the OAuth Client List, that of a
/// Gegevensdienst as its display name. A value for which the template has no placeholder is not kept, so a page of which nothing is
/// verified shows nothing of the request.
///
/// ```
/// use medmij_core::text::{Answer, Screen, TemplateId};
///
/// let screen = Screen::new(TemplateId::Landingspagina, [Answer::LogIn, Answer::Cancel]);
/// assert_eq!(screen.answers(), [Answer::LogIn, Answer::Cancel]);
/// // What the template does not have, its screen cannot offer.
/// assert!(Screen::new(TemplateId::OnbekendeClient, [Answer::BackToPgo]).answers().is_empty());
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use = "show it"]
pub struct Screen {
    template: TemplateId,
    aanbieder: Option<Aanbiedernaam>,
    values: Values<'static>,
    answers: Vec<Answer>,
}

impl Screen {
    /// A screen of a template with these answers, without those that the template does not have.
    pub fn new(template: TemplateId, answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = answers.into_iter();
        Self {
            template,
            aanbieder: None,
            values: Values::new(),
            answers: answers.filter(|answer| template.answers().contains(answer)).collect(),
        }
    }

    /// The Aanbieder that it is about, if one is told. What it is called the DVA knows, by its contract
    /// [core.usrint.102, 2.x].
    pub fn with_aanbieder(mut self, aanbieder: Option<&Aanbiedernaam>) -> Self {
        self.aanbieder = aanbieder.cloned();
        self
    }

    /// The DVP that asks, if one is told, as the OAuth Client List names it [core.usrint.102, 2.x] [P&I 14, 1.1.2].
    pub fn with_client(self, client: Option<&OAuthClient>) -> Self {
        let naam = client.map(|client| client.organisatienaam.as_str().to_owned());
        self.with(Placeholder::NaamLeverancierPgo, naam)
    }

    /// The Gegevensdiensten that it is about, as the Gegevensdienstnamenlijst names them; one without a name there is shown by
    /// its id [core.usrint.102, 2.x].
    pub fn with_gegevensdiensten<'a>(
        self,
        gegevensdiensten: impl IntoIterator<Item = (&'a GegevensdienstId, Option<&'a Gegevensdienstnaam>)>,
    ) -> Self {
        let gegevensdiensten = gegevensdiensten.into_iter();
        let names = gegevensdiensten.map(|(id, naam)| naam.map_or(id.as_str(), |naam| naam.as_str()));
        self.with(
            Placeholder::NaamGegevensdienst,
            Some(names.collect::<Vec<_>>().join(", ")),
        )
    }

    /// How long the Abonnement lasts, with its unit: `1 dag`, `30 dagen`.
    pub fn with_dagen(self, dagen: Option<u32>) -> Self {
        let unit = if dagen == Some(1) { "dag" } else { "dagen" };
        self.with(Placeholder::Duur, dagen.map(|dagen| format!("{dagen} {unit}")))
    }

    /// The id of the chain in the log lines; a hyphen where the release has none [Technische storing, 2.x].
    pub fn with_trace_id(self, id: Option<&CorrelationId>) -> Self {
        let id = id.map_or_else(|| "-".to_owned(), ToString::to_string);
        self.with(Placeholder::TraceId, Some(id))
    }

    fn with(mut self, placeholder: Placeholder, value: Option<String>) -> Self {
        if let Some(value) = value.filter(|_| self.template.placeholders().contains(&placeholder)) {
            self.values.insert(placeholder, Cow::Owned(value));
        }
        self
    }

    /// Its template.
    #[must_use]
    pub const fn template(&self) -> TemplateId {
        self.template
    }

    /// The answers that it offers, in the order in which they are to stand.
    #[must_use]
    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }

    /// The values that the step knows, without those that only the DVA has.
    #[must_use]
    pub const fn known_values(&self) -> &Values<'static> {
        &self.values
    }

    /// The values to fill in: those of the step, and those that only the DVA has.
    #[must_use]
    pub fn values<'a>(&'a self, names: &'a impl DvaNames) -> Values<'a> {
        let mut values: Values<'a> = self
            .values
            .iter()
            .map(|(placeholder, value)| (*placeholder, Cow::Borrowed(value.as_ref())))
            .collect();
        let aanbieder = self
            .aanbieder
            .as_ref()
            .map_or_else(|| names.some_aanbieder().into(), |aanbieder| names.aanbieder(aanbieder));
        let own = [
            (Placeholder::NaamAanbieder, aanbieder),
            (Placeholder::NaamDva, names.dva().into()),
            (Placeholder::TelefoonnummerDva, names.telefoonnummer().into()),
            (Placeholder::SessionId, names.session_id().into()),
            (Placeholder::NaamLeverancierPgo, names.some_pgo().into()),
        ];
        for (placeholder, value) in own {
            values.entry(placeholder).or_insert(value);
        }
        values
    }
}

/// The names that stand on the screens of a DVA and that no list tells [core.usrint.100, 2.x] [core.usrint.102, 2.x].
pub trait DvaNames {
    /// The DVA itself [Technische storing, 2.x].
    fn dva(&self) -> &str;

    /// Its telephone number [Technische storing, 2.x].
    fn telefoonnummer(&self) -> &str;

    /// What an Aanbieder wants to be called, by contract with it: not the name in the Zorgaanbiederslijst.
    fn aanbieder(&self, naam: &Aanbiedernaam) -> Cow<'_, str>;

    /// What stands in the place of an Aanbieder where none is told, as on the screens of *Beheren toestemmingen*.
    fn some_aanbieder(&self) -> &str;

    /// What stands in the place of the PGO where none is told, as on those screens.
    fn some_pgo(&self) -> &str;

    /// The session id of the log lines. What it spans was not found; a hyphen unless there is one.
    fn session_id(&self) -> &str {
        "-"
    }
}
