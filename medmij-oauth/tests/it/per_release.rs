//! Rows of tables as tests, one for each release.

/// Makes of each row a module with a test for every release.
macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident($release:ident) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports, reason = "not every row needs all of them")]
            use super::*;

            fn row($release: medmij_core::Release) $body

            crate::per_release::rows!(@tests r1_1 R1_1, r1_2 R1_2, r1_3 R1_3, r1_4 R1_4, r1_5 R1_5, r1_6 R1_6, r2_0 R2_0, r2_1 R2_1, r2_2 R2_2);
        }
    )+};
    (@tests $($name:ident $release:ident),+) => {
        $(#[test]
        fn $name() {
            row(medmij_core::Release::$release);
        })+
    };
}

pub(crate) use rows;
