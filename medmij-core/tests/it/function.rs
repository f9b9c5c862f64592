use medmij_core::{Declaration, Function, Release, Representation, Test, TestMoment};

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
}

#[test]
fn vert_authint_200_scope_members() {
    assert_eq!(
        Representation::ALL.iter().map(|r| r.scope_member()).collect::<Vec<_>>(),
        [None, Some("onbehalfof"), Some("onbehalfofchild")]
    );
}
