//! Whether something is what it was: digests over bytes, and over what they say.

use std::cmp::Ordering;

use medmij_core::Digest;

use crate::text::Text;
use crate::token::{SyntaxError, Token, Tokens};
use crate::write::escaped;
use crate::{Bundle, BundleError, Format, Limits, Resource, json, open, xml};

/// What a digest is made over, by a name that is kept with it: another version of a method is another name.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DigestMethod {
    /// `sha256-bytes`: the bytes as they came. Nothing was changed, not even the layout.
    Bytes,
    /// `sha256-fhirc14n-1`: what the bytes say, whatever their layout: members by their names (in UTF-16 units), no white space,
    /// the escapes of RFC 8785, numbers as they are written. JSON and XML of the same content have different digests: XML does
    /// not tell a number from a text.
    Canonical,
    /// `sha256-fhirc14n-1-stable`: the same without what differs between two collections of the same content: `meta.versionId`
    /// and `meta.lastUpdated` of each resource, and of the Bundle `id`, `link` and `timestamp`.
    Stable,
}

impl DigestMethod {
    /// The name, to be kept with a digest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bytes => "sha256-bytes",
            Self::Canonical => "sha256-fhirc14n-1",
            Self::Stable => "sha256-fhirc14n-1-stable",
        }
    }

    /// The digest of a whole document: a Bundle or a resource, in JSON or XML.
    ///
    /// ```
    /// use medmij_fhir_bundle::{DigestMethod, Limits};
    ///
    /// let one = br#"{"resourceType": "Flag", "a": 1.50, "id": "x"}"#;
    /// let two = br#"{"id":"\u0078","a":1.50,"resourceType":"Flag"}"#;
    /// let of = |bytes, method: DigestMethod| method.digest(bytes, &Limits::default());
    /// assert_ne!(of(&one[..], DigestMethod::Bytes)?, of(&two[..], DigestMethod::Bytes)?);
    /// assert_eq!(of(&one[..], DigestMethod::Canonical)?, of(&two[..], DigestMethod::Canonical)?);
    /// let other = br#"{"resourceType": "Flag", "a": 1.5, "id": "x"}"#;
    /// assert_ne!(of(&one[..], DigestMethod::Canonical)?, of(&other[..], DigestMethod::Canonical)?);
    /// # Ok::<(), medmij_fhir_bundle::BundleError>(())
    /// ```
    ///
    /// # Errors
    /// If the bytes are over the limits, or not of their form. Over the bytes alone it never fails.
    pub fn digest(self, bytes: &[u8], limits: &Limits) -> Result<Digest, BundleError> {
        if self == Self::Bytes {
            return Ok(Digest::of(bytes));
        }
        let format = Format::of(bytes);
        let source = open::text(bytes, format, limits)?;
        let (begin, depth) = (open::begin(source), limits.max_depth);
        let tree = match format {
            Format::Json => Tree::read(json::Reader::new(source, begin, depth)),
            Format::Xml => xml::Reader::new(source, begin, depth).and_then(Tree::read),
        };
        let tree = tree.map_err(|error| BundleError::syntax(error, source, format, limits))?;
        Ok(Digest::of(&tree.canonical(self)))
    }
}

impl<'b> Bundle<'b> {
    /// The digest of the resource of an entry, by its place: to be kept at collection, and held against the same later.
    ///
    /// ```
    /// use medmij_fhir_bundle::{Bundle, DigestMethod, FhirVersion, Limits};
    ///
    /// let json = br#"{"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": {"resourceType": "Flag", "id": "1"}}]}"#;
    /// let bundle = Bundle::parse(json, FhirVersion::Stu3, &Limits::default())?;
    /// let collected = bundle.entry_digest(0, DigestMethod::Stable);
    /// let again = br#"{"resourceType": "Bundle", "type": "searchset", "entry": [
    ///   {"resource": {"resourceType": "Flag", "id": "1", "meta": {"versionId": "2"}}}]}"#;
    /// let again = Bundle::parse(again, FhirVersion::Stu3, &Limits::default())?;
    /// assert_eq!(again.entry_digest(0, DigestMethod::Stable), collected);
    /// assert_ne!(again.entry_digest(0, DigestMethod::Canonical), bundle.entry_digest(0, DigestMethod::Canonical));
    /// # Ok::<(), medmij_fhir_bundle::BundleError>(())
    /// ```
    ///
    /// `None` if there is no such entry, or no resource in it.
    #[must_use]
    pub fn entry_digest(&self, entry: usize, method: DigestMethod) -> Option<Digest> {
        self.resource_digest(self.entry(entry)?.resource()?, method)
    }

    fn resource_digest(&self, resource: Resource<'b>, method: DigestMethod) -> Option<Digest> {
        if method == DigestMethod::Bytes {
            return Some(Digest::of(resource.source().as_bytes()));
        }
        let range = resource.range();
        let (source, depth) = (self.source.get(..range.end)?, self.limits.max_depth);
        // It was read before, as a part of the whole.
        let tree = match self.format {
            Format::Json => Tree::read(json::Reader::new(source, range.start, depth)),
            Format::Xml => Tree::read(xml::Reader::inside(source, range.start, self.prefix, depth)),
        };
        Some(Digest::of(&tree.ok()?.canonical(method)))
    }
}

/// A document as a list of its values, each with those inside it.
struct Tree<'b> {
    nodes: Vec<Node<'b>>,
}

struct Node<'b> {
    /// Of a member.
    name: Option<Text<'b>>,
    value: Value<'b>,
    /// The nodes inside it, in order.
    inside: Vec<usize>,
}

