//! *Delen*, *Abonneren* and *Vertegenwoordiging* at both interfaces, in every release that has them.

use medmij_core::{Declaration, ExceptionCode, Release, Representation, TestMoment};
use medmij_oauth::dva::{Identity, IdentityStep, TestResult, TestStep};
use medmij_oauth::dvp::{Outcome, Selected, StartError, TokenStep};
use medmij_oauth::{AuthorizationSettings, ScopeFunction};

use crate::authorization_server::{changed, is_right, lists, open_with, told};
use crate::pair::*;
use crate::scene::{Scene, Tokens, declared};

fn offer(release: Release, id: &str) -> medmij_core::Offer {
    offers(release, &[id]).iter().next().unwrap().clone()
}

fn representing() -> impl Iterator<Item = (Release, Representation)> {
    let both = [Representation::OnBehalfOf, Representation::OnBehalfOfChild];
    let pairs = RELEASES
        .into_iter()
        .flat_map(move |release| both.map(|kind| (release, kind)));
    pairs.filter(|(release, kind)| selected(*release).on_behalf_of(*kind, born()).is_ok())
}

/// A run that takes an Abonnement for so many days, or with 0 ends one.
fn subscribing(release: Release, dagen: u32) -> Result<Selected, StartError> {
    match dagen {
        0 => dvp(release).abonnement_beeindigen(offer(release, "48"), abonnement(release, 10)),
        dagen => dvp(release).abonneren(offer(release, "48"), dagen),
    }
}

fn born() -> medmij_core::Geboortedatum {
    "19700901".parse().unwrap()
}

fn selected(release: Release) -> Selected {
    dvp(release)
        .verzamelen(offers(release, &["48"]), vec![query("48", "Patient")])
        .unwrap()
}

#[test]
fn autorisatie_203_delen_in_every_release() {
    for release in RELEASES {
        let selected = dvp(release).delen(offer(release, "53"), vec![placement()]).unwrap();
        assert_eq!(selected.scope().to_string(), "umcharderwijk~53");
        let (scene, exchange) = Scene::select(release, Lists::new(release, &["48", "53"]), selected, &["53"]);
        let answer = scene.answer(&scene.request, Some(&certificate()), 60);
        let tokens = Tokens::read(std::str::from_utf8(answer.body()).unwrap());
        assert_eq!(
            (tokens.scope.as_deref(), tokens.refresh),
            (None, None),
            "exactly what was asked for"
        );
        let grant = scene.grant(&tokens.access).unwrap();
        assert_eq!((grant.function, grant.tested), (ScopeFunction::Delen, true));
        let TokenStep::Ready { ready, .. } = exchange.awaiting.response(&answer, at(61)) else {
            panic!("no token")
        };
        let token = ready.token().unwrap();
        assert_eq!(
            (token.function, &token.gegevensdiensten),
            (ScopeFunction::Delen, &set(&["53"]))
        );
    }
}

#[test]
fn delen_knows_no_late_test_and_its_own_declaration() {
    for release in RELEASES {
        let lists = Lists::new(release, &["53"]);
        let begun = dvp(release)
            .delen(offer(release, "53"), vec![placement()])
            .unwrap()
            .begin(start(), &mut Counting(0))
            .unwrap();
        let step = resolving(&lists, release, &begun)
            .identity(person(), TestMoment::Late, at(1))
            .0;
        let IdentityStep::Test(testing) = step else {
            panic!("{step:?}")
        };
        let TestStep::Declare(declaration) = testing.result(TestResult::positive(set(&["53"])), at(2)).0 else {
            panic!("not positive")
        };
        assert!(!declaration.may_be_langdurig());
        let record = declaration.given(text_version(), at(3)).record;
        assert_eq!(record.declaration, Declaration::Bevestigingsverklaring);
    }
}

