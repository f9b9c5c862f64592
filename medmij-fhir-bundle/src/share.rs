//! Delen: a Bundle to be shared, or a single resource [Delen 4, 2.x].

mod answer;
mod binary;
mod create;
mod fragment;
mod origin;
mod policy;
mod sent;

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

use medmij_core::{Digest, Random, random_uuid};
use serde::{Deserialize, Serialize};

use crate::write::Writer;
use crate::{BsnReport, EntryEnvelope, FhirVersion, Format, Verdict};

pub use answer::{EntryAnswer, EntryState, ShareAnswer};
pub use binary::BinaryContent;
pub use create::Create;
use fragment::Fragment;
pub use origin::OriginForm;
use policy::guard;
pub use policy::{ShareError, SharePolicy};
pub use sent::{Handle, Sent};

/// How resources are shared: each information standard says which.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "the two of FHIR")]
pub enum ShareType {
    /// All or nothing: documents, images, questionnaires.
    Transaction,
    /// Each for itself: self-measurements.
    Batch,
}

impl ShareType {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Transaction => "transaction",
            Self::Batch => "batch",
        }
    }
}

/// A Bundle to be shared, entry by entry. What holds a BSN, or is more than may be, is refused when it is added: no byte has
/// left then.
///
/// ```
/// use medmij_core::SystemRandom;
/// use medmij_fhir_bundle::{BinaryContent, EntryState, FhirVersion, Format, Share, SharePolicy, ShareType};
///
/// let random = &mut SystemRandom;
/// let mut share = Share::new(ShareType::Transaction, FhirVersion::Stu3, Format::Json, SharePolicy::default());
/// let pdf = b"%PDF-1.7";
/// let binary = share.binary(BinaryContent::new("application/pdf", pdf.len() as u64, &pdf[..]), random)?;
/// let reference = format!(r#"{{"resourceType": "DocumentReference", "content": [{{"attachment": {{"url": "{binary}"}}}}]}}"#);
/// share.post(reference.into_bytes(), random)?;
/// let (sent, body) = share.into_bytes()?;
///
/// assert_eq!(body.len(), sent.length());
/// let answer = br#"{"resourceType": "Bundle", "type": "transaction-response", "entry": [
///   {"response": {"status": "201 Created", "location": "Binary/7"}}, {"response": {"status": "201"}}]}"#;
/// let answer = sent.answer(200, answer);
/// assert!(answer.is_done());
/// assert_eq!(answer.entries[0].location.as_deref(), Some("Binary/7"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Share<'a> {
    kind: ShareType,
    version: FhirVersion,
    format: Format,
    policy: SharePolicy,
    identifier: Option<(String, String)>,
    entries: Vec<Entry<'a>>,
    attachments: Vec<u64>,
    suspects: Vec<(usize, BsnReport)>,
    form: OriginForm,
    untold: Vec<Handle>,
}

struct Entry<'a> {
    handle: Handle,
    method: &'static str,
    url: String,
    content: Content<'a>,
}

