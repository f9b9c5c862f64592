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
