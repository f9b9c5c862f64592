//! What a Bundle is made of, whichever of its two forms it is written in.
//!
//! The tokens are those of JSON. XML gives the same: an element is a member, its `value` a string, what stands beside the value a
//! member with `_` before its name, a resource an object with its `resourceType`. What may stand more than once is an array in
//! JSON; in XML the member comes again.

use crate::text::Text;

/// A piece of a Bundle.
#[derive(Clone, Copy)]
pub(crate) enum Token<'b> {
    ObjectStart,
    ObjectEnd,
    ArrayStart,
    ArrayEnd,
    /// The name of a member, whose value follows.
    Name(Text<'b>),
    String(Text<'b>),
    /// A number by its literal.
    Number(&'b str),
    True,
    False,
    Null,
    /// Behind the one value there is nothing more.
    End,
}

/// Why bytes are not of their form, and where.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SyntaxError {
    pub(crate) kind: SyntaxErrorKind,
    /// The byte.
    pub(crate) at: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SyntaxErrorKind {
    Syntax,
    CutOff,
    Trailing,
    Depth,
    /// More values than a canonical form is made of.
    TooManyValues,
    /// Of XML: an element that is not of FHIR's namespace.
    Namespace,
    /// Of XML: a document type, which may define anything.
    Doctype,
    /// Of XML: a reference to a character or entity that there is not.
    Reference,
    /// Of XML: it says that it is written in something else than UTF-8.
    Encoding,
}

/// A text, token by token: nothing is copied, nothing recursive, and what is not of its form is refused.
pub(crate) trait Tokens<'b> {
    const IS_XML: bool;

    fn next(&mut self) -> Result<Token<'b>, SyntaxError>;

    /// Where the last token began.
    fn start(&self) -> usize;

    /// Behind the last token.
    fn at(&self) -> usize;

    /// What stands before the names of FHIR's elements, in XML.
    fn prefix(&self) -> &'b str {
        ""
    }

    /// How many arrays and objects are open.
    fn depth(&self) -> usize;

    /// Passes over the array or object that the last token began.
    fn skip(&mut self) -> Result<(), SyntaxError> {
        self.skip_from(self.depth())
    }

    /// Goes on until fewer than so many arrays and objects are open.
    fn skip_from(&mut self, depth: usize) -> Result<(), SyntaxError> {
        while self.depth() >= depth {
            self.next()?;
        }
        Ok(())
    }

    /// Passes over the value that the last token began.
    fn pass(&mut self, token: Token<'b>) -> Result<(), SyntaxError> {
        match token {
            Token::ObjectStart | Token::ArrayStart => self.skip(),
            _ => Ok(()),
        }
    }

    /// Passes over a value.
    fn value(&mut self) -> Result<(), SyntaxError> {
        let token = self.next()?;
        self.pass(token)
    }

    /// A string, or `None` of anything else.
    fn text(&mut self) -> Result<Option<Text<'b>>, SyntaxError> {
        match self.next()? {
            Token::String(text) => Ok(Some(text)),
            other => {
                self.pass(other)?;
                Ok(None)
            }
        }
    }
}
