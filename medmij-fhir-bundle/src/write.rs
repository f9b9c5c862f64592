//! What this crate writes itself, in JSON or XML alike: OperationOutcomes, and what stands around the resources of a Bundle.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::Format;

/// Writes members, one after another; what is begun is ended.
pub(crate) struct Writer<W> {
    out: W,
    format: Format,
    open: Vec<Open>,
}

struct Open {
    kind: Kind,
    /// How many members or items it has.
    count: usize,
}

enum Kind {
    Object(&'static str),
    List,
    /// A resource, and the member that it is the value of.
    Resource(&'static str, Option<&'static str>),
}

impl<W: Write> Writer<W> {
    pub(crate) const fn new(out: W, format: Format) -> Self {
        let open = Vec::new();
        Self { out, format, open }
    }

    /// What stands before a member or item: a comma, and in JSON the name of a member.
    fn before(&mut self, name: Option<&'static str>) -> io::Result<()> {
        if self.format == Format::Xml {
            return Ok(());
        }
        let mut in_list = false;
        if let Some(open) = self.open.last_mut() {
            if open.count > 0 {
                self.out.write_all(b",")?;
            }
            open.count += 1;
            in_list = matches!(open.kind, Kind::List);
        }
        match name {
            Some(name) if !in_list => write!(self.out, "\"{name}\":"),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, kind: Kind) {
        self.open.push(Open { kind, count: 0 });
    }

    /// The whole, or the value of a member.
    pub(crate) fn resource(&mut self, resource_type: &'static str, member: Option<&'static str>) -> io::Result<()> {
        let is_root = self.open.is_empty();
        self.before(member)?;
        match self.format {
            Format::Json => write!(self.out, "{{\"resourceType\":\"{resource_type}\"")?,
            Format::Xml => {
                if let Some(member) = member {
                    write!(self.out, "<{member}>")?;
                }
                let declared = if is_root { " xmlns=\"http://hl7.org/fhir\"" } else { "" };
                write!(self.out, "<{resource_type}{declared}>")?;
            }
        }
        self.begin(Kind::Resource(resource_type, member));
        if let Some(open) = self.open.last_mut() {
            open.count = 1;
        }
        Ok(())
    }

    /// An object, as the value of a member.
    pub(crate) fn object(&mut self, name: &'static str) -> io::Result<()> {
        self.before(Some(name))?;
        match self.format {
            Format::Json => self.out.write_all(b"{")?,
            Format::Xml => write!(self.out, "<{name}>")?,
        }
        self.begin(Kind::Object(name));
        Ok(())
    }

    /// What stands more than once: begin each with [`object`](Self::object) or [`resource`](Self::resource) of the same name.
    pub(crate) fn list(&mut self, name: &'static str) -> io::Result<()> {
        self.before(Some(name))?;
        if self.format == Format::Json {
            self.out.write_all(b"[")?;
        }
        self.begin(Kind::List);
        Ok(())
    }

    /// Ends what was begun last.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        let Some(Open { kind, .. }) = self.open.pop() else {
            return Ok(());
        };
        match (self.format, kind) {
            (Format::Json, Kind::List) => self.out.write_all(b"]"),
            (Format::Json, _) => self.out.write_all(b"}"),
            (Format::Xml, Kind::List) => Ok(()),
            (Format::Xml, Kind::Object(name)) => write!(self.out, "</{name}>"),
            (Format::Xml, Kind::Resource(name, member)) => {
                write!(self.out, "</{name}>")?;
                member.map_or(Ok(()), |member| write!(self.out, "</{member}>"))
            }
        }
    }

    /// A text, as the value of a member or an item of a list.
    pub(crate) fn text(&mut self, name: &'static str, text: &str) -> io::Result<()> {
        self.before(Some(name))?;
        match self.format {
            Format::Json => write!(self.out, "\"{}\"", escaped(text, Format::Json)),
            Format::Xml => write!(self.out, "<{name} value=\"{}\"/>", escaped(text, Format::Xml)),
        }
    }

    /// A resource that is written already, as the value of a member.
    pub(crate) fn written(
        &mut self,
        name: &'static str,
        write: impl FnOnce(&mut W) -> io::Result<()>,
    ) -> io::Result<()> {
        self.before(Some(name))?;
        if self.format == Format::Xml {
            write!(self.out, "<{name}>")?;
        }
        write(&mut self.out)?;
        if self.format == Format::Xml {
            write!(self.out, "</{name}>")?;
        }
        Ok(())
    }

    /// A text that is written piece by piece, of characters that stand as they are.
    pub(crate) fn long_text(
        &mut self,
        name: &'static str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        self.before(Some(name))?;
        match self.format {
            Format::Json => self.out.write_all(b"\"")?,
            Format::Xml => write!(self.out, "<{name} value=\"")?,
        }
        write(&mut self.out)?;
        self.out.write_all(match self.format {
            Format::Json => b"\"",
            Format::Xml => b"\"/>",
        })
    }
}

/// A text as it stands between quotes.
pub(crate) fn escaped(text: &str, format: Format) -> Cow<'_, str> {
    let must = |c: char| match format {
        Format::Json => matches!(c, '"' | '\\' | '\0'..='\u{1F}'),
        Format::Xml => matches!(c, '"' | '&' | '<' | '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}'),
    };
    if !text.contains(must) {
        return Cow::Borrowed(text);
    }
    let mut said = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match (format, c) {
            (_, c) if !must(c) => said.push(c),
            (Format::Json, '"') => said.push_str("\\\""),
            (Format::Json, '\\') => said.push_str("\\\\"),
            // As RFC 8785 has them.
            (Format::Json, '\n') => said.push_str("\\n"),
            (Format::Json, '\r') => said.push_str("\\r"),
            (Format::Json, '\t') => said.push_str("\\t"),
            (Format::Json, '\u{8}') => said.push_str("\\b"),
            (Format::Json, '\u{C}') => said.push_str("\\f"),
            (Format::Json, c) => said.push_str(&format!("\\u{:04x}", u32::from(c))),
            (Format::Xml, '"') => said.push_str("&quot;"),
            (Format::Xml, '&') => said.push_str("&amp;"),
            (Format::Xml, '<') => said.push_str("&lt;"),
            (Format::Xml, '\t' | '\n' | '\r') => said.push_str(&format!("&#{};", u32::from(c))),
            // XML has no way to write these.
            (Format::Xml, _) => said.push('\u{FFFD}'),
        }
    }
    Cow::Owned(said)
}
