//! JSON, token by token, over the bytes as they stand: nothing is copied, nothing recursive, and what is no JSON is refused.

use crate::scan::plain;
use crate::text::{Form, Text};
use crate::token::{SyntaxError, SyntaxErrorKind, Token, Tokens};

#[derive(Clone, Copy)]
enum State {
    Value,
    FirstItem,
    FirstName,
    Behind,
    Done,
}

pub(crate) struct Reader<'b> {
    text: &'b str,
    at: usize,
    /// Where the last token began.
    start: usize,
    /// What is open: an object, or else an array.
    open: Vec<bool>,
    /// How many of these are levels.
    levels: usize,
    max_levels: usize,
    state: State,
}

impl<'b> Reader<'b> {
    /// Reads from a byte on, behind a byte order mark. A level is an object, or an array that is no value of a member: so
    /// JSON has as many as the XML of the same has elements around resources and values.
    pub(crate) const fn new(text: &'b str, at: usize, max_levels: usize) -> Self {
        Self {
            text,
            at,
            start: at,
            open: Vec::new(),
            levels: 0,
            max_levels,
            state: State::Value,
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    const fn error(&self, kind: SyntaxErrorKind) -> SyntaxError {
        SyntaxError { kind, at: self.at }
    }

    fn unexpected(&self) -> SyntaxError {
        self.error(if self.byte().is_none() {
            SyntaxErrorKind::CutOff
        } else {
            SyntaxErrorKind::Syntax
        })
    }

    fn skip_space(&mut self) {
        let bytes = self.text.as_bytes();
        loop {
            // Indentation comes in runs.
            while bytes.get(self.at..self.at + 8) == Some(b"        ") {
                self.at += 8;
            }
            match bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                _ => return,
            }
        }
    }

    fn behind(&mut self) -> Result<Token<'b>, SyntaxError> {
        match (self.open.last(), self.byte()) {
            (Some(true), Some(b'}')) => Ok(self.close(Token::ObjectEnd)),
            (Some(false), Some(b']')) => Ok(self.close(Token::ArrayEnd)),
            (Some(is_object), Some(b',')) => {
                let is_object = *is_object;
                self.at += 1;
                self.skip_space();
                self.start = self.at;
                if is_object { self.name() } else { self.value() }
            }
            _ => Err(self.unexpected()),
        }
    }

    fn close(&mut self, token: Token<'b>) -> Token<'b> {
        self.at += 1;
        if let Some(is_object) = self.open.pop()
            && self.is_level(is_object)
        {
            self.levels -= 1;
        }
        self.ended();
        token
    }

    fn ended(&mut self) {
        self.state = if self.open.is_empty() {
            State::Done
        } else {
            State::Behind
        };
    }

    /// Whether what is opened here, or was, is a level.
    fn is_level(&self, is_object: bool) -> bool {
        is_object || self.open.last() != Some(&true)
    }

    fn open(&mut self, is_object: bool) -> Result<(), SyntaxError> {
        if self.is_level(is_object) {
            if self.levels >= self.max_levels {
                return Err(self.error(SyntaxErrorKind::Depth));
            }
            self.levels += 1;
        }
        self.open.push(is_object);
        self.at += 1;
        Ok(())
    }

    fn name(&mut self) -> Result<Token<'b>, SyntaxError> {
        if self.byte() != Some(b'"') {
            return Err(self.unexpected());
        }
        let name = self.string()?;
        self.skip_space();
        if self.byte() != Some(b':') {
            return Err(self.unexpected());
        }
        self.at += 1;
        self.state = State::Value;
        Ok(Token::Name(name))
    }

    fn value(&mut self) -> Result<Token<'b>, SyntaxError> {
        let token = match self.byte() {
            Some(b'{') => {
                self.open(true)?;
                self.state = State::FirstName;
                return Ok(Token::ObjectStart);
            }
            Some(b'[') => {
                self.open(false)?;
                self.state = State::FirstItem;
                return Ok(Token::ArrayStart);
            }
            Some(b'"') => Token::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Token::Number(self.number()?),
            Some(b't') => self.literal("true", Token::True)?,
            Some(b'f') => self.literal("false", Token::False)?,
            Some(b'n') => self.literal("null", Token::Null)?,
            _ => return Err(self.unexpected()),
        };
        self.ended();
        Ok(token)
    }

    fn literal(&mut self, word: &str, token: Token<'b>) -> Result<Token<'b>, SyntaxError> {
        for wanted in word.bytes() {
            if self.byte() != Some(wanted) {
                return Err(self.unexpected());
            }
            self.at += 1;
        }
        Ok(token)
    }

    fn digits(&mut self) -> Result<(), SyntaxError> {
        let before = self.at;
        while matches!(self.byte(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == before {
            Err(self.unexpected())
        } else {
            Ok(())
        }
    }

    fn number(&mut self) -> Result<&'b str, SyntaxError> {
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    /// The string that begins here, checked, without its quotes.
    fn string(&mut self) -> Result<Text<'b>, SyntaxError> {
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += plain(self.text.as_bytes().get(self.at..).unwrap_or_default(), [b'"', b'\\']);
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 1;
                    self.escape()?;
                }
                // A control character, or the end.
                _ => return Err(self.unexpected()),
            }
        }
        let raw = self.text.get(start..self.at).unwrap_or_default();
        self.at += 1;
        Ok(Text::new(raw, if escaped { Form::Json } else { Form::Plain }))
    }

    fn escape(&mut self) -> Result<(), SyntaxError> {
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.byte().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.unexpected());
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.unexpected()),
        }
        Ok(())
    }
}

impl<'b> Tokens<'b> for Reader<'b> {
    const IS_XML: bool = false;

    fn next(&mut self) -> Result<Token<'b>, SyntaxError> {
        self.skip_space();
        self.start = self.at;
        match self.state {
            State::Value => self.value(),
            State::FirstItem if self.byte() == Some(b']') => Ok(self.close(Token::ArrayEnd)),
            State::FirstItem => self.value(),
            State::FirstName if self.byte() == Some(b'}') => Ok(self.close(Token::ObjectEnd)),
            State::FirstName => self.name(),
            State::Behind => self.behind(),
            State::Done => match self.byte() {
                None => Ok(Token::End),
                Some(_) => Err(self.error(SyntaxErrorKind::Trailing)),
            },
        }
    }

    fn start(&self) -> usize {
        self.start
    }

    fn at(&self) -> usize {
        self.at
    }

    fn depth(&self) -> usize {
        self.open.len()
    }
}
