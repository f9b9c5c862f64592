//! From the bytes of a document, whole or in pieces, to the validator.

use medmij_core::xml::find_forbidden_char;

use crate::encoding::{Decoder, Encoding, HEAD, Start};
use crate::error::{ListRule, Rejected, Seen};
use crate::fault::Fault;
use crate::findings::Findings;
use crate::limits::Limits;
use crate::position::Position;
use crate::reader::{Reader, Token};
use crate::schema::{Builder, Schema};
use crate::validate::{Validated, Validator};
use crate::window::Window;

/// How much of a document is decoded at once, how much is kept until it is read, and how much shows what its root is.
const PIECE: usize = 16 << 10;
const WINDOW: usize = 4 * PIECE;
pub(crate) const HEAD_OF_ROOT: usize = 256 << 10;

/// Reads a document that is there as a whole.
pub(crate) fn validate<B: Builder + Default>(
    bytes: &[u8],
    schemas: &'static [Schema<B::Field>],
    limits: &Limits,
) -> Result<Validated<B>, Rejected> {
    // A document in UTF-8, if it is right, is read where it stands; any other in pieces, which gives the faults their place.
    if bytes.len() <= max_bytes(limits)
        && let Ok(start) = Start::detect(bytes)
        && start.encoding == Encoding::Utf8
        && let Ok(text) = std::str::from_utf8(bytes.get(start.mark..).unwrap_or_default())
        && find_forbidden_char(text).is_none()
        && !text.starts_with(MARK)
    {
        let mut validator = Validator::<B>::new(schemas, start, *limits);
        let read = validator.read(Position::START, text, true);
        validator.locate(Position::START, text);
        return match read {
            Ok(_) => validator.finish(),
            Err(fault) => {
                let (before, here) = text.split_at_checked(fault.at).unwrap_or((text, ""));
                Err(validator.fatal(fault, Position::START.behind(before), here))
            }
        };
    }
    let mut reading = Reading::<B>::new(schemas, *limits);
    reading.push(bytes)?;
    reading.finish()
}

/// The limit on a document. Places in its texts are counted in four bytes, whatever the caller would allow.
fn max_bytes(limits: &Limits) -> usize {
    limits.max_bytes.min(u32::MAX as usize)
}

/// A document of which one piece comes after another. No more of it is kept than a window, and what the list needs.
#[derive(Debug)]
pub(crate) struct Reading<B: Builder> {
    schemas: &'static [Schema<B::Field>],
    limits: Limits,
    /// How much is decoded before it is read.
    window_size: usize,
    bytes: usize,
    /// The bytes before the encoding is known.
    head: Vec<u8>,
    started: Option<Started<B>>,
    rejected: Option<Rejected>,
}

#[derive(Debug)]
struct Started<B: Builder> {
    decoder: Decoder,
    /// What was decoded and not read yet, and how much of that there is to be.
    window: String,
    window_size: usize,
    /// How long the window must be before it is read again.
    enough: usize,
    /// Where the window starts.
    start: Position,
    validator: Validator<B>,
}

impl<B: Builder + Default> Reading<B> {
    pub(crate) fn new(schemas: &'static [Schema<B::Field>], limits: Limits) -> Self {
        Self {
            schemas,
            limits,
            window_size: WINDOW,
            bytes: 0,
            head: Vec::new(),
            started: None,
            rejected: None,
        }
    }

