//! The privacy rule: the DVP cannot tell identity, availability and refusal apart (flows.md 4.6, oauth.md 3.6).

use medmij_core::{Hostname, OAuthClient, Release};
use medmij_oauth::dva::{self, AwaitingAuthentication, NotGrantedShown, Opened, TestResult, TestStep};
use medmij_oauth::dvp::{Begun, Dvp};
use medmij_oauth::{AuthorizationSettings, Directory, ScopeFunction};
use proptest::prelude::*;

use crate::pair::*;
use crate::per_release::rows;

/// Why a request is not granted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Cause {
    Authentication,
    Identity,
    Availability,
    Nothing,
    Refusal,
    /// With the test still to come.
    LateRefusal,
}

const CAUSES: [Cause; 6] = [
    Cause::Authentication,
    Cause::Identity,
    Cause::Availability,
    Cause::Nothing,
    Cause::Refusal,
    Cause::LateRefusal,
];

/// The DVA's lists with one client of any name.
struct Any(Lists, OAuthClient);

impl Directory for Any {
    fn client(&self, client_id: &Hostname) -> Option<OAuthClient> {
        (self.1.hostname == *client_id).then(|| self.1.clone())
    }

    fn offers(
        &self,
        aanbieder: &medmij_core::Aanbiedernaam,
        function: ScopeFunction,
        release: Release,
    ) -> Option<medmij_core::Offers> {
        self.0.offers(aanbieder, function, release)
    }

    fn supports_representation(&self, representation: medmij_core::Representation, offer: &medmij_core::Offer) -> bool {
        self.0.supports_representation(representation, offer)
    }
}

fn authenticating(lists: &impl Directory, release: Release, begun: &Begun) -> AwaitingAuthentication {
    let request = visit(begun.redirect.location());
    match dva::open(&request, release, lists, &AuthorizationSettings::default(), start()) {
        Opened::Landing { landing, .. } => landing.proceed(at(1)).0,
        Opened::Authenticate { awaiting, .. } => awaiting,
        other => panic!("{other:?}"),
    }
}

/// The page that is shown for a cause. Each step hands back nothing that could be sent: only the page's own method does.
fn shown(cause: Cause, lists: &impl Directory, release: Release, begun: &Begun) -> NotGrantedShown {
    let awaiting = authenticating(lists, release, begun);
    if cause == Cause::Authentication {
        return awaiting.failed(at(2)).0;
    }
    let resolving = awaiting.response(at(3)).0;
    if cause == Cause::Identity {
        return resolving.failed(at(20)).0;
    }
    let moment = match cause {
        Cause::LateRefusal => medmij_core::TestMoment::Late,
        _ => medmij_core::TestMoment::Early,
    };
    let testing = match resolving.identity(person_of(begun), moment, at(21)).0 {
        dva::IdentityStep::Test(testing) => testing,
        dva::IdentityStep::Declare(declaration) => return declaration.not_given(text_version(), at(300)).next,
        other @ dva::IdentityStep::Stopped(_) => panic!("{other:?}"),
    };
    let result = match cause {
        Cause::Availability => TestResult::negative(),
        Cause::Nothing => TestResult::positive(set(&[])),
        _ => TestResult::positive(set(&["48", "53"])),
    };
    match testing.result(result, at(22)).0 {
        TestStep::NotGranted(shown) => shown,
        TestStep::Declare(declaration) => declaration.not_given(text_version(), at(300)).next,
    }
}

/// The whole response on the person's click, byte for byte; there is no `Date` in it, which a server adds.
fn answer(shown: NotGrantedShown) -> String {
    let response = shown.back_to_pgo(at(400)).0.to_response();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()));
    format!(
        "{}\n{}{:?}",
        response.status(),
        headers.collect::<String>(),
        response.body()
    )
}

rows! {
    uc_verzamelen_2_3_4_are_identical_byte_for_byte(release) {
        let (lists, begun) = (Lists::new(release, &["48"]), begun(release, &["48"]));
        let state = parameter(begun.redirect.location(), "state").unwrap();
        let answers = CAUSES.map(|cause| answer(shown(cause, &lists, release, &begun)));
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert!(answers[0].contains(&format!("location: {REDIRECT_URI}?error=access_denied&state={state}\n")));
    }

    /// The pages that wait hold the same data for every cause, so no cause can be kept for later.
    a20b_the_page_knows_no_cause(release) {
        let (lists, begun) = (Lists::new(release, &["48"]), begun(release, &["48"]));
        let pages = CAUSES.map(|cause| format!("{:?}", shown(cause, &lists, release, &begun)));
        assert!(pages.iter().all(|page| *page == pages[0]), "{pages:?}");
        #[cfg(feature = "persist")]
        {
            let stored = CAUSES.map(|cause| {
                let session = dva::Session::NotGrantedShown(shown(cause, &lists, release, &begun));
                serde_json::to_string(&session).unwrap()
            });
            assert!(stored.iter().all(|page| *page == stored[0]), "not even in the store");
        }
    }
}

/// A sample of all that can differ between two sessions.
fn sessions() -> impl Strategy<Value = (u64, usize, String, String, usize)> {
    let hosts = "[a-z]{1,10}(-[a-z0-9]{1,8})?(\\.[a-z]{2,8}){1,3}";
    (
        any::<u64>(),
        0_usize..9,
        hosts,
        "(/[a-zA-Z0-9._~%-]{0,12}){0,3}",
        0_usize..4,
    )
}

proptest! {
    /// Random sessions, clients, functions and releases: the answers differ in `state` alone.
    #[test]
    fn a20b_identical_for_every_session((seed, release, host, path, function) in sessions()) {
        let release = RELEASES[release];
        let path = path.replace('%', "%41");
        let Ok(uri) = format!("https://{host}{path}").parse() else { return Ok(()) };
        let dvp = Dvp::new(release, uri).unwrap();
        let offer = |id: &str| offers(release, &[id]).iter().next().unwrap().clone();
        let selected = match function {
            0 => dvp.delen(offer("53"), vec![placement()]).unwrap(),
            1 if release.abonneren() => dvp.abonneren(offer("48"), 10).unwrap(),
            2 if release.major() == 2 => {
                let selected = dvp.verzamelen(offers(release, &["48"]), vec![query("48", "Patient")]).unwrap();
                selected.on_behalf_of(medmij_core::Representation::OnBehalfOf, "19700901".parse().unwrap()).unwrap()
            }
            _ => dvp.verzamelen(offers(release, &["48"]), vec![query("48", "Patient")]).unwrap(),
        };
        let begun = selected.clone().begin(start(), &mut Counting(seed)).unwrap();
        let client = OAuthClient::new(host.parse().unwrap(), "Een PGO".parse().unwrap());
        let lists = Any(Lists::new(release, &["48", "53"]).representing(), client);
        let state = parameter(begun.redirect.location(), "state").unwrap();
        let answers = CAUSES.map(|cause| answer(shown(cause, &lists, release, &begun)));
        prop_assert!(answers.iter().all(|answer| *answer == answers[0]), "{:?}", answers);
        prop_assert!(answers[0].contains("error=access_denied"));
        // With the state left out, it is the one answer of all sessions of this client.
        let other = selected.begin(start(), &mut Counting(seed ^ 0xABCD)).unwrap();
        let other_state = parameter(other.redirect.location(), "state").unwrap();
        let other_answer = answer(shown(CAUSES[usize::try_from(seed % 6).unwrap()], &lists, release, &other));
        prop_assert_eq!(other_answer.replace(&other_state, ""), answers[0].replace(&state, ""));
    }
}
