//! Attachments: where the content of a document is.

use std::borrow::Cow;
use std::fmt;

use crate::Bundle;
use crate::text::Text;
use crate::walk::{Members, Place, Scalar, Visit, walk};

/// An Attachment of a resource in a Bundle: its content, or where that is.
///
/// Its url leads to a Binary of the Bundle by a urn, or to what is still to be fetched. What it tells of size and hash, it tells of
/// content that is somewhere else: take neither for certain.
#[derive(Clone)]
#[non_exhaustive]
pub struct Attachment<'b> {
    /// The entry that it stands in, from 0.
    pub entry: Option<usize>,
    /// Where it stands, as FHIRPath from the Bundle.
    pub path: String,
    /// The media type of its content.
    pub content_type: Option<Cow<'b, str>>,
    /// Where its content is.
    pub url: Option<Cow<'b, str>>,
    /// How it is called.
    pub title: Option<Cow<'b, str>>,
    /// How many bytes the content has, as told.
    pub size: Option<u64>,
    /// The hash of the content, as told.
    pub hash: Option<Cow<'b, str>>,
    /// The content itself, in base64, if it is in it.
    pub data: Option<Cow<'b, str>>,
}

/// Without its content and where that is.
impl fmt::Debug for Attachment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl<'b> Bundle<'b> {
    /// The Attachments of all resources, in order; no more than entries are allowed.
    ///
    /// ```
    /// use medmij_fhir_bundle::{Bundle, FhirVersion, Limits};
    ///
    /// let json = br#"{"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": {"resourceType": "DocumentReference",
    ///   "content": [{"attachment": {"contentType": "application/pdf", "url": "Binary/b1", "size": 12}}]}}]}"#;
    /// let bundle = Bundle::parse(json, FhirVersion::Stu3, &Limits::default())?;
    /// let attachments = bundle.attachments();
    /// assert_eq!(attachments[0].path, "Bundle.entry[0].resource.content[0].attachment");
    /// assert_eq!((attachments[0].url.as_deref(), attachments[0].size), (Some("Binary/b1"), Some(12)));
    /// # Ok::<(), medmij_fhir_bundle::BundleError>(())
    /// ```
    #[must_use]
    pub fn attachments(&self) -> Vec<Attachment<'b>> {
        let mut found = Looking {
            told: Vec::new(),
            all: Vec::new(),
            limit: self.limits.max_entries,
        };
        walk(self, &mut found);
        found.all
    }
}

/// By its name, since there is no model: `content` of Media, `attachment` of DocumentReference, and where others have one.
pub(crate) fn is_attachment(place: &Place<'_, '_>) -> bool {
    const ATTACHMENTS: [&str; 11] = [
        "document",
        "legallyBindingAttachment",
        "attachment",
        "pAttachment",
        "image",
        "content",
        "photo",
        "presentedForm",
        "valueAttachment",
        "contentAttachment",
        "sourceAttachment",
    ];
    ATTACHMENTS.iter().any(|name| place.is(name))
}

struct Looking<'b> {
    /// What stands in the objects that are open, each with how deep it stands.
    told: Vec<(usize, Member<'b>)>,
    all: Vec<Attachment<'b>>,
    limit: usize,
}

enum Member<'b> {
    ContentType(Text<'b>),
    Title(Text<'b>),
    Size(u64),
    Hash(Text<'b>),
    Data(Text<'b>),
}

impl<'b> Visit<'b> for Looking<'b> {
    fn scalar(&mut self, place: &Place<'_, 'b>, scalar: Scalar<'b>) {
        let member = match scalar {
            Scalar::Text(text) if place.is_member("contentType") => Member::ContentType(text),
            Scalar::Text(text) if place.is_member("title") => Member::Title(text),
            Scalar::Text(text) if place.is_member("hash") => Member::Hash(text),
            Scalar::Text(text) if place.is_member("data") => Member::Data(text),
            Scalar::Text(text) if place.is_member("size") => match text.decode().parse() {
                Ok(size) => Member::Size(size),
                Err(_) => return,
            },
            Scalar::Number(literal) if place.is_member("size") => match literal.parse() {
                Ok(size) => Member::Size(size),
                Err(_) => return,
            },
            _ => return,
        };
        self.told.push((place.depth(), member));
    }

    fn object(&mut self, place: &Place<'_, 'b>, members: &Members<'b>) {
        // What stands in it was told last.
        let begin = self
            .told
            .iter()
            .rposition(|(depth, _)| *depth <= place.depth())
            .map_or(0, |last| last + 1);
        let told = self.told.drain(begin..);
        if !is_attachment(place) {
            return;
        }
        let mut attachment = Attachment {
            entry: place.entry(),
            path: place.path(),
            content_type: None,
            url: members.url.map(Text::decode),
            title: None,
            size: None,
            hash: None,
            data: None,
        };
        for (_, member) in told {
            match member {
                Member::ContentType(text) => attachment.content_type = Some(text.decode()),
                Member::Title(text) => attachment.title = Some(text.decode()),
                Member::Size(size) => attachment.size = Some(size),
                Member::Hash(text) => attachment.hash = Some(text.decode()),
                Member::Data(text) => attachment.data = Some(text.decode()),
            }
        }
        let says_something = attachment.url.is_some() || attachment.data.is_some() || attachment.content_type.is_some();
        if says_something && self.all.len() < self.limit {
            self.all.push(attachment);
        }
    }
}
