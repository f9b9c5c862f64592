//! The canonical form `fhirc14n-1`: what a document says, whatever its layout.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::Format;
use crate::text::{Lone, Text};
use crate::token::{SyntaxError, SyntaxErrorKind, Token, Tokens};
use crate::write::escaped;

/// A document as a list of its values, each with those inside it.
pub(super) struct Tree<'b> {
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
    pub(super) fn read<T: Tokens<'b>>(mut reader: T) -> Result<Self, SyntaxError> {
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
            if index >= MAX_VALUES {
                let at = reader.at();
                return Err(SyntaxError {
                    kind: SyntaxErrorKind::TooManyValues,
                    at,
                });
            }
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
    pub(super) fn form(&mut self) -> Vec<u8> {
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
                (Some(one), Some(other)) => by_utf16(&place(one), &place(other)),
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
    pub(super) fn drop_volatile(&mut self) {
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
            inside.retain(|member| !self.is_empty_meta(*member));
            if inside.len() < before
                && let Some(node) = self.nodes.get_mut(at)
            {
                node.inside = inside;
            }
        }
    }

    fn is_empty_meta(&self, node: usize) -> bool {
        let value = self.nodes.get(node).map(|node| &node.value);
        self.has_name(node, &["meta"]) && matches!(value, Some(Value::Object)) && self.inside(node).is_empty()
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

/// The most values of what a canonical form is made of: some hundreds of MiB are asked for them then.
const MAX_VALUES: usize = 4_000_000;

/// By which name a member is put in order. In XML what stands beside a value stays behind it: several values of one name are told apart
/// by nothing else.
fn place(name: Text<'_>) -> Cow<'_, str> {
    let decoded = name.decode();
    match decoded.strip_prefix('_') {
        Some(element) if name.is_beside() => Cow::Owned(element.to_owned()),
        _ => decoded,
    }
}

fn write_text(form: &mut Vec<u8>, text: Text<'_>) {
    form.push(b'"');
    if text.has_lone_surrogate() {
        // Which it is counts too.
        for unit in text.units() {
            match unit {
                Ok(c) => form.extend_from_slice(escaped(c.encode_utf8(&mut [0; 4]), Format::Json).as_bytes()),
                Err(Lone(unit)) => form.extend_from_slice(format!("\\u{unit:04x}").as_bytes()),
            }
        }
    } else {
        form.extend_from_slice(escaped(&text.decode(), Format::Json).as_bytes());
    }
    form.push(b'"');
}

fn by_utf16(one: &str, other: &str) -> Ordering {
    one.encode_utf16().cmp(other.encode_utf16())
}
