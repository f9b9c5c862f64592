//! One page for each thing that this crate does, with an example and with what it refuses.
//!
//! A DVP reads [`view`], [`findings`], [`references`], [`paging`] and [`outcomes`] for what it collects, [`sharing`] for what it
//! shares, and [`envelopes`] for what it keeps. A DVA reads [`findings`] and [`bsn_guard`] for what comes to be placed.

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
    view = "view.md", "The view: what a Bundle says, over its original bytes.";
    findings = "findings.md", "Findings: everything that is wrong, each with its rule and place.";
    references = "references.md", "References: what leads where, inside one Bundle and across a collection.";
    paging = "paging.md", "Paging: the pages of one search, and where the token goes.";
    outcomes = "outcomes.md", "OperationOutcome: what a server says of a request.";
    sharing = "sharing.md", "Sharing: a transaction, a batch or a single resource, and its answer.";
    bsn_guard = "bsn-guard.md", "The guard: no BSN in any message.";
    envelopes = "envelopes.md", "Envelopes: source, context and integrity of what was collected.";
}
