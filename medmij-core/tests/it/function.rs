use medmij_core::{Declaration, Function, Geboortedatum, Release, Representation, Test, TestMoment};

#[test]
fn flows_4_0_table_of_functions() {
    use Declaration as D;
    use Function as F;
    let rows = [
        (
            F::Verzamelen,
            D::Toestemmingsverklaring,
            Some(Test::Beschikbaarheid),
            [true, true],
            true,
        ),
        (
            F::Delen,
            D::Bevestigingsverklaring,
            Some(Test::Ontvankelijkheid),
            [true, false],
            false,
        ),
        (
            F::AbonnementAanmaken,
            D::ToestemmingsverklaringAbonneren,
            Some(Test::Beschikbaarheid),
            [true, true],
            false,
        ),
        (
            F::AbonnementWijzigen,
            D::ToestemmingsverklaringAbonneren,
            Some(Test::Beschikbaarheid),
            [true, true],
            false,
        ),
        (
            F::AbonnementBeeindigen,
            D::BeeindigingsverklaringAbonnement,
            None,
            [false, false],
            false,
        ),
        (
            F::BeherenToestemmingen,
            D::BeeindigingsverklaringToestemming,
            None,
            [false, false],
            false,
        ),
    ];
    assert_eq!(rows.map(|row| row.0).as_slice(), F::ALL);
    for (function, declaration, test, moments, langdurig) in rows {
        assert_eq!(function.declaration(), declaration);
        assert_eq!(function.test(), test);
        assert_eq!(
            [TestMoment::Early, TestMoment::Late].map(|moment| function.allows(moment)),
            moments
        );
        assert_eq!(function.may_be_langdurig(Release::R2_2), langdurig);
        assert!(!function.may_be_langdurig(Release::R1_6));
        assert_eq!(function.as_str().parse(), Ok(function));
    }
}

#[test]
fn flows_1_2_functions_per_release() {
    let count = |release: Release| {
        Function::ALL
            .iter()
            .filter(|function| function.exists_in(release))
            .count()
    };
    assert_eq!(Release::ALL.map(count), [2, 5, 5, 5, 5, 5, 6, 6, 6]);
}

#[test]
fn f_27_age_rule() {
    for years in 0..120 {
        assert_eq!(Representation::None.age_is_right(years), years >= 16);
        assert_eq!(Representation::OnBehalfOf.age_is_right(years), years >= 16);
        assert_eq!(Representation::OnBehalfOfChild.age_is_right(years), years < 12);
    }
    // By the day: 15 years and 364 days or 16 years and a day no more; 11 years and 364 days or 12.
    let day = |year, month, of_month| time::Date::from_calendar_date(year, month, of_month).unwrap();
    let right = |representation: Representation, born: &str, on| {
        let born: Geboortedatum = born.parse().unwrap();
        representation.age_is_right(born.years_on(on))
    };
    let (before, birthday) = (
        day(2026, time::Month::November, 21),
        day(2026, time::Month::November, 22),
    );
    for representation in [Representation::None, Representation::OnBehalfOf] {
        assert!(!right(representation, "20101122", before) && right(representation, "20101122", birthday));
    }
    let child = Representation::OnBehalfOfChild;
    assert!(right(child, "20141122", before) && !right(child, "20141122", birthday));
    // Of 29 February the birthday of a common year is 1 March.
    let (february, march) = (day(2026, time::Month::February, 28), day(2026, time::Month::March, 1));
    assert!(right(child, "20140301", february) && !right(child, "20140301", march));
    let leap: Geboortedatum = "20080229".parse().unwrap();
    assert_eq!((leap.years_on(february), leap.years_on(march)), (17, 18));
    assert_eq!(leap.years_on(day(2000, time::Month::January, 1)), 0, "before the birth");
}

#[test]
fn vert_authint_200_scope_members() {
    assert_eq!(
        Representation::ALL.iter().map(|r| r.scope_member()).collect::<Vec<_>>(),
        [None, Some("onbehalfof"), Some("onbehalfofchild")]
    );
}
