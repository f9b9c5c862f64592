//! *Namespaces in XML 1.0*: which prefix means what, where.

use crate::error::ListRule;
use crate::fault::Fault;

/// The namespace of `xsi:type` and its like.
pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// The declarations in scope, innermost last.
#[derive(Debug, Default)]
pub(crate) struct Namespaces {
    bindings: Vec<Binding>,
}

#[derive(Debug)]
struct Binding {
    /// Empty for the default namespace.
    prefix: String,
    uri: String,
}

impl Namespaces {
    /// How many declarations are in scope, to go back to with [`truncate`](Self::truncate).
    pub(crate) fn len(&self) -> usize {
        self.bindings.len()
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.bindings.truncate(len);
    }

    /// Declares a prefix, or the default namespace with an empty one.
    pub(crate) fn declare(&mut self, prefix: &str, uri: String, at: usize) -> Result<(), Fault> {
        let wrong = match (prefix, uri.as_str()) {
            ("xmlns", _) => Some("the prefix `xmlns` is not declared"),
            ("xml", XML) => None,
            ("xml", _) | (_, XML) => Some("the prefix `xml` and its namespace belong to each other"),
            (_, XMLNS) => Some("the namespace of `xmlns` is not declared"),
            ("", _) => None,
            (_, "") => Some("a prefix is not bound to nothing"),
            _ => None,
        };
        match wrong {
            Some(expected) => Err(Fault::new(ListRule::Namespace, at, expected)),
            None => {
                let prefix = prefix.to_owned();
                self.bindings.push(Binding { prefix, uri });
                Ok(())
            }
        }
    }

    /// The namespace of an unprefixed element; empty for none.
    pub(crate) fn unprefixed(&self) -> &str {
        self.find("").unwrap_or_default()
    }

    /// The namespace of an element with this prefix, or with none.
    pub(crate) fn of_element(&self, prefix: &str, at: usize) -> Result<&str, Fault> {
        match prefix {
            "" => Ok(self.unprefixed()),
            _ => self.resolve(prefix, at),
        }
    }

    /// The namespace of a prefix.
    pub(crate) fn resolve(&self, prefix: &str, at: usize) -> Result<&str, Fault> {
        match prefix {
            "xml" => Ok(XML),
            _ => self
                .find(prefix)
                .ok_or_else(|| Fault::new(ListRule::Namespace, at, "a prefix that is declared")),
        }
    }

    fn find(&self, prefix: &str) -> Option<&str> {
        self.bindings
            .iter()
            .rev()
            .find(|binding| binding.prefix == prefix)
            .map(|binding| binding.uri.as_str())
    }
}
