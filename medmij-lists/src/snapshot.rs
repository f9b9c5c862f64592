//! The lists at one moment.

use crate::envelope::Envelope;
use crate::{
    Gegevensdienstnamenlijst, List, ListKind, OAuthClientList, Whitelist, Zorgaanbiederskoppellijst,
    Zorgaanbiederslijst,
};

/// The lists at one moment: those that are there. Cheap to clone; who serves a request takes one, and sees the same lists
/// from its start to its end.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Snapshot {
    /// The Zorgaanbiederslijst.
    pub zal: Option<Zorgaanbiederslijst>,
    /// The OAuth Client List.
    pub ocl: Option<OAuthClientList>,
    /// The Gegevensdienstnamenlijst.
    pub gnl: Option<Gegevensdienstnamenlijst>,
    /// The Whitelist.
    pub whl: Option<Whitelist>,
    /// The Zorgaanbiederskoppellijst.
    pub zakl: Option<Zorgaanbiederskoppellijst>,
}

impl Snapshot {
    /// The list of this kind.
    #[must_use]
    pub fn get(&self, kind: ListKind) -> Option<List> {
        match kind {
            ListKind::Zal => self.zal.clone().map(List::Zal),
            ListKind::Ocl => self.ocl.clone().map(List::Ocl),
            ListKind::Gnl => self.gnl.clone().map(List::Gnl),
            ListKind::Whl => self.whl.clone().map(List::Whl),
            ListKind::Zakl => self.zakl.clone().map(List::Zakl),
        }
    }

    /// Which version of a list it is.
    #[must_use]
    pub fn envelope(&self, kind: ListKind) -> Option<&Envelope> {
        match kind {
            ListKind::Zal => self.zal.as_ref().map(Zorgaanbiederslijst::envelope),
            ListKind::Ocl => self.ocl.as_ref().map(OAuthClientList::envelope),
            ListKind::Gnl => self.gnl.as_ref().map(Gegevensdienstnamenlijst::envelope),
            ListKind::Whl => self.whl.as_ref().map(Whitelist::envelope),
            ListKind::Zakl => self.zakl.as_ref().map(Zorgaanbiederskoppellijst::envelope),
        }
    }

    /// Puts a list in its place.
    pub fn set(&mut self, list: List) {
        match list {
            List::Zal(list) => self.zal = Some(list),
            List::Ocl(list) => self.ocl = Some(list),
            List::Gnl(list) => self.gnl = Some(list),
            List::Whl(list) => self.whl = Some(list),
            List::Zakl(list) => self.zakl = Some(list),
        }
    }

    /// Takes a list away.
    pub fn clear(&mut self, kind: ListKind) {
        match kind {
            ListKind::Zal => self.zal = None,
            ListKind::Ocl => self.ocl = None,
            ListKind::Gnl => self.gnl = None,
            ListKind::Whl => self.whl = None,
            ListKind::Zakl => self.zakl = None,
        }
    }
}
