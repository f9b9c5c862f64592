//! The attributes of a list: none of its own, and those of XML Schema, which any element may have.

use medmij_core::xml::split_qname;

use crate::error::ListRule;
use crate::fault::Fault;
use crate::namespaces::{Namespaces, XSI};
use crate::reader::Attribute;
use crate::schema::{Element, Schema};

/// What is wrong with an attribute of an element, if anything is.
pub(crate) fn judge_attribute<F>(
    attribute: &Attribute,
    namespaces: &Namespaces,
    schema: &Schema<F>,
    element: &Element<F>,
) -> Result<Option<(ListRule, String)>, Fault> {
    let is_xsi = !attribute.prefix.is_empty() && namespaces.resolve(&attribute.prefix, attribute.at)? == XSI;
    let (rule, expected) = match attribute.local.as_str() {
        // Never fetched, never believed.
        "schemaLocation" | "noNamespaceSchemaLocation" if is_xsi => return Ok(None),
        "type" if is_xsi => {
            let qname = split_qname(attribute.value.trim_matches([' ', '\t', '\n', '\r']));
            let named = qname.map(|(prefix, local)| match prefix {
                None => Ok((namespaces.unprefixed(), local)),
                Some(prefix) => namespaces.resolve(prefix, attribute.at).map(|uri| (uri, local)),
            });
            match named.and_then(Result::ok) {
                Some((uri, local)) if uri == schema.namespace && local == element.type_name => return Ok(None),
                _ => (ListRule::XsiType, format!("the type `{}`", element.type_name)),
            }
        }
        "nil" if is_xsi => (
            ListRule::XsiNil,
            "no `xsi:nil`: no element of a list may be nil".to_owned(),
        ),
        _ => (
            ListRule::UnexpectedAttribute,
            format!("no attributes on `{}`", element.name),
        ),
    };
    Ok(Some((rule, expected)))
}
