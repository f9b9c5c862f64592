//! Any of the lists, told apart by root element and namespace.

use std::fmt;

use serde::Serialize;

use crate::envelope::{Envelope, ListBuilder, Parsed, finish};
use crate::error::Rejected;
use crate::limits::Limits;
use crate::reading::{HEAD_OF_ROOT, Reading, Root, root_of, root_too_late};
use crate::{
    Gegevensdienstnamenlijst, OAuthClientList, Whitelist, Zorgaanbiederskoppellijst, Zorgaanbiederslijst, gnl, ocl,
    whl, zakl, zal,
};

/// Which of the lists.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum ListKind {
    /// The Zorgaanbiederslijst.
    Zal,
    /// The OAuth Client List.
    Ocl,
    /// The Gegevensdienstnamenlijst.
    Gnl,
    /// The Whitelist.
    Whl,
    /// The Zorgaanbiederskoppellijst, which is not one of the four.
    Zakl,
}

impl ListKind {
    /// The four lists of the framework, without their companion.
    pub const FOUR: [Self; 4] = [Self::Zal, Self::Ocl, Self::Gnl, Self::Whl];

    /// All lists that are read.
    pub const ALL: [Self; 5] = [Self::Zal, Self::Ocl, Self::Gnl, Self::Whl, Self::Zakl];

    /// The abbreviation, in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zal => "zal",
            Self::Ocl => "ocl",
            Self::Gnl => "gnl",
            Self::Whl => "whl",
            Self::Zakl => "zakl",
        }
    }

    /// The name of its file, the same in every version [RFC0050, 1.4] [core.lijsten.300, 2.x]. That of the
    /// Zorgaanbiederskoppellijst is inferred from the name of its example.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Zal => "MedMij_Zorgaanbiederslijst.xml",
            Self::Ocl => "MedMij_OAuthclientlist.xml",
            Self::Gnl => "MedMij_Gegevensdienstnamenlijst.xml",
            Self::Whl => "MedMij_Whitelist.xml",
            Self::Zakl => "MedMij_Zorgaanbiederskoppellijst.xml",
        }
    }

    /// Which list a document is, by the root element that its first 256 KiB show. A namespace that is not that of the list
    /// is for its parser to refuse.
    ///
    /// ```
    /// use medmij_lists::ListKind;
    ///
    /// let head = b"<Whitelist xmlns='xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/'>";
    /// assert_eq!(ListKind::detect(head), Some(ListKind::Whl));
    /// assert_eq!(ListKind::detect(b"<html>"), None);
    /// ```
    #[must_use]
    pub fn detect(head: &[u8]) -> Option<Self> {
        match Self::look(head.get(..HEAD_OF_ROOT).unwrap_or(head), Limits::default()) {
            Looked::Found(kind) => Some(kind),
            Looked::None | Looked::Ahead => None,
        }
    }

    fn look(head: &[u8], limits: Limits) -> Looked {
        let (namespace, root) = match root_of(head, limits) {
            Root::Is(namespace, root) => (namespace, root),
            Root::Wrong => return Looked::None,
            Root::Ahead => return Looked::Ahead,
        };
        let named: Vec<_> = Self::ALL.into_iter().filter(|kind| kind.forms().0 == root).collect();
        let known = named.iter().find(|kind| kind.forms().1.contains(&namespace.as_str()));
        known
            .or_else(|| named.first())
            .map_or(Looked::None, |&kind| Looked::Found(kind))
    }

    /// The root element and namespaces of the forms that are read.
    const fn forms(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Zal => ("Zorgaanbiederslijst", &[zal::RELEASE2, zal::RELEASE3]),
            Self::Ocl => ("OAuthclientlist", &[ocl::RELEASE2, ocl::LATER]),
            Self::Gnl => ("Gegevensdienstnamenlijst", &[gnl::RELEASE1]),
            Self::Whl => ("Whitelist", &[whl::RELEASE2]),
            Self::Zakl => ("Zorgaanbiederskoppellijst", &[zakl::RELEASE1]),
        }
    }
}

/// What the start of a document tells of its kind.
enum Looked {
    Found(ListKind),
    /// It is no list, and is refused by the parser of any.
    None,
    /// The root element may come yet.
    Ahead,
}

impl fmt::Display for ListKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A list of whichever kind.
///
/// As JSON it is an object with `kind`, `namespace`, `tijdstempel` and `volgnummer` (as text), and the entries in document
/// order under their own name: `zorgaanbieders`, `oauthclients`, `gegevensdiensten` or `nodes`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum List {
    /// A Zorgaanbiederslijst.
    Zal(Zorgaanbiederslijst),
    /// An OAuth Client List.
    Ocl(OAuthClientList),
    /// A Gegevensdienstnamenlijst.
    Gnl(Gegevensdienstnamenlijst),
    /// A Whitelist.
    Whl(Whitelist),
    /// A Zorgaanbiederskoppellijst.
    Zakl(Zorgaanbiederskoppellijst),
}