    /// Reads the next piece. Once refused, a document stays so.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), Rejected> {
        if let Some(rejected) = &self.rejected {
            return Err(rejected.clone());
        }
        let read = self.read(piece);
        if let Err(rejected) = &read {
            self.rejected = Some(rejected.clone());
        }
        read
    }

    /// Reads what is left.
    pub(crate) fn finish(mut self) -> Result<Validated<B>, Rejected> {
        if let Some(rejected) = self.rejected {
            return Err(rejected);
        }
        if self.started.is_none() {
            self.start()?;
        }
        match self.started {
            Some(started) => started.finish(),
            None => Err(Rejected::incomplete()),
        }
    }

    fn read(&mut self, piece: &[u8]) -> Result<(), Rejected> {
        self.bytes = self.bytes.saturating_add(piece.len());
        let max_bytes = max_bytes(&self.limits);
        if self.bytes > max_bytes {
            let expected = format!("at most {max_bytes} bytes");
            return Err(self.refuse(Fault::unseen(ListRule::LimitBytes, 0, expected)));
        }
        let mut piece = piece;
        if self.started.is_none() {
            let (head, rest) = piece.split_at(piece.len().min(HEAD.saturating_sub(self.head.len())));
            self.head.extend_from_slice(head);
            if self.head.len() < HEAD {
                return Ok(());
            }
            self.start()?;
            piece = rest;
        }
        for piece in piece.chunks(PIECE) {
            let pushed = self
                .started
                .as_mut()
                .map_or(Ok(()), |started| started.push(piece, &self.limits));
            if let Err(fault) = pushed {
                return Err(self.refuse(fault));
            }
        }
        Ok(())
    }

    fn start(&mut self) -> Result<(), Rejected> {
        let start =
            Start::detect(&self.head).map_err(|expected| self.refuse(Fault::new(ListRule::Encoding, 0, expected)))?;
        let mut started = Started {
            decoder: Decoder::new(start.encoding),
            window: String::new(),
            window_size: self.window_size,
            enough: self.window_size,
            start: Position::START,
            validator: Validator::new(self.schemas, start, self.limits),
        };
        let pushed = started.push(self.head.get(start.mark..).unwrap_or_default(), &self.limits);
        self.started = Some(started);
        pushed.map_err(|fault| self.refuse(fault))
    }

    /// Ends the document at a fault.
    fn refuse(&mut self, fault: Fault) -> Rejected {
        match self.started.take() {
            Some(started) => started.fatal(fault),
            None => {
                let start = Start {
                    encoding: Encoding::Utf8,
                    mark: 0,
                    must_declare: false,
                };
                Validator::<B>::new(self.schemas, start, self.limits).fatal(fault, Position::START, "")
            }
        }
    }
}