/// A Gegevensdienst is either to be collected or to be shared: in 1.x it tells which is meant.
#[test]
fn oauth_1_3_2_the_gegevensdienst_tells_the_function() {
    for release in RELEASES {
        let lists = lists(release);
        let settings = AuthorizationSettings::default();
        let function =
            |scope: &str| match open_with(&changed(release, "scope", Some(scope)), release, &lists, &settings) {
                medmij_oauth::dva::Opened::Landing { landing, .. } => Some(landing.request().scope.function()),
                medmij_oauth::dva::Opened::Authenticate { awaiting, .. } => Some(awaiting.request().scope.function()),
                _ => None,
            };
        assert_eq!(function("umcharderwijk~53"), Some(ScopeFunction::Delen), "{release}");
        let collected = (release.major() == 1).then_some(ScopeFunction::Verzamelen);
        assert_eq!(function("umcharderwijk~48"), collected, "{release}");
        assert_eq!(
            function("umcharderwijk~48 umcharderwijk~53"),
            None,
            "never both at once"
        );
        let subscribed = release.abonneren().then_some(ScopeFunction::Abonneren);
        assert_eq!(function("subscribe~10/umcharderwijk~48"), subscribed, "{release}");
        assert_eq!(function("subscribe~10/umcharderwijk~53"), None, "{release}");
    }
}

#[test]
fn abo_tknint_200_the_granted_duration_is_told() {
    for release in RELEASES.into_iter().filter(|release| release.abonneren()) {
        // Asked, the longest that the Aanbieder allows, granted.
        for (asked, longest, granted) in [(180, 365, 180), (500, 365, 365), (0, 365, 0), (1, 1, 1)] {
            let mut lists = Lists::new(release, &["48"]);
            let mut offers = Vec::from(lists.offers);
            offers[0].abonneren.as_mut().unwrap().maximale_duur = longest;
            lists.offers = offers.try_into().unwrap();
            // The DVP knows an older list, in which it was longer.
            let mut offer = offer(release, "48");
            offer.abonneren.as_mut().unwrap().maximale_duur = 1_000;
            let selected = match asked {
                0 => subscribing(release, 0),
                asked => dvp(release).abonneren(offer, asked),
            };
            let selected = selected.unwrap();
            assert_eq!(
                selected.scope().to_string(),
                format!("subscribe~{asked}/umcharderwijk~48")
            );
            let (scene, exchange) = Scene::select(release, lists, selected, &["48"]);
            let answer = scene.answer(&scene.request, Some(&certificate()), 60);
            let tokens = Tokens::read(std::str::from_utf8(answer.body()).unwrap());
            assert_eq!(tokens.scope, Some(format!("subscribe~{granted}/umcharderwijk~48")));
            assert_eq!(scene.grant(&tokens.access).unwrap().dagen, Some(granted));
            let step = exchange.awaiting.response(&answer, at(61));
            let TokenStep::Ready { ready, .. } = step else {
                panic!("{step:?}")
            };
            let token = ready.token().unwrap();
            assert_eq!((token.function, token.dagen), (ScopeFunction::Abonneren, Some(granted)));
        }
    }
}

#[test]
fn abo_authint_201_only_where_it_is_offered() {
    for release in RELEASES.into_iter().filter(|release| release.abonneren()) {
        let offered = |longest: Option<u32>, scope: &str| {
            let mut lists = lists(release);
            let mut offers = Vec::from(lists.offers);
            for offer in &mut offers {
                offer.abonneren = offer.abonneren.take().zip(longest).map(|(mut abonneren, longest)| {
                    abonneren.maximale_duur = longest;
                    abonneren
                });
            }
            lists.offers = offers.try_into().unwrap();
            let query = changed(release, "scope", Some(scope));
            is_right(&open_with(&query, release, &lists, &AuthorizationSettings::default()))
        };
        assert!(offered(Some(1), "subscribe~10/umcharderwijk~48"));
        assert!(!offered(None, "subscribe~10/umcharderwijk~48"));
        assert!(
            !offered(Some(0), "subscribe~10/umcharderwijk~48"),
            "a grant of 0 days would be its end"
        );
        assert!(
            offered(None, "subscribe~0/umcharderwijk~48"),
            "an end may not be refused"
        );
        let query = changed(release, "scope", Some("subscribe~10/umcharderwijk~48"));
        let limited = lists(release).limited(release, &["51"]);
        assert!(!is_right(&open_with(
            &query,
            release,
            &limited,
            &AuthorizationSettings::default()
        )));
    }
    assert_eq!(
        dvp(Release::R1_1).abonneren(offer(Release::R1_1, "48"), 5).map(drop),
        Err(StartError::Scope(medmij_oauth::ScopeError::Function))
    );
}

