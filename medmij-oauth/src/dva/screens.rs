//! Which screen a session shows while it waits [User interface (Autorisatieserver), 2.x].

use medmij_core::text::{Answer, Screen, TemplateId};
use medmij_core::{GegevensdienstId, Gegevensdienstnaam, OAuthClient, Release};

use super::{
    AwaitingDeclaration, Confirming, Consent, ManageSession, ManageWayBack, NotGrantedShown, Session,
    TechnischeStoring, WayBack,
};
use crate::authorize::{AuthorizationRequest, Directory};
use crate::scope::ScopeFunction;

/// The page on a client or a redirect URI that is not verified: nothing of the request stands on it, and no way back
/// [core.authint.202, 2.x] [Technische storing, 2.x].
pub fn unknown_client() -> Screen {
    Screen::new(TemplateId::OnbekendeClient, [])
}

/// The page that representation was not as expected, without any way back [A14, flows 4.2] [A14b, flows 4.2].
pub fn representation_stopped() -> Screen {
    Screen::new(TemplateId::Vertegenwoordiging, [])
}

impl Session {
    /// The screen that the person is looking at; `None` while the session waits for the Authentication Server or the Aanbieder.
    /// The directory names what a consent is about that is to be withdrawn.
    #[must_use]
    pub fn screen(&self, directory: &impl Directory) -> Option<Screen> {
        Some(match self {
            Self::Landing(landing) => of_request(TemplateId::Landingspagina, landing.request()),
            Self::AuthenticationCancelled(cancelled) => of_request(TemplateId::Annuleringspagina, cancelled.request()),
            Self::AwaitingAuthentication(_) | Self::ResolvingIdentity(_) | Self::TestingEarly(_) => return None,
            Self::AwaitingDeclaration(declaration) => declaration.screen(),
            Self::InvalidRequestShown(_) => Screen::new(TemplateId::OngeldigVerzoek, [Answer::BackToPgo]),
            Self::NotGrantedShown(shown) => shown.screen(),
            Self::TechnischeStoring(shown) => shown.screen(),
            Self::BeherenToestemmingen(session) => return session.screen(directory),
        })
    }
}

impl AwaitingDeclaration {
    /// The declaration, about the Gegevensdiensten that the test left [core.usrint.102, 2.x] [A17, flows 4.2].
    pub fn screen(&self) -> Screen {
        let request = self.request();
        let declared = request
            .offers
            .iter()
            .filter(|offer| self.gegevensdiensten().contains(&offer.gegevensdienst));
        let langdurig = self.may_be_langdurig().then_some(Answer::GiveLangdurig);
        let answers = [Some(Answer::Give), langdurig, Some(Answer::NotGive)];
        Screen::new(request.scope.declaration().into(), answers.into_iter().flatten())
            .with_aanbieder(Some(request.offers.aanbieder()))
            .with_client(Some(&request.client))
            .with_gegevensdiensten(declared.map(|offer| (&offer.gegevensdienst, offer.naam.as_ref())))
            .with_dagen(self.dagen())
    }
}

impl ManageSession {
    /// The screen that the person is looking at, as [`Session::screen`].
    #[must_use]
    pub fn screen(&self, directory: &impl Directory) -> Option<Screen> {
        let of_manage = |template, client: Option<&OAuthClient>| all_answers(template).with_client(client);
        Some(match self {
            Self::Landing(landing) => of_manage(TemplateId::Landingspagina, landing.request().client.as_ref()),
            Self::AuthenticationCancelled(cancelled) => {
                of_manage(TemplateId::Annuleringspagina, cancelled.request().client.as_ref())
            }
            Self::AwaitingAuthentication(_) | Self::ResolvingIdentity(_) => return None,
            Self::NotGrantedShown(shown) => shown.screen(),
            Self::Overview(overview) => {
                let select = (!overview.consents().is_empty()).then_some(Answer::Select);
                let back = overview.has_way_back().then_some(Answer::BackToPgo);
                Screen::new(TemplateId::Toestemmingsoverzicht, [select, back].into_iter().flatten())
            }
            Self::Confirming(confirming) => confirming.screen(directory),
            Self::TechnischeStoring(shown) => shown.screen(),
        })
    }
}

impl Confirming {
    /// The declaration that a consent is withdrawn, with the names that the directory has [core.usrint.102, 2.x]
    /// [M3, flows 4.4].
    pub fn screen(&self, directory: &impl Directory) -> Screen {
        let named = self.consent().named(self.release(), directory);
        all_answers(TemplateId::BeeindigingsverklaringToestemming)
            .with_aanbieder(Some(&self.consent().aanbieder))
            .with_client(named.client.as_ref())
            .with_gegevensdiensten(named.gegevensdiensten.iter().map(|(id, naam)| (id, naam.as_ref())))
    }
}

/// A consent with the names that a person knows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NamedConsent {
    /// The DVP, if it still stands on the OAuth Client List.
    pub client: Option<OAuthClient>,
    /// The Gegevensdiensten, each with its display name if there is one.
    pub gegevensdiensten: Vec<(GegevensdienstId, Option<Gegevensdienstnaam>)>,
}

impl Consent {
    /// The consent with the names that the lists have for what it is about.
    #[must_use]
    pub fn named(&self, release: Release, directory: &impl Directory) -> NamedConsent {
        let offers = directory.offers(&self.aanbieder, ScopeFunction::Verzamelen, release);
        let naam = |id: &GegevensdienstId| offers.as_ref()?.gegevensdienst(id.as_str())?.naam.clone();
        NamedConsent {
            client: directory.client(&self.client_id),
            gegevensdiensten: self.gegevensdiensten.iter().map(|id| (id.clone(), naam(id))).collect(),
        }
    }
}

impl NotGrantedShown<WayBack> {
    /// The one page of the class *not granted*. It is made of where the person came from, and so the same for all causes.
    pub fn screen(&self) -> Screen {
        all_answers(TemplateId::NietIngewilligd).with_aanbieder(self.way_back.aanbieder.as_ref())
    }
}

impl NotGrantedShown<ManageWayBack> {
    /// The same page, with a way back if there is one.
    pub fn screen(&self) -> Screen {
        Screen::new(TemplateId::NietIngewilligd, self.way_back.answer())
    }
}

impl TechnischeStoring<WayBack> {
    /// The page *Technische storing*, with the way back [Technische storing, 2.x].
    pub fn screen(&self) -> Screen {
        all_answers(TemplateId::TechnischeStoring)
            .with_aanbieder(self.way_back.aanbieder.as_ref())
            .with_trace_id(self.trace_id())
    }
}

impl TechnischeStoring<ManageWayBack> {
    /// The same page, with a way back if there is one.
    pub fn screen(&self) -> Screen {
        Screen::new(TemplateId::TechnischeStoring, self.way_back.answer()).with_trace_id(self.trace_id())
    }
}

fn all_answers(template: TemplateId) -> Screen {
    Screen::new(template, template.answers().iter().copied())
}

fn of_request(template: TemplateId, request: &AuthorizationRequest) -> Screen {
    all_answers(template)
        .with_aanbieder(Some(request.offers.aanbieder()))
        .with_client(Some(&request.client))
}
