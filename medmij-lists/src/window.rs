//! The part of a document that is being read, and the events that quick-xml finds in it.

use quick_xml::errors::SyntaxError;
use quick_xml::events::Event;

use crate::plain::Plain;

/// The part of a document that is being read: all of it, or what has come of it and was not read yet.
pub(crate) struct Window<'w> {
    text: &'w str,
    xml: quick_xml::Reader<&'w [u8]>,
    /// The byte of the document at which the window starts.
    base: usize,
    /// Where the token starts and ends in the window.
    from: usize,
    to: usize,
    /// Whether the document ends with the window.
    is_last: bool,
    /// Whether there is a carriage return anywhere, or a bracket that may be the start of `]]>`.
    pub(crate) has_marks: bool,
    /// Whether the next token starts at `to`, and quick-xml has seen nothing of it yet.
    is_between: bool,
}

impl<'w> Window<'w> {
    pub(crate) fn new(text: &'w str, base: usize, is_last: bool) -> Self {
        // At its very start quick-xml takes U+FEFF for a byte order mark; in the middle of a document it is text. So it starts
        // with a tag, and gets the text behind that.
        let mut xml = quick_xml::Reader::from_str("<start/>");
        let _ = xml.read_event();
        *xml.get_mut() = text.as_bytes();
        let config = xml.config_mut();
        // Both are checked here, with the place and the words of our own errors.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        Self {
            text,
            xml,
            base,
            from: 0,
            to: 0,
            is_last,
            has_marks: memchr::memchr2(b'\r', b']', text.as_bytes()).is_some(),
            is_between: false,
        }
    }

    /// The place between two tokens, from which plain text can be read, if the window is at one.
    pub(crate) fn plain(&self, max_text: usize) -> Option<Plain<'w>> {
        self.is_between
            .then(|| Plain::new(self.text, self.to, max_text, self.has_marks))
    }

    /// Goes on behind what was plain.
    pub(crate) fn skip_to(&mut self, plain: Plain<'_>) {
        self.to = plain.at();
        *self.xml.get_mut() = self.text.as_bytes().get(self.to..).unwrap_or_default();
    }

    /// How much of the window was read: up to the last token that was not whole.
    pub(crate) const fn used(&self) -> usize {
        self.from
    }

    /// Where the window starts in the document.
    pub(crate) const fn start(&self) -> usize {
        self.base
    }

    /// Where the last token starts in the document.
    pub(crate) const fn at(&self) -> usize {
        self.base + self.from
    }

    /// The next event; `None` if what is left of the window may be no whole token, and more is to come.
    pub(crate) fn next(&mut self) -> Result<Option<Event<'w>>, quick_xml::Error> {
        self.from = self.to;
        let event = self.xml.read_event();
        self.to = self.position();
        match event {
            Ok(Event::Text(_)) if self.to == self.text.len() && !self.is_last => Ok(None),
            Ok(Event::Eof) if !self.is_last => Ok(None),
            Ok(event) => {
                self.is_between = !matches!(event, Event::Text(_));
                Ok(Some(event))
            }
            // The rest of the token may come with the next window.
            Err(error) if self.may_go_on(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a token that is wrong may be so only because the window ends. quick-xml does not go on from a token that is
    /// cut off, but for a reference, of which it takes all there is.
    const fn may_go_on(&self, error: &quick_xml::Error) -> bool {
        let is_unknown_markup = matches!(error, quick_xml::Error::Syntax(SyntaxError::InvalidBangMarkup));
        let is_cut_off = if is_unknown_markup {
            self.text.len() - self.from < "<!-".len()
        } else {
            self.to == self.from || self.to == self.text.len()
        };
        !self.is_last && is_cut_off
    }

    /// Where quick-xml is, by what it has left.
    fn position(&self) -> usize {
        self.text.len() - self.xml.get_ref().len()
    }

    /// The token without so many bytes before and behind it.
    pub(crate) fn inner(&self, before: usize, behind: usize) -> &'w str {
        self.text
            .get(self.from + before..self.to.saturating_sub(behind))
            .unwrap_or_default()
    }
}
