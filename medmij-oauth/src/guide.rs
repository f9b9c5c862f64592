//! How a vendor uses the machines: a page for each function and side, with what can go wrong and what the library does about it.
//!
//! The same pages stand in `docs/flows`, each with its diagram and its transition table.

macro_rules! pages {
    ($($page:ident = $file:literal, $about:literal;)+) => {
        $(
            #[doc = $about]
            #[doc = ""]
            #[doc = include_str!(concat!("guide/", $file))]
            pub mod $page {}
        )+
    };
}

pages! {
    dvp_verzamelen = "dvp-verzamelen.md", "*Verzamelen* at the DVP.";
    dvp_delen = "dvp-delen.md", "*Delen* at the DVP.";
    dvp_abonneren = "dvp-abonneren.md", "*Abonneren* at the DVP.";
    dvp_notificeren = "dvp-notificeren.md", "*Notificeren* at the DVP.";
    dvp_beheren_toestemmingen = "dvp-beheren-toestemmingen.md", "*Beheren toestemmingen* at the DVP.";
    dva_verzamelen = "dva-verzamelen.md", "*Verzamelen* at the DVA.";
    dva_delen = "dva-delen.md", "*Delen* at the DVA.";
    dva_abonneren = "dva-abonneren.md", "*Abonneren* at the DVA.";
    dva_notificeren = "dva-notificeren.md", "*Notificeren* at the DVA.";
    dva_beheren_toestemmingen = "dva-beheren-toestemmingen.md", "*Beheren toestemmingen* at the DVA.";
}