impl List {
    /// Reads a document as the list that its root element and namespace tell.
    ///
    /// # Errors
    /// Everything that is wrong with the document, up to the limits; a root that is that of no list gives the kind
    /// [`WrongList`](crate::RejectedKind::WrongList). A root that does not come within the first 256 KiB is not looked for
    /// any further; [`parse_as`](Self::parse_as) needs none to know what it reads.
    ///
    /// ```
    /// use medmij_lists::{Limits, List, ListKind};
    ///
    /// let xml = br#"<Whitelist xmlns="xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/">
    ///   <Tijdstempel>2026-11-01T08:00:00Z</Tijdstempel><Volgnummer>1</Volgnummer><MedMijNodes/>
    /// </Whitelist>"#;
    /// assert_eq!(List::parse(xml, &Limits::default())?.list.kind(), ListKind::Whl);
    /// # Ok::<(), medmij_lists::Rejected>(())
    /// ```
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Parsed<Self>, Rejected> {
        let head = bytes.get(..HEAD_OF_ROOT).unwrap_or(bytes);
        match ListKind::look(head, *limits) {
            Looked::Found(kind) => Self::parse_as(kind, bytes, limits),
            Looked::Ahead if head.len() < bytes.len() => Err(root_too_late()),
            // What is wrong with a document that is no list is the same for each of them.
            Looked::None | Looked::Ahead => Self::parse_as(ListKind::Zal, bytes, limits),
        }
    }

    /// Reads a document as a list of this kind.
    ///
    /// # Errors
    /// Everything that is wrong with the document, up to the limits.
    pub fn parse_as(kind: ListKind, bytes: &[u8], limits: &Limits) -> Result<Parsed<Self>, Rejected> {
        Ok(match kind {
            ListKind::Zal => Zorgaanbiederslijst::parse(bytes, limits)?.map(Self::Zal),
            ListKind::Ocl => OAuthClientList::parse(bytes, limits)?.map(Self::Ocl),
            ListKind::Gnl => Gegevensdienstnamenlijst::parse(bytes, limits)?.map(Self::Gnl),
            ListKind::Whl => Whitelist::parse(bytes, limits)?.map(Self::Whl),
            ListKind::Zakl => Zorgaanbiederskoppellijst::parse(bytes, limits)?.map(Self::Zakl),
        })
    }

    /// Which list it is.
    #[must_use]
    pub const fn kind(&self) -> ListKind {
        match self {
            Self::Zal(_) => ListKind::Zal,
            Self::Ocl(_) => ListKind::Ocl,
            Self::Gnl(_) => ListKind::Gnl,
            Self::Whl(_) => ListKind::Whl,
            Self::Zakl(_) => ListKind::Zakl,
        }
    }

    /// Which version of the list it is.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        match self {
            Self::Zal(list) => list.envelope(),
            Self::Ocl(list) => list.envelope(),
            Self::Gnl(list) => list.envelope(),
            Self::Whl(list) => list.envelope(),
            Self::Zakl(list) => list.envelope(),
        }
    }

    /// How many entries it has.
    #[must_use]
    pub fn entries(&self) -> usize {
        match self {
            Self::Zal(list) => list.len(),
            Self::Ocl(list) => list.clients().len(),
            Self::Gnl(list) => list.gegevensdiensten().len(),
            Self::Whl(list) => list.nodes().len(),
            Self::Zakl(list) => list.koppelingen().len(),
        }
    }

    /// The list as XML, by the conventions of the official files [XML-bestanden lijsten, 1.4]: what is read of it is equal
    /// to the list.
    #[must_use]
    pub fn to_xml(&self) -> String {
        match self {
            Self::Zal(list) => list.to_xml(),
            Self::Ocl(list) => list.to_xml(),
            Self::Gnl(list) => list.to_xml(),
            Self::Whl(list) => list.to_xml(),
            Self::Zakl(list) => list.to_xml(),
        }
    }
}

/// Reads a list of which one piece comes after another, from a network or a large file.
///
/// It keeps no more of the document than a window of about twice [`Limits::max_text`], or 256 KiB while it looks for the root,
/// besides the list itself. What it says of a document is what is said when the document is read as a whole; but that a token
/// goes over `max_text` is told before it is seen whether the token ends.
///
/// ```
/// use medmij_lists::{Limits, ListKind, ListReader};
///
/// let mut reader = ListReader::detecting(Limits::default());
/// reader.push(b"<Whitelist xmlns='xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/'>")?;
/// reader.push(b"<Tijdstempel>2026-11-01T08:00:00Z</Tijdstempel><Volgnummer>1</Volgnummer>")?;
/// reader.push(b"<MedMijNodes><MedMijNode><Hostname>ts.dva.nl</Hostname></MedMijNode></MedMijNodes></Whitelist>")?;
/// assert_eq!(reader.finish()?.list.kind(), ListKind::Whl);
/// # Ok::<(), medmij_lists::Rejected>(())
/// ```
#[derive(Debug)]
pub struct ListReader {
    limits: Limits,
    /// What came before the kind of the list was known, and how much of it there must be to look again.
    head: Vec<u8>,
    enough: usize,
    reading: Option<Readings>,
}

