use std::collections::HashSet;

use medmij_core::{DvpLearns, ExceptionClass, ExceptionCode, NotGranted, Release};

#[test]
fn every_exception_has_a_label_of_its_own_and_parses_back() {
    let mut labels = HashSet::new();
    for &code in ExceptionCode::ALL {
        let info = code.info();
        assert_eq!(info.code, code);
        assert!(labels.insert(info.label), "{}", info.label);
        assert!(info.first <= info.last);
        assert_eq!(info.label.parse(), Ok(code));
        assert_eq!(
            serde_json::from_str::<ExceptionCode>(&serde_json::to_string(&code).unwrap()).unwrap(),
            code
        );
    }
    assert_eq!(labels.len(), 40);
}

fn labels(release: Release, page: &str) -> Vec<&'static str> {
    ExceptionCode::of(release)
        .map(ExceptionCode::info)
        .filter(|info| info.page == page)
        .map(|info| info.label)
        .collect()
}

#[test]
fn uc_verzamelen_1_to_7_in_1_4() {
    let of_1_4 = labels(Release::R1_4, "UC Verzamelen");
    assert_eq!(
        of_1_4,
        (1..=7).map(|n| format!("UC Verzamelen {n}")).collect::<Vec<_>>()
    );
    assert_eq!(
        labels(Release::R1_1, "UC Verzamelen").len(),
        6,
        "the cancellation page came with 1.4"
    );
    assert!(labels(Release::R2_2, "UC Verzamelen").is_empty());
}

#[test]
fn authenticeren_and_autoriseren_from_1_6_on() {
    assert!(labels(Release::R1_5, "Autoriseren").is_empty());
    assert_eq!(
        labels(Release::R1_6, "Autoriseren"),
        ["Autoriseren 1", "Autoriseren 2", "Autoriseren 3"]
    );
    assert_eq!(
        labels(Release::R2_2, "Authenticeren"),
        ["Authenticeren 1", "Authenticeren 2"]
    );
}

/// The rule of UC Verzamelen: 2, 3 and 4 cannot be told apart by the DVP; what it learns has no place for a difference.
#[test]
fn uc_verzamelen_2_3_4_are_one_class_without_a_reason() {
    assert_eq!(size_of::<NotGranted>(), 0);
    for label in [
        "UC Verzamelen 2",
        "UC Verzamelen 3",
        "UC Verzamelen 4",
        "UC Delen 2",
        "UC Delen 3",
        "UC Delen 4",
        "Authenticeren 1",
        "Autoriseren 1",
        "Autoriseren 2",
    ] {
        let info = label.parse::<ExceptionCode>().unwrap().info();
        assert_eq!(info.class, ExceptionClass::NotGranted, "{label}");
        assert_eq!(info.class.dvp_learns(), DvpLearns::NotGranted(NotGranted));
    }
}

#[test]
fn flows_4_5_what_the_dvp_learns() {
    use ExceptionClass as C;
    let rows = [
        (C::UnverifiedClient, DvpLearns::Nothing),
        (C::InvalidRequest, DvpLearns::TheException),
        (C::NotGranted, DvpLearns::NotGranted(NotGranted)),
        (C::Undetermined, DvpLearns::TheException),
        (C::NotDelivered, DvpLearns::TheExceptionAndCause),
        (C::LoginCancelled, DvpLearns::Nothing),
        (C::Representation, DvpLearns::Nothing),
        (C::Notification, DvpLearns::ItsOwn),
    ];
    for (class, learns) in rows {
        assert_eq!(class.dvp_learns(), learns);
    }
}

#[test]
fn every_release_has_each_class_that_it_can_have() {
    for release in Release::ALL {
        let classes: HashSet<_> = ExceptionCode::of(release).map(|code| code.info().class).collect();
        for class in [
            ExceptionClass::UnverifiedClient,
            ExceptionClass::InvalidRequest,
            ExceptionClass::NotGranted,
            ExceptionClass::Undetermined,
            ExceptionClass::NotDelivered,
        ] {
            assert!(classes.contains(&class), "{release} {class:?}");
        }
        assert_eq!(
            classes.contains(&ExceptionClass::LoginCancelled),
            release.landing_page(),
            "{release}"
        );
    }
}