impl<B: Builder + Default> Started<B> {
    fn push(&mut self, piece: &[u8], limits: &Limits) -> Result<(), Fault> {
        let before = self.window.len();
        let decoded = self.decoder.decode(piece, &mut self.window);
        let at = self.start.byte + before;
        if self.start.byte == 0 && self.window.starts_with(MARK) {
            return Err(Fault::unseen(ListRule::WellFormed, 0, "one byte order mark at most"));
        }
        if let Some(offset) = find_forbidden_char(self.window.get(before..).unwrap_or_default()) {
            let expected = "only characters that XML 1.0 allows";
            return Err(Fault::unseen(ListRule::WellFormed, at + offset, expected));
        }
        decoded.map_err(|expected| self.undecodable(expected))?;
        if self.window.len() < self.enough {
            return Ok(());
        }
        let used = self.validator.read(self.start, &self.window, false)?;
        let text = self.window.get(..used).unwrap_or_default();
        self.validator.leave(self.start, text);
        self.start = self.start.behind(text);
        self.window.drain(..used);
        // A token that is not whole is looked at again only when twice as much has come, so that the work stays linear.
        self.enough = self.window_size.max(2 * self.window.len());
        // Behind the longest token that the limits allow there is always something to read.
        if self.window.len() > limits.max_text.saturating_add(16) {
            return Err(self.validator.too_long());
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Validated<B>, Rejected> {
        let read = match self.decoder.finish() {
            Ok(()) => self.validator.read(self.start, &self.window, true),
            Err(expected) => Err(self.undecodable(expected)),
        };
        match read {
            Ok(_) => {
                self.validator.locate(self.start, &self.window);
                self.validator.finish()
            }
            Err(fault) => Err(self.fatal(fault)),
        }
    }

    fn undecodable(&self, expected: &'static str) -> Fault {
        Fault::unseen(ListRule::Encoding, self.start.byte + self.window.len(), expected)
    }

    fn fatal(mut self, fault: Fault) -> Rejected {
        self.validator.locate(self.start, &self.window);
        let at = fault.at.saturating_sub(self.start.byte);
        let (before, here) = self.window.split_at_checked(at).unwrap_or((&self.window, ""));
        self.validator.fatal(fault, self.start.behind(before), here)
    }
}

const MARK: char = '\u{FEFF}';

/// What the first bytes of a document show of its root element.
pub(crate) enum Root {
    /// Its namespace and local name.
    Is(String, String),
    /// It is none that could be read.
    Wrong,
    /// It may come behind these bytes.
    Ahead,
}

/// Looks for the root element of a document that starts with these bytes.
pub(crate) fn root_of(head: &[u8], limits: Limits) -> Root {
    let Ok(start) = Start::detect(head) else {
        return Root::Wrong;
    };
    let mut text = String::new();
    // A document that cannot be decoded further on has a root nevertheless.
    let _ = Decoder::new(start.encoding).decode(head.get(start.mark..).unwrap_or_default(), &mut text);
    let mut reader = Reader::new(start, limits);
    match reader.next(&mut Window::new(&text, 0, false)) {
        Ok(Token::More) => Root::Ahead,
        Ok(Token::Start(tag)) => match reader.enter(tag) {
            Ok((prefix, local)) => match reader.namespaces().of_element(prefix, 0) {
                Ok(namespace) => Root::Is(namespace.to_owned(), local.to_owned()),
                Err(_) => Root::Wrong,
            },
            Err(_) => Root::Wrong,
        },
        _ => Root::Wrong,
    }
}

/// The refusal of a document of which the root does not come soon enough to tell what it is.
pub(crate) fn root_too_late() -> Rejected {
    let fault = Fault::unseen(
        ListRule::LimitText,
        HEAD_OF_ROOT,
        format!("the root element within the first {HEAD_OF_ROOT} bytes, where it must tell which list this is"),
    );
    let position = Position {
        byte: HEAD_OF_ROOT,
        ..Position::START
    };
    Findings::new(Limits::default()).fatal(fault, position, String::new(), "", Seen::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::{ListBuilder, finish};
    use crate::gnl::GnlBuilder;

    /// Documents in which every kind of token may be cut in two.
    const DOCUMENTS: [&str; 8] = [
        "<?xml version='1.0' encoding='UTF-8'?>\r\n<!-- c --><g:Gegevensdienstnamenlijst xmlns:g='NS' x='1'>\r\n\
         <g:Tijdstempel>2026-11-01T08:00:00.1</g:Tijdstempel><?p i?><g:Volgnummer>1</g:Volgnummer>\r\
         <g:Gegevensdiensten><g:Gegevensdienst><g:GegevensdienstId><![CDATA[4]]>&#56;<!-- c --></g:GegevensdienstId >\
         <g:Weergavenaam>\u{FEFF}\u{1D4B3}&amp;\r\né</g:Weergavenaam>stray</g:Gegevensdienst>\
         <g:Gegevensdienst><g:GegevensdienstId>48</g:GegevensdienstId><g:Weergavenaam>x</g:Weergavenaam>\
         </g:Gegevensdienst></g:Gegevensdiensten></g:Gegevensdienstnamenlijst>\n<!-- end -->",
        "<Gegevensdienstnamenlijst xmlns='NS'>\n  <Tijdstempel>2026-11-01T08:00:00Z</Tijdstempel>\n  \
         <Volgnummer>7</Volgnummer>\n  <Gegevensdiensten>\n    <Gegevensdienst>\n      \
         <GegevensdienstId>~</GegevensdienstId>\n      <Weergavenaam>a ] b\rc</Weergavenaam>\n    \
         </Gegevensdienst>\n  </Gegevensdiensten>\n</Gegevensdienstnamenlijst>",
        "<Gegevensdienstnamenlijst xmlns='NS'>\n<Tijdstempel>x</Tijdstempel><Volgnummer>0</Volgnummer>\n<a>&lt;</a>",
        "<Gegevensdienstnamenlijst xmlns='NS'><Tijdstempel>a]]>b</Tijdstempel>",
        "<Gegevensdienstnamenlijst xmlns='NS'><Tijdstempel>a & b</Tijdstempel>",
        "<Gegevensdienstnamenlijst xmlns='NS'><!- x -><Tijdstempel>",
        "<Gegevensdienstnamenlijst xmlns='NS'><Tijdstempel><!DOCTYPE x><![CDATA[",
        "<!-- only a comment -->\u{1}",
    ];

    #[test]
    fn pieces_are_judged_as_the_whole() {
        for document in DOCUMENTS {
            let document = document.replace("NS", crate::gnl::RELEASE1);
            let limits = Limits::default();
            let whole = validate::<GnlBuilder>(document.as_bytes(), GnlBuilder::SCHEMAS, &limits).map(finish);
            for (size, window_size) in [(1, 1), (3, 1), (5, 40), (64, 10), (1_000, 1), (100, 1_000)] {
                let mut reading = Reading::<GnlBuilder>::new(GnlBuilder::SCHEMAS, limits);
                reading.window_size = window_size;
                let mut pieces = document.as_bytes().chunks(size);
                let pushed = pieces.try_for_each(|piece| reading.push(piece));
                let read = pushed.and_then(|()| reading.finish()).map(finish);
                match (&whole, &read) {
                    (Ok(whole), Ok(read)) => {
                        assert_eq!(whole.warnings, read.warnings);
                        assert_eq!(whole.list.gegevensdiensten(), read.list.gegevensdiensten());
                    }
                    (Err(whole), Err(read)) => assert_eq!(whole, read, "{size} {window_size}\n{document}"),
                    _ => panic!("{whole:?}\nbut in pieces of {size}\n{read:?}"),
                }
            }
        }
    }

    /// What a document is without the plain way of reading.
    fn by_events<B: ListBuilder>(document: &str) -> Result<Validated<B>, Rejected> {
        let start = Start::detect(document.as_bytes()).unwrap();
        let text = document.strip_prefix(MARK).unwrap_or(document);
        let mut validator = Validator::<B>::new(B::SCHEMAS, start, Limits::default());
        validator.by_events_only = true;
        let read = validator.read(Position::START, text, true);
        validator.locate(Position::START, text);
        match read {
            Ok(_) => validator.finish(),
            Err(fault) => {
                let (before, here) = text.split_at_checked(fault.at).unwrap_or((text, ""));
                Err(validator.fatal(fault, Position::START.behind(before), here))
            }
        }
    }

    fn compare_ways<B: ListBuilder<List: PartialEq + std::fmt::Debug>>(document: &[u8]) -> bool {
        let Ok(text) = std::str::from_utf8(document) else {
            return false;
        };
        let is_read = |text: &str| find_forbidden_char(text).is_none() && !text.starts_with(MARK);
        if !Start::detect(document).is_ok_and(|start| start.encoding == Encoding::Utf8)
            || !is_read(text.strip_prefix(MARK).unwrap_or(text))
        {
            return false;
        }
        let plain = validate::<B>(document, B::SCHEMAS, &Limits::default()).map(finish);
        match (plain, by_events::<B>(text).map(finish)) {
            (Ok(plain), Ok(by_events)) => {
                assert_eq!(plain.list, by_events.list, "{text}");
                assert_eq!(plain.warnings, by_events.warnings, "{text}");
            }
            (Err(plain), Err(by_events)) => assert_eq!(plain, by_events, "{text}"),
            (plain, by_events) => panic!("{plain:?}\nby events: {by_events:?}\n{text}"),
        }
        true
    }

    /// The corpora of the fuzz targets, each document read in both ways.
    #[test]
    fn the_plain_way_changes_nothing() {
        let mut compared = 0;
        for kind in crate::ListKind::ALL {
            let folder = format!("{}/../fuzz/corpus/{kind}", env!("CARGO_MANIFEST_DIR"));
            for file in std::fs::read_dir(folder).unwrap() {
                let document = std::fs::read(file.unwrap().path()).unwrap();
                compared += usize::from(match kind {
                    crate::ListKind::Zal => compare_ways::<crate::zal::ZalBuilder>(&document),
                    crate::ListKind::Ocl => compare_ways::<crate::ocl::OclBuilder>(&document),
                    crate::ListKind::Gnl => compare_ways::<GnlBuilder>(&document),
                    crate::ListKind::Whl => compare_ways::<crate::whl::WhlBuilder>(&document),
                    crate::ListKind::Zakl => compare_ways::<crate::zakl::ZaklBuilder>(&document),
                });
            }
        }
        assert!(compared > 300, "{compared} documents");
    }
}
