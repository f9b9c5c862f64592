//! The screens of a DVA's sessions, and the notices of a DVP.

use std::borrow::Cow;

use medmij_core::text::{Answer, DvaNames, Placeholder, Screen, TemplateId, Texts};
use medmij_core::{Aanbiedernaam, ClientIdentity, Release, TestMoment};
use medmij_oauth::dva::{
    self, CancelStep, GrantStore, IdentityStep, ManageOpened, ManageSession, Opened, Session, TechnicalError,
    TestResult, TestStep,
};
use medmij_oauth::dvp::{Channel, NotifiedStep, ReceivedNotificatie};

use crate::drivers::now_or_never as wait;
use crate::notificeren::{changed, sent, watched};
use crate::pair::*;
use crate::scene::Scene;

struct Names;

impl DvaNames for Names {
    fn dva(&self) -> &str {
        "De DVA"
    }

    fn telefoonnummer(&self) -> &str {
        "088"
    }

    fn aanbieder(&self, naam: &Aanbiedernaam) -> Cow<'_, str> {
        format!("Kliniek {}", naam.naam()).into()
    }

    fn some_aanbieder(&self) -> &str {
        "je zorgaanbieder"
    }

    fn some_pgo(&self) -> &str {
        "je PGO"
    }
}

/// Every template with all its placeholders, and the answers by their own names.
fn texts() -> Texts {
    let entry = |template: &TemplateId| {
        let names = template.placeholders().iter();
        let text: Vec<_> = names
            .map(|placeholder| format!("{placeholder}={{{placeholder}}}"))
            .collect();
        let answers = template.answers().iter();
        let answers: serde_json::Map<_, _> = answers.map(|it| (it.to_string(), it.as_str().into())).collect();
        serde_json::json!({"template": template, "title": "", "declaration": text.join("; "), "answers": answers})
    };
    let all: Vec<_> = TemplateId::ALL.iter().map(entry).collect();
    serde_json::from_value(serde_json::json!({ "text": all })).unwrap()
}

/// The template, the text and the answers that a person sees.
fn seen(screen: &Screen) -> (TemplateId, String, Vec<Answer>) {
    let texts = texts();
    let shown = texts.show(screen, &Names).unwrap();
    let answers = shown.answers.iter().map(|(answer, _)| *answer).collect();
    (shown.template, shown.declaration, answers)
}

fn session(release: Release, session: &Session) -> (TemplateId, String, Vec<Answer>) {
    seen(&session.screen(&Lists::new(release, &["48", "53"])).unwrap())
}

#[test]
fn usrint_100_101_102_every_screen_of_verzamelen_shows_what_it_is_about() {
    for release in RELEASES {
        let lists = Lists::new(release, &["48"]);
        let begun = begun(release, &["48"]);
        let names = "NaamAanbieder=Kliniek umcharderwijk; NaamLeverancierPGO=De Enige Echte PGO";
        if let Opened::Landing { landing, .. } = opened(&lists, release, &begun) {
            let (template, text, answers) = session(release, &Session::Landing(landing));
            assert_eq!(template, TemplateId::Landingspagina);
            assert_eq!(text, format!("{names}; NaamDVA=De DVA; TelefoonnummerDVA=088"));
            assert_eq!(answers, [Answer::LogIn, Answer::Cancel]);
        }
        let awaiting = authenticating(&lists, release, &begun);
        assert!(
            Session::AwaitingAuthentication(awaiting.clone())
                .screen(&lists)
                .is_none()
        );
        if let CancelStep::Cancelled(cancelled) = awaiting.cancelled(at(1)).0 {
            let (template, text, answers) = session(release, &Session::AuthenticationCancelled(cancelled));
            assert_eq!(
                (template, answers),
                (TemplateId::Annuleringspagina, vec![Answer::LogIn])
            );
            assert!(text.starts_with(names));
        }
        let declaration = declaration(&lists, release, &begun, &["48"]);
        let (template, text, answers) = session(release, &Session::AwaitingDeclaration(declaration));
        assert_eq!(template, TemplateId::Toestemmingsverklaring);
        assert_eq!(
            text,
            "NaamAanbieder=Kliniek umcharderwijk; NaamGegevensdienst=Gegevensdienst 48; \
             NaamLeverancierPGO=De Enige Echte PGO"
        );
        let langdurig = release.langdurige_toestemming();
        assert_eq!(answers.contains(&Answer::GiveLangdurig), langdurig, "{release}");
        assert_eq!(answers.first(), Some(&Answer::Give));
    }
}