/// Number, page, first and last release, class, discoverer, continuation and mark of each exception, as flows.md 3 has it.
#[test]
fn flows_3_the_table_row_by_row() {
    let rows: Vec<_> = ExceptionCode::ALL
        .iter()
        .map(|code| {
            let it = code.info();
            let number = it.number.unwrap_or("-");
            format!(
                "{}|{}|{number}|{}-{}|{:?}|{:?}|{:?}|{:?}",
                it.label, it.page, it.first, it.last, it.class, it.discovered_by, it.continuation, it.mark
            )
        })
        .collect();
    let expected = "\
UC Verzamelen 1|UC Verzamelen|1|1.1-1.5|InvalidRequest|Dva|AllStop|Seen
UC Verzamelen 2|UC Verzamelen|2|1.1-1.5|NotGranted|Dva|AllStop|Seen
UC Verzamelen 3|UC Verzamelen|3|1.1-1.5|NotGranted|Dva|AllStop|Seen
UC Verzamelen 4|UC Verzamelen|4|1.1-1.5|NotGranted|Dva|AllStop|Seen
UC Verzamelen 5|UC Verzamelen|5|1.1-1.5|Undetermined|Dva|AllStop|Seen
UC Verzamelen 6|UC Verzamelen|6|1.1-1.5|NotDelivered|Dva|PartMayGoOn|Seen
UC Verzamelen 7|UC Verzamelen|7|1.4-1.5|LoginCancelled|Dva|MayLogInAgain|Seen
UC Delen 1|UC Delen|1|1.1-1.5|InvalidRequest|Dva|AllStop|Inferred
UC Delen 2|UC Delen|2|1.1-1.5|NotGranted|Dva|AllStop|Inferred
UC Delen 3|UC Delen|3|1.1-1.5|NotGranted|Dva|AllStop|Inferred
UC Delen 4|UC Delen|4|1.1-1.5|NotGranted|Dva|AllStop|Inferred
UC Delen 5|UC Delen|5|1.1-1.5|Undetermined|Dva|AllStop|Inferred
UC Delen 6|UC Delen|6|1.1-1.5|NotDelivered|Dva|PartMayGoOn|Inferred
UC Delen 7|UC Delen|7|1.4-1.5|LoginCancelled|Dva|MayLogInAgain|Inferred
Authenticeren 1|Authenticeren|1|1.6-2.2|NotGranted|Dva|AllStop|Seen
Authenticeren 2|Authenticeren|2|1.6-2.2|LoginCancelled|Dva|MayLogInAgain|Seen
Autoriseren 1|Autoriseren|1|1.6-2.2|NotGranted|Dva|AllStop|Inferred
Autoriseren 2|Autoriseren|2|1.6-2.2|NotGranted|Dva|AllStop|Inferred
Autoriseren 3|Autoriseren|3|1.6-2.2|Undetermined|Dva|AllStop|Inferred
Verzamelen 1|Verzamelen|1|1.6-2.2|InvalidRequest|Dva|AllStop|Inferred
Verzamelen 2|Verzamelen|2|1.6-2.2|NotDelivered|Dva|PartMayGoOn|Inferred
Delen 1|Delen|1|1.6-2.2|InvalidRequest|Dva|AllStop|Seen
Delen 2|Delen|2|1.6-2.2|NotDelivered|Dva|PartMayGoOn|Seen
Abonneren, ongeldig verzoek|Abonneren|-|1.2-2.2|InvalidRequest|Dva|AllStop|Inferred
Abonneren, identiteit|Abonneren|-|1.2-2.2|NotGranted|Dva|AllStop|Inferred
Abonneren, niet mogelijk|Abonneren|-|1.2-2.2|NotGranted|Dva|AllStop|Inferred
Abonneren, niet toegestaan|Abonneren|-|1.2-2.2|NotGranted|Dva|AllStop|Inferred
Abonneren, antwoord onbekend|Abonneren|-|1.2-2.2|Undetermined|Dva|AllStop|Inferred
Abonneren, niet geplaatst|Abonneren|-|1.2-2.2|NotDelivered|Dva|PartMayGoOn|Inferred
Abonneren, inloggen geannuleerd|Abonneren|-|1.4-2.2|LoginCancelled|Dva|MayLogInAgain|Inferred
Notificeren 1|Notificeren|1|1.2-2.2|Notification|Dvp|AllStop|Seen
Notificeren 2|Notificeren|2|1.2-2.2|Notification|Dvp|NotFound|Inferred
Autoriseren Vertegenwoordiging 1|Autoriseren, Vertegenwoordiging|1|1.5-2.2|InvalidRequest|Dva|AllStop|Inferred
Autoriseren Vertegenwoordiging 2|Autoriseren, Vertegenwoordiging|2|1.5-2.2|InvalidRequest|Dvp|DvpStops|Inferred
Autoriseren Vertegenwoordiging 3|Autoriseren, Vertegenwoordiging|3|1.5-2.2|Representation|Dva|DvaStops|Inferred
Authorization interface Vertegenwoordiging 1|Authorization interface, Vertegenwoordiging|1|1.5-2.2|Representation|Dva|DvaStops|Seen
Authorization interface Vertegenwoordiging 2|Authorization interface, Vertegenwoordiging|2|1.5-2.2|Representation|Dva|DvaStops|Seen
ext.vert.autorisatie.201|Authorization interface, Vertegenwoordiging|-|1.5-2.2|Representation|Dva|DvaStops|Inferred
Authorization interface 1a|Authorization interface|1a|1.1-2.2|UnverifiedClient|Dva|AllStop|Inferred
Authorization interface 1b|Authorization interface|1b|1.1-2.2|InvalidRequest|Dva|AllStop|Inferred";
    assert_eq!(rows.join("\n"), expected);
}

#[test]
fn flows_4_5_who_tells_the_person() {
    use ExceptionClass as C;
    use medmij_core::Teller as T;
    for release in Release::ALL {
        let by_release = if release.major() == 1 { T::Dvp } else { T::DvaThenDvp };
        let rows = [
            (C::UnverifiedClient, T::Dva),
            (C::InvalidRequest, by_release),
            (C::NotGranted, T::DvaThenDvp),
            (C::Undetermined, by_release),
            (C::NotDelivered, T::Dvp),
            (C::LoginCancelled, T::Dva),
            (C::Representation, T::Dva),
            (C::Notification, T::Nobody),
        ];
        for (class, teller) in rows {
            assert_eq!(class.person_told_by(release), teller, "{release} {class:?}");
        }
    }
}