enum Value<'b> {
    Object,
    Array,
    Text(Text<'b>),
    /// As it is written: a number, a truth, nothing.
    Literal(&'b str),
}

impl<'b> Tree<'b> {
    fn read<T: Tokens<'b>>(mut reader: T) -> Result<Self, SyntaxError> {
        let mut nodes: Vec<Node<'b>> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut name = None;
        loop {
            let value = match reader.next()? {
                Token::End => return Ok(Self { nodes }),
                Token::Name(found) => {
                    name = Some(found);
                    continue;
                }
                Token::ObjectEnd | Token::ArrayEnd => {
                    open.pop();
                    continue;
                }
                Token::ObjectStart => Value::Object,
                Token::ArrayStart => Value::Array,
                Token::String(text) => Value::Text(text),
                Token::Number(literal) => Value::Literal(literal),
                Token::True => Value::Literal("true"),
                Token::False => Value::Literal("false"),
                Token::Null => Value::Literal("null"),
            };
            let index = nodes.len();
            if let Some(outer) = open.last().and_then(|outer| nodes.get_mut(*outer)) {
                outer.inside.push(index);
            }
            if let Value::Object | Value::Array = value {
                open.push(index);
            }
            nodes.push(Node {
                name: name.take(),
                value,
                inside: Vec::new(),
            });
        }
    }

    /// The canonical form. The depth costs no stack.
    fn canonical(mut self, method: DigestMethod) -> Vec<u8> {
        if method == DigestMethod::Stable {
            self.drop_volatile();
        }
        for at in 0..self.nodes.len() {
            self.sort(at);
        }
        let mut form = Vec::new();
        // What is to be written next is the last: a node, or what stands behind it.
        let mut next = vec![Piece::Node(0)];
        while let Some(piece) = next.pop() {
            let node = match piece {
                Piece::Mark(mark) => {
                    form.extend_from_slice(mark);
                    continue;
                }
                Piece::Node(node) => self.nodes.get(node),
            };
            let Some(node) = node else { continue };
            if let Some(name) = node.name {
                write_text(&mut form, name);
                form.push(b':');
            }
            let (begin, end): (u8, &'static [u8]) = match &node.value {
                Value::Text(text) => {
                    write_text(&mut form, *text);
                    continue;
                }
                Value::Literal(literal) => {
                    form.extend_from_slice(literal.as_bytes());
                    continue;
                }
                Value::Object => (b'{', b"}"),
                Value::Array => (b'[', b"]"),
            };
            form.push(begin);
            next.push(Piece::Mark(end));
            for (number, inside) in node.inside.iter().enumerate().rev() {
                next.push(Piece::Node(*inside));
                if number > 0 {
                    next.push(Piece::Mark(b","));
                }
            }
        }
        form
    }

    /// Members by their names. Those of one name, as the elements of XML that come again, stay in their order.
    fn sort(&mut self, at: usize) {
        let Some(node) = self
            .nodes
            .get_mut(at)
            .filter(|node| matches!(node.value, Value::Object))
        else {
            return;
        };
        let mut inside = std::mem::take(&mut node.inside);
        inside.sort_by(|one, other| {
            let name = |index: &usize| self.nodes.get(*index).and_then(|node| node.name);
            match (name(one), name(other)) {
                (Some(one), Some(other)) => by_utf16(&one.decode(), &other.decode()),
                _ => Ordering::Equal,
            }
        });
        if let Some(node) = self.nodes.get_mut(at) {
            node.inside = inside;
        }
    }

    fn has_name(&self, node: usize, names: &[&str]) -> bool {
        let name = self.nodes.get(node).and_then(|node| node.name);
        name.is_some_and(|name| names.iter().any(|known| name.is(known)))
    }

    /// Leaves out what differs between two collections of the same.
    fn drop_volatile(&mut self) {
        let is_bundle = self.inside(0).iter().any(|member| {
            let value = self.nodes.get(*member).map(|node| &node.value);
            self.has_name(*member, &["resourceType"]) && matches!(value, Some(Value::Text(text)) if text.is("Bundle"))
        });
        for at in 0..self.nodes.len() {
            let names: &[&str] = if self.has_name(at, &["meta"]) {
                &["versionId", "lastUpdated"]
            } else if at == 0 && is_bundle {
                &["id", "link", "timestamp"]
            } else {
                continue;
            };
            let mut inside = self.inside(at).to_vec();
            inside.retain(|member| !self.has_name(*member, names));
            if let Some(node) = self.nodes.get_mut(at) {
                node.inside = inside;
            }
        }
        // A meta that told nothing else says nothing.
        for at in 0..self.nodes.len() {
            let mut inside = self.inside(at).to_vec();
            let before = inside.len();
            inside.retain(|member| !(self.has_name(*member, &["meta"]) && self.inside(*member).is_empty()));
            if inside.len() < before
                && let Some(node) = self.nodes.get_mut(at)
            {
                node.inside = inside;
            }
        }
    }

    fn inside(&self, node: usize) -> &[usize] {
        self.nodes
            .get(node)
            .map(|node| node.inside.as_slice())
            .unwrap_or_default()
    }
}

enum Piece {
    Node(usize),
    Mark(&'static [u8]),
}

fn write_text(form: &mut Vec<u8>, text: Text<'_>) {
    form.push(b'"');
    form.extend_from_slice(escaped(&text.decode(), Format::Json).as_bytes());
    form.push(b'"');
}

fn by_utf16(one: &str, other: &str) -> Ordering {
    one.encode_utf16().cmp(other.encode_utf16())
}