/// [AF-1342] What is declared is what is shown: of several Gegevensdiensten those that the test left.
#[test]
fn a17_the_declaration_shows_what_the_test_left() {
    let release = Release::R2_2;
    let lists = Lists::new(release, &["48", "51"]);
    let begun = begun(release, &["48", "51"]);
    let left = declaration(&lists, release, &begun, &["51"]);
    let screen = Session::AwaitingDeclaration(left).screen(&lists).unwrap();
    let (_, text, _) = seen(&screen);
    assert!(text.contains("NaamGegevensdienst=Gegevensdienst 51;"), "{text}");
}

#[test]
fn usrint_103_f_50_each_function_has_its_own_declaration() {
    for release in RELEASES.into_iter().filter(|release| release.abonneren()) {
        let lists = Lists::new(release, &["48", "53"]);
        let offer = |id: &str| offers(release, &[id]).gegevensdienst(id).unwrap().clone();
        let delen = dvp(release).delen(offer("53"), vec![placement()]).unwrap();
        let abonneren = dvp(release)
            .abonneren(offer("48"), 400)
            .or_else(|_| dvp(release).abonneren(offer("48"), 1));
        let beeindigen = dvp(release).abonnement_beeindigen(offer("48"), abonnement(release, 5));
        let wanted = [
            (delen, TemplateId::Bevestigingsverklaring, "Gegevensdienst 53"),
            (
                abonneren.unwrap(),
                TemplateId::ToestemmingsverklaringAbonneren,
                "Duur=1 dag",
            ),
            (
                beeindigen.unwrap(),
                TemplateId::BeeindigingsverklaringAbonnement,
                "Gegevensdienst 48",
            ),
        ];
        for (selected, template, part) in wanted {
            let begun = selected.begin(start(), &mut Counting(0)).unwrap();
            let id = if template == TemplateId::Bevestigingsverklaring {
                "53"
            } else {
                "48"
            };
            let resolving = resolving(&lists, release, &begun);
            let declaration = match resolving.identity(person(), TestMoment::Early, at(1)).0 {
                IdentityStep::Test(testing) => match testing.result(TestResult::positive(set(&[id])), at(1)).0 {
                    TestStep::Declare(declaration) => declaration,
                    TestStep::NotGranted(other) => panic!("{other:?}"),
                },
                IdentityStep::Declare(declaration) => declaration,
                IdentityStep::Stopped(code) => panic!("{code:?}"),
            };
            let (found, text, answers) = session(release, &Session::AwaitingDeclaration(declaration));
            assert_eq!((found, answers), (template, vec![Answer::Give, Answer::NotGive]));
            assert!(text.contains(part), "{text}");
        }
    }
}

/// The page is made of where the person came from: whatever the cause, it is the same.
#[test]
fn f_25_f_26_the_page_of_all_that_is_not_granted_is_one() {
    for release in RELEASES {
        let lists = Lists::new(release, &["48"]);
        let begun = begun(release, &["48"]);
        let failed = authenticating(&lists, release, &begun).failed(at(1)).0;
        let TestStep::NotGranted(negative) = testing(&lists, release, &begun).result(TestResult::negative(), at(1)).0
        else {
            panic!("granted")
        };
        let refused = declaration(&lists, release, &begun, &["48"]).not_given(text_version(), at(1));
        let screens = [failed, negative, refused.next].map(|shown| Session::NotGrantedShown(shown).screen(&lists));
        assert!(screens.iter().all(|screen| *screen == screens[0]));
        let (template, text, answers) = seen(screens[0].as_ref().unwrap());
        assert_eq!(
            (template, answers),
            (TemplateId::NietIngewilligd, vec![Answer::BackToPgo])
        );
        assert!(text.starts_with("NaamAanbieder=Kliniek umcharderwijk; "));
    }
}

/// [Technische storing, 2.x] The ids stand on the page, and a way back.
#[test]
fn a23_technische_storing_names_the_chain() {
    let release = Release::R2_2;
    let lists = Lists::new(release, &["48"]);
    let begun = begun(release, &["48"]);
    let trace = parameter(begun.redirect.location(), "X-Correlation-ID").unwrap();
    let waiting = Session::AwaitingAuthentication(authenticating(&lists, release, &begun));
    let (step, _) = waiting.technical_failure(TechnicalError::ServerError, at(1));
    let dva::FailureStep::Page(shown) = step else {
        panic!("{step:?}")
    };
    let (template, text, answers) = session(release, &Session::TechnischeStoring(shown));
    assert_eq!(
        (template, answers),
        (TemplateId::TechnischeStoring, vec![Answer::BackToPgo])
    );
    assert!(text.contains("NaamAanbieder=Kliniek umcharderwijk"));
    assert!(text.ends_with(&format!("trace_id={trace}; session_id=-")), "{text}");
}

