//! The canonical form `fhirc14n-1`: what a document says, whatever its layout.

use std::cmp::Ordering;

use crate::Format;
use crate::text::Text;
use crate::token::{SyntaxError, Token, Tokens};
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