enum Content<'a> {
    Fragment(Fragment<'a>),
    Binary(BinaryContent<'a>),
}

impl<'a> Share<'a> {
    /// An empty Bundle.
    #[must_use]
    pub const fn new(kind: ShareType, version: FhirVersion, format: Format, policy: SharePolicy) -> Self {
        Self {
            kind,
            version,
            format,
            policy,
            identifier: None,
            entries: Vec::new(),
            attachments: Vec::new(),
            suspects: Vec::new(),
            form: OriginForm::Off,
            untold: Vec::new(),
        }
    }

    /// The same with an identifier of the Bundle, as the self-measurements have one.
    #[must_use]
    pub fn with_identifier(self, system: &str, value: &str) -> Self {
        let identifier = Some((system.to_owned(), value.to_owned()));
        Self { identifier, ..self }
    }

    /// The same with this form in which the source of what is added from now on and was collected elsewhere is told, by an entry
    /// behind it [P&I 1c, 1.1.2]. Which FHIR element carries it is not said; off, [`Sent::untold`] tells which entries go without.
    #[must_use]
    pub fn with_origins(self, form: OriginForm) -> Self {
        Self { form, ..self }
    }

    /// Adds a resource to be made, with a new address of its own. It may be a whole document, or what
    /// [`Resource::source`](crate::Resource::source) gives; in XML its elements have no prefix.
    ///
    /// # Errors
    /// If it is no resource of this form, or holds a BSN or more than is allowed.
    pub fn post(&mut self, resource: impl Into<Cow<'a, [u8]>>, random: &mut impl Random) -> Result<Handle, ShareError> {
        self.post_rewritten(resource, &[], random)
    }

    /// Adds a resource to be made by its original bytes, in which only these references, and urns of attachments, are written anew.
    ///
    /// # Errors
    /// As [`post`](Self::post).
    pub fn post_rewritten(
        &mut self,
        resource: impl Into<Cow<'a, [u8]>>,
        references: &[(&str, &Handle)],
        random: &mut impl Random,
    ) -> Result<Handle, ShareError> {
        // Whatever fails, fails before anything is counted.
        let handle = Handle(format!("urn:uuid:{}", random_uuid(random)?));
        let fragment = self.fragment(resource.into(), references)?;
        let url = fragment.resource_type.clone();
        self.add(handle, "POST", url, Content::Fragment(fragment))
    }

    /// Adds what was collected elsewhere, by its original bytes, with its envelope: the source and context go along
    /// [P&I 1c, 1.1.2]. A copy that was changed goes with the envelope of [the copy](crate::EditedEntry::entry).
    ///
    /// # Errors
    /// As [`post`](Self::post), and if the envelope is of something else.
    pub fn post_collected(
        &mut self,
        resource: impl Into<Cow<'a, [u8]>>,
        envelope: EntryEnvelope<'a>,
        references: &[(&str, &Handle)],
        random: &mut impl Random,
    ) -> Result<Handle, ShareError> {
        let resource = resource.into();
        if Digest::of(&resource) != envelope.digests().bytes {
            return Err(ShareError::Envelope);
        }
        let mark = self.mark();
        let handle = self.post_rewritten(resource, references, random)?;
        match self.form.entry(envelope, &handle, self.version, self.format) {
            // It does not go without its source.
            Some(told) => {
                if let Err(error) = self.post(told, random) {
                    self.back_to(mark);
                    return Err(error);
                }
            }
            None => self.untold.push(handle.clone()),
        }
        Ok(handle)
    }

    /// Adds a resource to be changed, which has an address: it ends with the type and id.
    ///
    /// # Errors
    /// As [`post`](Self::post), and if it has no id or the address is not its own.
    pub fn put(&mut self, address: &str, resource: impl Into<Cow<'a, [u8]>>) -> Result<Handle, ShareError> {
        let mark = self.mark();
        let fragment = self.fragment(resource.into(), &[])?;
        let url = fragment
            .id
            .as_ref()
            .map(|id| format!("{}/{id}", fragment.resource_type));
        let is_own = |url: &String| {
            address
                .strip_suffix(url.as_str())
                .is_some_and(|base| base.ends_with('/'))
        };
        let is_named = crate::bsn_in_url(address) == Verdict::Leak;
        let Some(url) = url.filter(|url| is_own(url) && !is_named) else {
            self.back_to(mark);
            return Err(ShareError::Put);
        };
        self.add(Handle(address.to_owned()), "PUT", url, Content::Fragment(fragment))
    }

    /// Adds a Binary, whose bytes are read when the Bundle is written.
    ///
    /// # Errors
    /// If there are too many, or it is too long.
    pub fn binary(&mut self, attachment: BinaryContent<'a>, random: &mut impl Random) -> Result<Handle, ShareError> {
        let handle = Handle(format!("urn:uuid:{}", random_uuid(random)?));
        self.count(&[attachment.length])?;
        self.add(handle, "POST", String::from("Binary"), Content::Binary(attachment))
    }

    /// How much was added: what fails leaves nothing behind.
    const fn mark(&self) -> [usize; 3] {
        [self.entries.len(), self.attachments.len(), self.suspects.len()]
    }

    fn back_to(&mut self, [entries, attachments, suspects]: [usize; 3]) {
        self.entries.truncate(entries);
        self.attachments.truncate(attachments);
        self.suspects.truncate(suspects);
    }

    fn add(
        &mut self,
        handle: Handle,
        method: &'static str,
        url: String,
        content: Content<'a>,
    ) -> Result<Handle, ShareError> {
        let added = handle.clone();
        self.entries.push(Entry {
            handle,
            method,
            url,
            content,
        });
        Ok(added)
    }

    fn fragment(
        &mut self,
        resource: Cow<'a, [u8]>,
        references: &[(&str, &Handle)],
    ) -> Result<Fragment<'a>, ShareError> {
        let references: Vec<_> = references.iter().map(|(from, to)| (*from, to.as_str())).collect();
        let fragment = Fragment::read(resource, self.version, self.format, &references, &self.policy.limits)?;
        guard(&fragment.report, &self.policy)?;
        self.count(&fragment.attachments)?;
        if fragment.report.verdict() == Verdict::Suspect {
            self.suspects.push((self.entries.len(), fragment.report.clone()));
        }
        Ok(fragment)
    }

    /// Counts attachments, if all that there are then may be shared.
    fn count(&mut self, attachments: &[u64]) -> Result<(), ShareError> {
        let before = self.attachments.len();
        self.attachments.extend(attachments);
        let fits = self.policy.fits(&self.attachments);
        if fits.is_err() {
            self.attachments.truncate(before);
        }
        fits
    }

    /// Writes the Bundle into memory that is asked for once: its length is known before.
    ///
    /// # Errors
    /// If an attachment cannot be read, or is not as long as it was said to be.
    pub fn into_bytes(mut self) -> io::Result<(Sent, Vec<u8>)> {
        let length = self.length()?;
        let mut bytes = Vec::with_capacity(length);
        self.write(&mut bytes, Attachments::Read)?;
        Ok((self.sent(length), bytes))
    }

    /// Writes the Bundle as it is made: no more than a piece of an attachment is held.
    ///
    /// # Errors
    /// If an attachment cannot be read, or is not as long as it was said to be, or the bytes cannot be written.
    pub fn write_to(mut self, out: &mut impl Write) -> io::Result<Sent> {
        let length = self.length()?;
        self.write(out, Attachments::Read)?;
        Ok(self.sent(length))
    }

    /// How long it will be.
    fn length(&mut self) -> io::Result<usize> {
        let mut counted = Counted(0);
        self.write(&mut counted, Attachments::Count)?;
        Ok(counted.0)
    }

    fn sent(self, length: usize) -> Sent {
        Sent {
            kind: self.kind,
            version: self.version,
            length,
            handles: self.entries.into_iter().map(|entry| entry.handle).collect(),
            suspects: self.suspects,
            untold: self.untold,
        }
    }

    fn write<W: Write>(&mut self, out: W, attachments: Attachments) -> io::Result<()> {
        let (version, format) = (self.version, self.format);
        let mut writer = Writer::new(out, format);
        writer.resource("Bundle", None)?;
        if let Some((system, value)) = &self.identifier {
            writer.object("identifier")?;
            writer.text("system", system)?;
            writer.text("value", value)?;
            writer.end()?;
        }
        writer.text("type", self.kind.as_str())?;
        if !self.entries.is_empty() {
            writer.list("entry")?;
            for entry in &mut self.entries {
                writer.object("entry")?;
                writer.text("fullUrl", &entry.handle.0)?;
                match &mut entry.content {
                    Content::Fragment(fragment) => writer.written("resource", |out| fragment.write(out))?,
                    Content::Binary(attachment) => {
                        writer.resource("Binary", Some("resource"))?;
                        writer.text("contentType", &attachment.content_type)?;
                        writer.long_text(version.differences().binary_content, |out| {
                            attachment.write(out, attachments)
                        })?;
                        writer.end()?;
                    }
                }
                writer.object("request")?;
                writer.text("method", entry.method)?;
                writer.text("url", &entry.url)?;
                writer.end()?;
                writer.end()?;
            }
            writer.end()?;
        }
        writer.end()
    }
}

/// What is done with attachments when a Bundle is written.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Attachments {
    Read,
    /// Only their length counts.
    Count,
}

/// Counts what is written.
struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Share<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Share")
            .field("kind", &self.kind)
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}