#[test]
fn a2_a14_pages_without_a_way_back_show_nothing_of_the_request() {
    for screen in [dva::unknown_client(), dva::representation_stopped()] {
        let (_, text, answers) = seen(&screen);
        assert_eq!(
            (text.as_str(), answers.len()),
            ("NaamDVA=De DVA; TelefoonnummerDVA=088", 0)
        );
    }
}

#[test]
fn m1_m2_the_screens_of_managing_consents() {
    let release = Release::R2_2;
    let lists = Lists::new(release, &["48", "51"]);
    let way_back =
        "client_id=medmij.deenigeechtepgo.nl&redirect_uri=https%3A%2F%2Fmedmij.deenigeechtepgo.nl%2Fcb&state=s-1";
    for (query, pgo, back) in [("", "je PGO", false), (way_back, "De Enige Echte PGO", true)] {
        let request = http::Request::get(format!("/toestemmingen?{query}")).body(()).unwrap();
        let ManageOpened::Landing { landing, .. } = dva::manage(&request, release, &lists, at(0)) else {
            panic!("not opened")
        };
        let manage = |session: ManageSession| seen(&Session::BeherenToestemmingen(session).screen(&lists).unwrap());
        let (template, text, _) = manage(ManageSession::Landing(landing.clone()));
        assert_eq!(template, TemplateId::Landingspagina);
        assert!(
            text.starts_with(&format!("NaamAanbieder=je zorgaanbieder; NaamLeverancierPGO={pgo};")),
            "{text}"
        );

        let (not_granted, _) = landing.clone().proceed(at(1)).0.failed(at(1));
        let (template, _, answers) = manage(ManageSession::NotGrantedShown(not_granted));
        assert_eq!(
            (template, answers.len()),
            (TemplateId::NietIngewilligd, usize::from(back))
        );

        let scene = Scene::langdurig(release);
        let _consented = scene.tokens();
        let consents = wait(scene.store.consents(BSN.parse().unwrap())).unwrap();
        let resolving = || landing.clone().proceed(at(1)).0.response(at(2)).0;
        let none = resolving().overview(person(), Vec::new(), at(3)).unwrap().0;
        let (_, _, answers) = manage(ManageSession::Overview(none));
        assert_eq!(answers.len(), usize::from(back), "nothing to choose");
        let overview = resolving().overview(person(), consents, at(3)).unwrap().0;
        let (template, _, answers) = manage(ManageSession::Overview(overview.clone()));
        assert_eq!(template, TemplateId::Toestemmingsoverzicht);
        assert_eq!(answers.contains(&Answer::BackToPgo), back);
        assert!(answers.contains(&Answer::Select));

        let family = overview.consents()[0].family;
        let confirming = overview.select(family, at(4)).unwrap().0;
        let (template, text, answers) = manage(ManageSession::Confirming(confirming));
        assert_eq!(template, TemplateId::BeeindigingsverklaringToestemming);
        assert_eq!(answers, [Answer::Withdraw, Answer::Cancel]);
        assert_eq!(
            text,
            "NaamAanbieder=Kliniek umcharderwijk; NaamGegevensdienst=Gegevensdienst 48, Gegevensdienst 51; \
             NaamLeverancierPGO=De Enige Echte PGO"
        );
    }
}

/// [Notificatie van Persoon, 2.x] The short text if and only if the channel is not safe, and then without any other name.
#[test]
fn notificatie_van_persoon_2_x_the_long_text_over_a_safe_channel_only() {
    let release = Release::R2_2;
    let kept = abonnement(release, 30);
    let pgo = "De Enige Echte PGO".parse().unwrap();
    let request = sent(changed(watched(30), release)).request;
    let received = ReceivedNotificatie::parse(&request, release, at(1)).unwrap();
    let peer = ClientIdentity::from_names(["ss.dva.nl"]);
    let NotifiedStep::Accepted(accepted) = received.judge(vec![kept], Some(&peer), at(1)) else {
        panic!("rejected")
    };
    let texts = texts();
    let told = |channel| accepted.told(channel, &texts, &pgo).unwrap().unwrap();
    let (long, short) = (told(Channel::Safe), told(Channel::NotSafe));
    assert_eq!(long.template, TemplateId::NotificatieInhoudelijkLang);
    assert_eq!(
        long.declaration,
        "NaamAanbieder=umcharderwijk; NaamGegevensdienst=48; NaamLeverancierPGO=De Enige Echte PGO"
    );
    assert_eq!(short.template, TemplateId::NotificatieInhoudelijkKort);
    assert_eq!(short.declaration, "NaamLeverancierPGO=De Enige Echte PGO");
    assert_eq!(short.template.placeholders(), [Placeholder::NaamLeverancierPgo]);
}
