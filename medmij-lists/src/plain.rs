//! The plainest form of a document, which nearly all of every list has: white space, tags without attributes, and text
//! without references, read without the detour by events.
//!
//! Nothing is refused here. What is not of this form to the letter stays where it is, for [`reader`](crate::reader).

use medmij_core::xml::is_space;

/// A place in a window, between two tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain<'w> {
    text: &'w str,
    at: usize,
    /// The longest piece of text, tag, or white space that is plain.
    max_text: usize,
    /// Whether a text may hold what is not plain, though it has no markup: a carriage return, or `]]>`.
    has_marks: bool,
}

/// An element with text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf<'w> {
    pub(crate) value: &'w str,
    /// Where the place behind its end tag is.
    end: usize,
}

impl<'w> Plain<'w> {
    pub(crate) const fn new(text: &'w str, at: usize, max_text: usize, has_marks: bool) -> Self {
        Self {
            text,
            at,
            max_text,
            has_marks,
        }
    }

    /// The byte of the window.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// The place behind white space, if markup stands there.
    pub(crate) fn skip_blanks(mut self) -> Option<Self> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let blanks = rest.iter().take_while(|&&b| is_space(b)).count();
        self.at += blanks;
        (rest.get(blanks) == Some(&b'<') && blanks <= self.max_text).then_some(self)
    }

    /// The place behind a start tag of this name and nothing else.
    pub(crate) fn skip_start(mut self, name: &str) -> Option<Self> {
        self.at = self.behind(self.at, "<", name)?;
        Some(self)
    }

    /// The place behind an end tag of this name.
    pub(crate) fn skip_end(mut self, name: &str) -> Option<Self> {
        self.at = self.behind(self.at, "</", name)?;
        Some(self)
    }

    /// The text that stands here, up to an end tag of this name.
    pub(crate) fn leaf(&self, name: &str) -> Option<Leaf<'w>> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let len = memchr::memchr2(b'<', b'&', rest)?;
        let end = self.behind(self.at + len, "</", name)?;
        let value = self.text.get(self.at..self.at + len)?;
        let is_plain = len <= self.max_text && !(self.has_marks && (value.contains('\r') || value.contains("]]>")));
        is_plain.then_some(Leaf { value, end })
    }

    /// The place behind an element with text.
    pub(crate) const fn skip_leaf(mut self, leaf: Leaf<'_>) -> Self {
        self.at = leaf.end;
        self
    }

    fn behind(&self, at: usize, open: &str, name: &str) -> Option<usize> {
        let rest = self.text.as_bytes().get(at..)?;
        let rest = rest.strip_prefix(open.as_bytes())?.strip_prefix(name.as_bytes())?;
        (rest.first() == Some(&b'>')).then(|| at + open.len() + name.len() + 1)
    }
}
