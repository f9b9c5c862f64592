//! A text as it stands in the bytes, and what it says.

use std::borrow::Cow;

/// A text that is not decoded before anybody wants to read it.
#[derive(Clone, Copy)]
pub(crate) struct Text<'b> {
    raw: &'b str,
    form: Form,
}

/// How a text is written.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Form {
    /// It stands there as it is.
    Plain,
    /// With the escapes of JSON.
    Json,
    /// With the references and the white space of an attribute in XML.
    Xml,
    /// The name of an element of XML, for what stands beside its value: JSON writes `_` before it.
    Beside,
    /// The name of an attribute of XML that FHIR has not: `@` before it keeps it apart from elements.
    Attribute,
}

impl<'b> Text<'b> {
    pub(crate) const fn new(raw: &'b str, form: Form) -> Self {
        Self { raw, form }
    }

    /// What it says. A surrogate without its partner is U+FFFD.
    pub(crate) fn decode(self) -> Cow<'b, str> {
        match self.form {
            Form::Plain => Cow::Borrowed(self.raw),
            Form::Json => Cow::Owned(units(self.raw).map(|unit| unit.unwrap_or('\u{FFFD}')).collect()),
            Form::Xml => Cow::Owned(crate::xml::decode(self.raw)),
            Form::Beside => Cow::Owned(format!("_{}", self.raw)),
            Form::Attribute => Cow::Owned(format!("@{}", self.raw)),
        }
    }

    pub(crate) fn is(self, text: &str) -> bool {
        match self.form {
            Form::Plain => self.raw == text,
            // Nothing is decoded that is not looked at: a name may be as long as the input.
            Form::Json => {
                let mut chars = text.chars();
                let same = |unit: Result<char, Lone>| chars.next() == Some(unit.unwrap_or('\u{FFFD}'));
                self.raw.len() >= text.len() && units(self.raw).all(same) && chars.next().is_none()
            }
            Form::Beside => text.strip_prefix('_') == Some(self.raw),
            Form::Attribute => text.strip_prefix('@') == Some(self.raw),
            Form::Xml => self.decode() == text,
        }
    }

    /// Whether both say the same.
    pub(crate) fn same(self, other: Self) -> bool {
        match (self.form, other.form) {
            (Form::Plain, Form::Plain) => self.raw == other.raw,
            _ => self.decode() == other.decode(),
        }
    }

    /// If it holds a surrogate without its partner.
    pub(crate) fn has_lone_surrogate(self) -> bool {
        self.form == Form::Json && units(self.raw).any(|unit| unit.is_err())
    }

    /// The characters of a text with the escapes of JSON, and the surrogates without their partners.
    pub(crate) fn units(self) -> impl Iterator<Item = Result<char, Lone>> + 'b {
        units(self.raw)
    }

    /// Whether it is the name of what stands beside a value of XML.
    pub(crate) fn is_beside(self) -> bool {
        self.form == Form::Beside
    }

    /// Whether it is the name of an attribute that FHIR has not, of no other namespace.
    pub(crate) fn is_attribute(self) -> bool {
        self.form == Form::Attribute && !self.raw.contains(':')
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.raw.is_empty()
    }
}

/// Where a text stands in the source: eight bytes instead of a pointer, a length and a form.
///
/// A source is shorter than 512 MiB ([`Limits::MAX_BYTES`](crate::Limits::MAX_BYTES)), so that the form fits beside the length.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    start: u32,
    /// The form in the three highest bits.
    length: u32,
}

impl Span {
    pub(crate) const NONE: Self = Self {
        start: u32::MAX,
        length: 0,
    };
    const FORM: u32 = 29;

    pub(crate) fn of(text: Text<'_>, source: &str) -> Self {
        let start = text.raw.as_ptr().addr().wrapping_sub(source.as_ptr().addr());
        let (Ok(start), Ok(length)) = (u32::try_from(start), u32::try_from(text.raw.len())) else {
            return Self::NONE;
        };
        let form = match text.form {
            Form::Plain => 0,
            Form::Json => 1,
            Form::Xml => 2,
            Form::Beside => 3,
            Form::Attribute => 4,
        };
        Self {
            start,
            length: length | (form << Self::FORM),
        }
    }

    pub(crate) fn maybe(text: Option<Text<'_>>, source: &str) -> Self {
        text.map_or(Self::NONE, |text| Self::of(text, source))
    }

    pub(crate) fn text(self, source: &str) -> Option<Text<'_>> {
        let form = match self.length >> Self::FORM {
            0 => Form::Plain,
            1 => Form::Json,
            2 => Form::Xml,
            3 => Form::Beside,
            _ => Form::Attribute,
        };
        let length = self.length & ((1 << Self::FORM) - 1);
        let range = self.start as usize..self.start as usize + length as usize;
        Some(Text::new(source.get(range)?, form))
    }

    /// Where it stands in the source.
    pub(crate) const fn range(self) -> Option<std::ops::Range<usize>> {
        let length = (self.length & ((1 << Self::FORM) - 1)) as usize;
        let start = self.start as usize;
        if self.is_some() {
            Some(start..start + length)
        } else {
            None
        }
    }

    /// Whether both can say the same: what stands as it is only says the same as what is as long, or is escaped.
    pub(crate) const fn may_be(self, other: Self) -> bool {
        self.length == other.length || (self.length | other.length) >> Self::FORM != 0
    }

    pub(crate) const fn is_some(self) -> bool {
        self.start != u32::MAX
    }
}

/// A surrogate without its partner.
pub(crate) struct Lone(pub(crate) u32);

/// The characters of a text whose escapes are well-formed.
fn units(raw: &str) -> impl Iterator<Item = Result<char, Lone>> + '_ {
    let mut rest = raw;
    std::iter::from_fn(move || {
        let c = rest.chars().next()?;
        if c != '\\' {
            rest = rest.get(c.len_utf8()..)?;
            return Some(Ok(c));
        }
        let code = rest.as_bytes().get(1)?;
        if *code != b'u' {
            rest = rest.get(2..)?;
            return Some(Ok(match code {
                b'b' => '\u{8}',
                b'f' => '\u{C}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                other => char::from(*other),
            }));
        }
        let first = hex(rest)?;
        rest = rest.get(6..)?;
        if let Some(c) = char::from_u32(first) {
            return Some(Ok(c));
        }
        let second = rest.starts_with("\\u").then(|| hex(rest)).flatten();
        match second {
            Some(second) if first < 0xDC00 && (0xDC00..0xE000).contains(&second) => {
                rest = rest.get(6..)?;
                let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                Some(char::from_u32(code).ok_or(Lone(first)))
            }
            _ => Some(Err(Lone(first))),
        }
    })
}

/// The number of `\uXXXX`.
fn hex(text: &str) -> Option<u32> {
    u32::from_str_radix(text.get(2..6)?, 16).ok()
}