#[test]
fn abo_authint_202_an_end_has_its_own_declaration_and_no_test() {
    for release in RELEASES.into_iter().filter(|release| release.abonneren()) {
        for (dagen, expected) in [
            (0, Declaration::BeeindigingsverklaringAbonnement),
            (9, Declaration::ToestemmingsverklaringAbonneren),
        ] {
            let lists = Lists::new(release, &["48"]);
            let selected = subscribing(release, dagen).unwrap();
            let begun = selected.begin(start(), &mut Counting(0)).unwrap();
            let step = resolving(&lists, release, &begun)
                .identity(person(), TestMoment::Early, at(1))
                .0;
            assert_eq!(matches!(step, IdentityStep::Declare(_)), dagen == 0);
            let record = declared(&lists, release, &begun, &["48"])
                .given(text_version(), at(2))
                .record;
            assert_eq!((record.declaration, record.dagen), (expected, Some(dagen)));
        }
    }
}

#[test]
fn p13b_p13c_f_10_the_scope_of_an_abonnement() {
    for release in RELEASES.into_iter().filter(|release| release.abonneren()) {
        let outcome = |asked: u32, scope: Option<&str>| {
            let selected = subscribing(release, asked).unwrap();
            let (_, exchange) = Scene::select(release, Lists::new(release, &["48"]), selected, &["48"]);
            match exchange.awaiting.response(&response(200, &token_body(scope)), at(61)) {
                TokenStep::Ready { ready, .. } => Ok(ready.token().unwrap().dagen),
                TokenStep::Stopped(stopped) => Err(stopped.outcome),
            }
        };
        assert_eq!(outcome(180, Some("subscribe~90/umcharderwijk~48")), Ok(Some(90)));
        assert_eq!(outcome(0, Some("subscribe~0/umcharderwijk~48")), Ok(Some(0)));
        assert_eq!(
            outcome(180, Some("subscribe~0/umcharderwijk~48")),
            Err(Outcome::StoppedNotDelivered)
        );
        for scope in [
            None,
            Some("subscribe~181/umcharderwijk~48"),
            Some("subscribe~90/umcharderwijk~51"),
            Some("subscribe~90/anders~48"),
            Some("subscribe~090/umcharderwijk~48"),
            Some("umcharderwijk~48"),
            Some("48"),
            Some(""),
        ] {
            assert_eq!(
                outcome(180, scope),
                Err(Outcome::StoppedTechnical),
                "{release} {scope:?}"
            );
        }
        assert_eq!(
            outcome(0, Some("subscribe~1/umcharderwijk~48")),
            Err(Outcome::StoppedTechnical)
        );
    }
}

#[test]
fn vert_authint_200_vert_autorisatie_200_the_scope_and_the_date_of_birth() {
    let known: Vec<_> = representing()
        .map(|(release, kind)| format!("{release} {kind}"))
        .collect();
    let expected = [
        "1.5 onbehalfof",
        "1.6 onbehalfof",
        "2.0 onbehalfof",
        "2.0 onbehalfofchild",
        "2.1 onbehalfof",
        "2.1 onbehalfofchild",
        "2.2 onbehalfof",
        "2.2 onbehalfofchild",
    ];
    assert_eq!(known, expected);
    for (release, kind) in representing() {
        let begun = selected(release)
            .on_behalf_of(kind, born())
            .unwrap()
            .begin(start(), &mut Counting(0))
            .unwrap();
        let location = begun.redirect.location().to_owned();
        let scope = parameter(&location, "scope").unwrap();
        assert!(scope.ends_with(&format!(" {kind}")), "{scope}");
        assert_eq!(
            parameter(&location, "MedMij_geboortedatum").as_deref(),
            Some("19700901")
        );
        assert!(!format!("{begun:?}").contains("19700901"));
        let lists = Lists::new(release, &["48"]).representing();
        let request = resolving(&lists, release, &begun).request().clone();
        assert_eq!(
            (request.scope.representation(), request.geboortedatum),
            (kind, Some(born()))
        );
        let declaration = declared(&lists, release, &begun, &["48"]);
        assert_eq!(
            declaration.given(text_version(), at(1)).record.representation,
            kind,
            "vert_authint_202"
        );
    }
}

