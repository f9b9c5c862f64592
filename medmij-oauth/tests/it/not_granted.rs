//! The privacy rule: the DVP cannot tell identity, availability and refusal apart (flows.md 4.6, oauth.md 3.6).

use medmij_core::Release;
use medmij_oauth::dva::{TestResult, TestStep};
use medmij_oauth::dvp::Begun;
use proptest::prelude::*;

use crate::pair::*;

/// What the DVP gets on the person's click, for each cause.
fn answers(release: Release, begun: &Begun) -> [String; 4] {
    let lists = Lists::new(release, &["48"]);
    let shown = [
        authenticating(&lists, release, begun).failed(at(2)).0,
        resolving(&lists, release, begun).failed(at(20)).0,
        match testing(&lists, release, begun).result(TestResult::Negative, at(21)).0 {
            TestStep::NotGranted(shown) => shown,
            TestStep::Declare(other) => panic!("{other:?}"),
        },
        declaration(&lists, release, begun, &["48"])
            .not_given("own-1", at(300))
            .next,
    ];
    // The whole response, byte for byte.
    shown.map(|shown| {
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
    })
}

#[test]
fn uc_verzamelen_2_3_4_are_identical_byte_for_byte() {
    for release in RELEASES {
        let begun = begun(release, &["48"]);
        let state = parameter(begun.redirect.location(), "state").unwrap();
        let answers = answers(release, &begun);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert!(answers[0].contains(&format!("location: {REDIRECT_URI}?error=access_denied&state={state}\n")));
    }
}

/// The pages that wait hold the same data for every cause, so no cause can be kept for later.
#[test]
fn a20b_the_page_knows_no_cause() {
    let release = Release::R2_2;
    let begun = begun(release, &["48"]);
    let lists = Lists::new(release, &["48"]);
    let early = authenticating(&lists, release, &begun).failed(at(2)).0;
    let late = declaration(&lists, release, &begun, &["48"])
        .not_given("own-1", at(300))
        .next;
    assert_eq!(format!("{early:?}"), format!("{late:?}"));
}

proptest! {
    #[test]
    fn a20b_identical_for_every_state(seed in any::<u64>()) {
        let release = RELEASES[usize::try_from(seed % 9).unwrap()];
        let selected = dvp(release).verzamelen(offers(release, &["48"]), vec![query("48", "Patient")]).unwrap();
        let begun = selected.begin(start(), &mut Counting(seed)).unwrap();
        let answers = answers(release, &begun);
        prop_assert!(answers.iter().all(|answer| *answer == answers[0]));
    }
}