#[derive(Debug)]
enum Readings {
    Zal(Box<Reading<zal::ZalBuilder>>),
    Ocl(Box<Reading<ocl::OclBuilder>>),
    Gnl(Box<Reading<gnl::GnlBuilder>>),
    Whl(Box<Reading<whl::WhlBuilder>>),
    Zakl(Box<Reading<zakl::ZaklBuilder>>),
}

impl ListReader {
    /// Reads a list of this kind.
    #[must_use]
    pub fn new(kind: ListKind, limits: Limits) -> Self {
        Self {
            reading: Some(Readings::new(kind, limits)),
            ..Self::detecting(limits)
        }
    }

    /// Reads a list of the kind that its root element tells, as [`ListKind::detect`] does.
    #[must_use]
    pub const fn detecting(limits: Limits) -> Self {
        Self {
            limits,
            head: Vec::new(),
            enough: 0,
            reading: None,
        }
    }

    /// Reads the next piece.
    ///
    /// # Errors
    /// What is wrong with the document, if that ends the reading: it is not well-formed, is not this list, goes over a limit,
    /// or has more errors than are told. No more of it is needed then. That there is none so far says nothing of the schema.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Rejected> {
        if let Some(reading) = &mut self.reading {
            return reading.push(piece);
        }
        // One byte more than may be needed tells that there is more.
        let room = (HEAD_OF_ROOT + 1).saturating_sub(self.head.len());
        let (head, rest) = piece.split_at(piece.len().min(room));
        self.head.extend_from_slice(head);
        if self.head.len() < self.enough {
            return Ok(());
        }
        let kind = match ListKind::look(self.head.get(..HEAD_OF_ROOT).unwrap_or(&self.head), self.limits) {
            Looked::Found(kind) => kind,
            // What is wrong with a document that is no list is the same for each of them.
            Looked::None => ListKind::Zal,
            Looked::Ahead if self.head.len() > HEAD_OF_ROOT => return Err(root_too_late()),
            Looked::Ahead => {
                // It is looked for again when twice as much is there.
                self.enough = (2 * self.head.len()).min(HEAD_OF_ROOT + 1);
                return Ok(());
            }
        };
        self.start(kind)?;
        self.reading.as_mut().map_or(Ok(()), |reading| reading.push(rest))
    }

    /// Ends the document.
    ///
    /// # Errors
    /// Everything that is wrong with the document, up to the limits.
    pub fn finish(mut self) -> Result<Parsed<List>, Rejected> {
        if self.reading.is_none() {
            let kind = match ListKind::look(&self.head, self.limits) {
                Looked::Found(kind) => kind,
                Looked::Ahead if self.head.len() > HEAD_OF_ROOT => return Err(root_too_late()),
                Looked::None | Looked::Ahead => ListKind::Zal,
            };
            self.start(kind)?;
        }
        let Some(reading) = self.reading else {
            return Err(Rejected::incomplete());
        };
        Ok(match reading {
            Readings::Zal(reading) => finish(reading.finish()?).map(List::Zal),
            Readings::Ocl(reading) => finish(reading.finish()?).map(List::Ocl),
            Readings::Gnl(reading) => finish(reading.finish()?).map(List::Gnl),
            Readings::Whl(reading) => finish(reading.finish()?).map(List::Whl),
            Readings::Zakl(reading) => finish(reading.finish()?).map(List::Zakl),
        })
    }

    /// Begins to read as a list of this kind.
    fn start(&mut self, kind: ListKind) -> Result<(), Rejected> {
        let mut reading = Readings::new(kind, self.limits);
        let pushed = reading.push(&std::mem::take(&mut self.head));
        self.reading = Some(reading);
        pushed
    }
}

impl Readings {
    fn new(kind: ListKind, limits: Limits) -> Self {
        fn reading<B: ListBuilder>(limits: Limits) -> Box<Reading<B>> {
            Box::new(Reading::new(B::SCHEMAS, limits))
        }
        match kind {
            ListKind::Zal => Self::Zal(reading(limits)),
            ListKind::Ocl => Self::Ocl(reading(limits)),
            ListKind::Gnl => Self::Gnl(reading(limits)),
            ListKind::Whl => Self::Whl(reading(limits)),
            ListKind::Zakl => Self::Zakl(reading(limits)),
        }
    }

    fn push(&mut self, piece: &[u8]) -> Result<(), Rejected> {
        match self {
            Self::Zal(reading) => reading.push(piece),
            Self::Ocl(reading) => reading.push(piece),
            Self::Gnl(reading) => reading.push(piece),
            Self::Whl(reading) => reading.push(piece),
            Self::Zakl(reading) => reading.push(piece),
        }
    }
}