#[test]
fn vert_authint_only_verzamelen() {
    let release = Release::R2_2;
    for selected in [
        dvp(release).delen(offer(release, "53"), vec![placement()]),
        dvp(release).abonneren(offer(release, "48"), 5),
    ] {
        let refused = selected.unwrap().on_behalf_of(Representation::OnBehalfOf, born());
        assert!(matches!(
            refused,
            Err(StartError::Scope(medmij_oauth::ScopeError::Representation))
        ));
    }
}

#[test]
fn a14_f_37_authorization_interface_vertegenwoordiging_1_2_vert_authint_202_expected_and_used_must_be_the_same() {
    use ExceptionCode::{
        AuthorizationInterfaceVertegenwoordiging1 as Expected, AuthorizationInterfaceVertegenwoordiging2 as Used,
    };
    use Representation::{None, OnBehalfOf, OnBehalfOfChild};
    let release = Release::R2_2;
    let lists = Lists::new(release, &["48"]).representing();
    for (asked, used, stops) in [
        (None, None, Option::None),
        (OnBehalfOf, OnBehalfOf, Option::None),
        (OnBehalfOf, None, Some(Expected)),
        (OnBehalfOfChild, None, Some(Expected)),
        (OnBehalfOf, OnBehalfOfChild, Some(Expected)),
        (None, OnBehalfOf, Some(Used)),
        (None, OnBehalfOfChild, Some(Used)),
    ] {
        let selected = match asked {
            None => selected(release),
            asked => selected(release).on_behalf_of(asked, born()).unwrap(),
        };
        let begun = selected.begin(start(), &mut Counting(0)).unwrap();
        let identity = Identity::represented(BSN.parse().unwrap(), used, Some(born()));
        let step = resolving(&lists, release, &begun)
            .identity(identity, TestMoment::Early, at(1))
            .0;
        match (step, stops) {
            (IdentityStep::Test(_), Option::None) => {}
            (IdentityStep::Stopped(found), Some(expected)) => assert_eq!(found, expected, "{asked} {used}"),
            (other, _) => panic!("{asked} {used}: {other:?}"),
        }
    }
}

#[test]
fn a14b_vert_autorisatie_201_another_date_of_birth_stops() {
    for (release, kind) in representing() {
        let lists = Lists::new(release, &["48"]).representing();
        for known in [Some("19700902"), None] {
            let begun = selected(release)
                .on_behalf_of(kind, born())
                .unwrap()
                .begin(start(), &mut Counting(0))
                .unwrap();
            let known = known.map(|date| date.parse().unwrap());
            let identity = Identity::represented(BSN.parse().unwrap(), kind, known);
            let step = resolving(&lists, release, &begun)
                .identity(identity, TestMoment::Early, at(1))
                .0;
            assert!(
                matches!(step, IdentityStep::Stopped(ExceptionCode::GeboortedatumVerschilt)),
                "{step:?}"
            );
        }
    }
}

#[test]
fn a14c_autoriseren_vertegenwoordiging_1_2_not_supported_is_an_invalid_scope() {
    for release in RELEASES {
        for member in ["onbehalfof", "onbehalfofchild", "onbehalfof onbehalfofchild"] {
            let scope = format!("{} {member}", crate::authorization_server::scope_of(release));
            let location = told(release, &changed(release, "scope", Some(&scope)));
            assert_eq!(
                location,
                format!("{REDIRECT_URI}?error=invalid_scope&state=s-1"),
                "{release} {member}"
            );
        }
    }
}

#[test]
fn vert_authint_200_a_date_that_is_none_is_an_invalid_request() {
    let (release, settings) = (Release::R2_2, AuthorizationSettings::default());
    let lists = lists(release).representing();
    let open = |scope: &str, tail: &str| {
        is_right(&open_with(
            &(changed(release, "scope", Some(scope)) + tail),
            release,
            &lists,
            &settings,
        ))
    };
    let represented = "umcharderwijk onbehalfof";
    assert!(open(represented, ""), "1.5.0 had no such parameter");
    assert!(open(represented, "&MedMij_geboortedatum=19700901"));
    for wrong in ["19700931", "1970-09-01", "x", "19700901&MedMij_geboortedatum=19700901"] {
        assert!(!open(represented, &format!("&MedMij_geboortedatum={wrong}")), "{wrong}");
        assert!(
            open("umcharderwijk", &format!("&MedMij_geboortedatum={wrong}")),
            "not a parameter of this request"
        );
    }
}

#[test]
fn a16_a_late_test_leaves_all_that_was_asked_to_be_declared() {
    for release in RELEASES {
        let lists = Lists::new(release, &["48"]);
        let begun = begun(release, &["48"]);
        let step = resolving(&lists, release, &begun)
            .identity(person(), TestMoment::Late, at(1))
            .0;
        let IdentityStep::Declare(declaration) = step else {
            panic!("{step:?}")
        };
        assert_eq!(*declaration.gegevensdiensten(), set(&["48"]));
        let issued = declaration
            .given(text_version(), at(2))
            .next
            .issue(at(2), &mut Counting(4))
            .unwrap();
        assert!(!issued.grant().tested);
    }
}

#[test]
fn vert_authint_200_nobody_is_no_representation() {
    let refused = selected(Release::R2_2).on_behalf_of(Representation::None, born());
    assert!(matches!(
        refused,
        Err(StartError::Scope(medmij_oauth::ScopeError::Representation))
    ));
}

/// In 1.5 and 1.6 the scope of a response is that of the request with what is not granted left out.
#[test]
fn tknint_201_a_narrower_scope_keeps_the_representation() {
    for release in [Release::R1_5, Release::R1_6] {
        let ids = &["48", "51"];
        let selected = dvp(release)
            .verzamelen(offers(release, ids), vec![query("51", "Patient")])
            .unwrap();
        let selected = selected.on_behalf_of(Representation::OnBehalfOf, born()).unwrap();
        let (scene, exchange) = Scene::select(release, Lists::new(release, ids).representing(), selected, &["51"]);
        let answer = scene.answer(&scene.request, Some(&certificate()), 60);
        let tokens = Tokens::read(std::str::from_utf8(answer.body()).unwrap());
        assert_eq!(tokens.scope.as_deref(), Some("umcharderwijk~51 onbehalfof"));
        let step = exchange.awaiting.response(&answer, at(61));
        assert!(matches!(step, TokenStep::Ready { .. }), "{step:?}");
    }
}

/// A shortening has no test, and the scope does not tell it from a new Abonnement: where the person has one that lasts as
/// long, the test waits for the request.
#[test]
fn s3_a15_what_may_be_a_shortening_is_tested_late() {
    for release in RELEASES.into_iter().filter(|release| release.abonneren()) {
        let lists = Lists::new(release, &["48"]);
        let kept = |dagen: i64, client: &str| {
            medmij_oauth::dva::Abonnement::new(
                "x".parse().unwrap(),
                BSN.parse().unwrap(),
                "umcharderwijk@medmij".parse().unwrap(),
                "48".parse().unwrap(),
                client.parse().unwrap(),
                (start() + time::Duration::days(dagen)).date(),
                365,
            )
        };
        let begun = subscribing(release, 30)
            .unwrap()
            .begin(start(), &mut Counting(0))
            .unwrap();
        let resolving = resolving(&lists, release, &begun);
        let bsn: medmij_core::Bsn = BSN.parse().unwrap();
        let moment =
            |kept: &[medmij_oauth::dva::Abonnement]| resolving.test_moment(TestMoment::Early, &bsn, kept, at(1));
        assert_eq!(moment(&[kept(30, CLIENT_ID)]), TestMoment::Late);
        for none in [kept(29, CLIENT_ID), kept(-1, CLIENT_ID), kept(30, "other.pgo.nl")] {
            assert_eq!(moment(&[none]), TestMoment::Early);
        }
        assert_eq!(moment(&[]), TestMoment::Early);
    }
}
