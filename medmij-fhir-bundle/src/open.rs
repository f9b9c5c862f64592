//! Opening a Bundle: one pass over the bytes, which are held to be of their form, and what the view shows is found in them.

use crate::bundle::{RawEntry, RawIdentifier, RawLink, RawRange, RawRequest, RawResource, RawResponse, Total};
use crate::error::BundleErrorKind;
use crate::finding::Rule;
use crate::text::{Span, Text};
use crate::token::{SyntaxError, Token, Tokens};
use crate::{Bundle, BundleError, FhirVersion, Finding, Format, Limits, Resource, json, xml};

impl<'b> Bundle<'b> {
    /// Reads a Bundle, in JSON or XML, which is told by its first byte.
    ///
    /// # Errors
    /// If the bytes are over the limits, no UTF-8, not of their form or no Bundle. The place is told, and nothing of the
    /// content.
    pub fn parse(bytes: &'b [u8], version: FhirVersion, limits: &Limits) -> Result<Self, BundleError> {
        let format = Format::of(bytes);
        let source = text(bytes, format, limits)?;
        let begin = begin(source);
        let bundle = Self::unread(version, format, source, begin, *limits);
        let opened = match format {
            Format::Json => open(json::Reader::new(source, begin, limits.max_depth), bundle),
            Format::Xml => xml::Reader::new(source, begin, limits.max_depth)
                .map_err(Stopped::from)
                .and_then(|reader| open(reader, bundle)),
        };
        opened.map_err(|stopped| match stopped {
            Stopped::Syntax(error) => BundleError::syntax(error, source, format, limits),
            Stopped::TooManyEntries => {
                let limit = limits.max_entries;
                BundleError::new(format, BundleErrorKind::TooManyEntries { limit })
            }
            Stopped::NotABundle => BundleError::new(format, BundleErrorKind::NotABundle),
        })
    }
}

impl<'b> Bundle<'b> {
    /// The Bundle that a resource of an entry is, if it is one: over the same source, with places in it.
    pub(crate) fn nested(&self, resource: Resource<'b>) -> Option<Self> {
        if !resource.is("Bundle") {
            return None;
        }
        let range = resource.range();
        let source = self.source.get(..range.end)?;
        let (start, depth) = (range.start, self.limits.max_depth);
        let bundle = Self::unread(self.version, self.format, source, start, self.limits);
        match self.format {
            Format::Json => open(json::Reader::new(source, start, depth), bundle).ok(),
            Format::Xml => open(xml::Reader::inside(source, start, self.prefix, depth), bundle).ok(),
        }
    }

    const fn unread(version: FhirVersion, format: Format, source: &'b str, begin: usize, limits: Limits) -> Self {
        Self {
            version,
            format,
            source,
            limits,
            begin,
            prefix: "",
            bundle_type: Span::NONE,
            id: Span::NONE,
            total: None,
            timestamp: None,
            identifier: RawIdentifier::NONE,
            links: Vec::new(),
            entries: Vec::new(),
            misshapen: Vec::new(),
        }
    }
}

/// A resource that stands alone.
pub(crate) struct Single<'b> {
    pub(crate) text: &'b str,
    pub(crate) range: std::ops::Range<usize>,
    pub(crate) resource_type: Option<Text<'b>>,
    pub(crate) id: Option<Text<'b>>,
}

/// Reads a resource that stands alone. In XML its namespace may be declared where it comes from, if it has no prefix.
pub(crate) fn single<'b>(bytes: &'b [u8], version: FhirVersion, limits: &Limits) -> Result<Single<'b>, BundleError> {
    single_in("", bytes, version, limits)
}

/// The same, of one that is to stand where this prefix is that of FHIR's elements.
pub(crate) fn single_in<'b>(
    prefix: &'b str,
    bytes: &'b [u8],
    version: FhirVersion,
    limits: &Limits,
) -> Result<Single<'b>, BundleError> {
    let format = Format::of(bytes);
    let source = text(bytes, format, limits)?;
    let (begin, depth) = (begin(source), limits.max_depth);
    let bundle = Bundle::unread(version, format, source, begin, *limits);
    let read = match format {
        Format::Json => open_single(json::Reader::new(source, begin, depth), bundle),
        Format::Xml => xml::Reader::allowed(source)
            .map_err(Stopped::from)
            .and_then(|()| open_single(xml::Reader::inside(source, begin, prefix, depth), bundle)),
    };
    read.map_err(|stopped| match stopped {
        Stopped::Syntax(error) => BundleError::syntax(error, source, format, limits),
        _ => BundleError::new(format, BundleErrorKind::NotABundle),
    })
}

fn open_single<'b, T: Tokens<'b>>(reader: T, bundle: Bundle<'b>) -> Result<Single<'b>, Stopped> {
    let mut opening = Opening {
        reader,
        is_bundle: false,
        link: 0,
        entry_link: 0,
        has_members: false,
        bundle,
    };
    let Token::ObjectStart = opening.reader.next()? else {
        return Err(Stopped::NotABundle);
    };
    let resource = opening.resource(None)?;
    opening.end()?;
    let source = opening.bundle.source;
    Ok(Single {
        text: source,
        range: resource.bytes.range(),
        resource_type: resource.resource_type.text(source),
        id: resource.id.text(source),
    })
}

/// Bytes as a text, if they are not too many.
pub(crate) fn text<'b>(bytes: &'b [u8], format: Format, limits: &Limits) -> Result<&'b str, BundleError> {
    let limit = limits.max_bytes.min(Limits::MAX_BYTES);
    if bytes.len() > limit {
        return Err(BundleError::new(format, BundleErrorKind::TooLong { limit }));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        BundleError::new(format, BundleErrorKind::Utf8 { at })
    })
}

/// Where a text begins: behind a byte order mark.
pub(crate) fn begin(source: &str) -> usize {
    if source.starts_with('\u{FEFF}') {
        '\u{FEFF}'.len_utf8()
    } else {
        0
    }
}

fn open<'b, T: Tokens<'b>>(reader: T, bundle: Bundle<'b>) -> Result<Bundle<'b>, Stopped> {
    let mut opening = Opening {
        reader,
        is_bundle: false,
        link: 0,
        entry_link: 0,
        has_members: false,
        bundle,
    };
    opening.open()?;
    opening.bundle.prefix = opening.reader.prefix();
    if opening.is_bundle {
        Ok(opening.bundle)
    } else {
        Err(Stopped::NotABundle)
    }
}

/// Why the opening stopped.
enum Stopped {
    Syntax(SyntaxError),
    TooManyEntries,
    NotABundle,
}

impl From<SyntaxError> for Stopped {
    fn from(error: SyntaxError) -> Self {
        Self::Syntax(error)
    }
}

struct Opening<'b, T> {
    reader: T,
    is_bundle: bool,
    /// How many links were seen: of the Bundle, of the entry that is being read.
    link: usize,
    entry_link: usize,
    /// Whether the part of an entry that was read last has any.
    has_members: bool,
    bundle: Bundle<'b>,
}

/// How a member begins that may stand more than once.
enum List<'b> {
    /// As an array, whose items follow.
    Array,
    /// In XML: this one of them.
    Item(Token<'b>),
    None,
}

impl<'b, T: Tokens<'b>> Opening<'b, T> {
    fn open(&mut self) -> Result<(), Stopped> {
        let first = self.reader.next()?;
        let Token::ObjectStart = first else {
            self.reader.pass(first)?;
            return self.end();
        };
        while let Token::Name(name) = self.reader.next()? {
            let name = name.decode();
            match &*name {
                "resourceType" => self.is_bundle = self.reader.text()?.is_some_and(|text| text.is("Bundle")),
                "type" => self.bundle.bundle_type = self.shaped_text(None, "type")?,
                "id" => self.bundle.id = self.shaped_text(None, "id")?,
                "timestamp" => {
                    let timestamp = self.shaped_text(None, "timestamp")?.text(self.bundle.source);
                    self.bundle.timestamp = Some(timestamp.is_some_and(|text| !text.is_empty()));
                }
                "total" => self.bundle.total = self.total()?,
                "identifier" => self.bundle.identifier = self.identifier()?,
                "link" => self.items(None, "link", Self::link)?,
                "entry" => self.items(None, "entry", Self::entry)?,
                _ => self.reader.value()?,
            }
        }
        self.end()
    }

    /// Behind the one value there is nothing more.
    fn end(&mut self) -> Result<(), Stopped> {
        self.reader.next()?;
        Ok(())
    }

    fn span(&mut self) -> Result<Span, Stopped> {
        let text = self.reader.text()?;
        Ok(Span::maybe(text, self.bundle.source))
    }

    /// A string; anything else is told of.
    fn shaped_text(&mut self, entry: Option<usize>, path: &str) -> Result<Span, Stopped> {
        let span = self.span()?;
        if !span.is_some() {
            self.misshapen(Rule::StrText, entry, path);
        }
        Ok(span)
    }

    fn misshapen(&mut self, rule: Rule, entry: Option<usize>, path: &str) {
        if self.bundle.misshapen.len() > self.bundle.limits.max_findings {
            return;
        }
        let path = match entry {
            Some(index) if path.is_empty() => format!("Bundle.entry[{index}]"),
            Some(index) => format!("Bundle.entry[{index}].{path}"),
            None => format!("Bundle.{path}"),
        };
        let version = self.bundle.version;
        self.bundle.misshapen.push(Finding {
            rule,
            version,
            entry,
            path,
        });
    }

    fn total(&mut self) -> Result<Option<Total>, Stopped> {
        let number = |literal: &str| {
            let is_plain = literal.bytes().all(|byte| byte.is_ascii_digit());
            literal
                .parse()
                .ok()
                .filter(|_| is_plain)
                .map_or(Total::Other, Total::Number)
        };
        let total = match self.reader.next()? {
            Token::Number(literal) => number(literal),
            // XML has no other values than strings.
            Token::String(text) if T::IS_XML => number(&text.decode()),
            Token::Null => {
                self.misshapen(Rule::StrTotal, None, "total");
                return Ok(None);
            }
            other => {
                self.reader.pass(other)?;
                Total::Other
            }
        };
        if total == Total::Other {
            self.misshapen(Rule::StrTotal, None, "total");
        }
        Ok(Some(total))
    }

    /// Begins an object, or passes over what is none and tells of it.
    fn object(&mut self, entry: Option<usize>, path: &str) -> Result<bool, Stopped> {
        let token = self.reader.next()?;
        self.is_object(token, entry, path)
    }

    fn is_object(&mut self, token: Token<'b>, entry: Option<usize>, path: &str) -> Result<bool, Stopped> {
        if let Token::ObjectStart = token {
            return Ok(true);
        }
        self.reader.pass(token)?;
        self.misshapen(Rule::StrObject, entry, path);
        Ok(false)
    }

    fn identifier(&mut self) -> Result<RawIdentifier, Stopped> {
        let mut identifier = RawIdentifier::NONE;
        if !self.object(None, "identifier")? {
            return Ok(identifier);
        }
        while let Token::Name(name) = self.reader.next()? {
            match &*name.decode() {
                "system" => identifier.system = self.span()?,
                "value" => identifier.value = self.span()?,
                _ => self.reader.value()?,
            }
        }
        Ok(identifier)
    }

    /// Begins a member that may stand more than once, or passes over what has not that form and tells of it.
    fn list(&mut self, entry: Option<usize>, path: &str) -> Result<List<'b>, Stopped> {
        match self.reader.next()? {
            Token::ArrayStart => Ok(List::Array),
            token if T::IS_XML => Ok(List::Item(token)),
            token => {
                self.reader.pass(token)?;
                self.misshapen(Rule::StrArray, entry, path);
                Ok(List::None)
            }
        }
    }

    /// The items of a member that may stand more than once, one after another.
    fn items(
        &mut self,
        entry: Option<usize>,
        path: &str,
        item: fn(&mut Self, Token<'b>) -> Result<(), Stopped>,
    ) -> Result<(), Stopped> {
        match self.list(entry, path)? {
            List::None => Ok(()),
            List::Item(token) => item(self, token),
            List::Array => loop {
                match self.reader.next()? {
                    Token::ArrayEnd => return Ok(()),
                    token => item(self, token)?,
                }
            },
        }
    }

    fn link(&mut self, token: Token<'b>) -> Result<(), Stopped> {
        let index = self.link;
        self.link += 1;
        let link = self.one_link(token, None, index)?;
        self.bundle.links.extend(link);
        Ok(())
    }

    /// A link of the entry that is being read: nobody asks for it, but it has the form of one.
    fn entry_link(&mut self, token: Token<'b>) -> Result<(), Stopped> {
        let (entry, index) = (Some(self.bundle.entries.len()), self.entry_link);
        self.entry_link += 1;
        self.one_link(token, entry, index)?;
        Ok(())
    }

    fn one_link(&mut self, token: Token<'b>, entry: Option<usize>, index: usize) -> Result<Option<RawLink>, Stopped> {
        if !self.is_object(token, entry, &format!("link[{index}]"))? {
            return Ok(None);
        }
        let (mut relation, mut url) = (Span::NONE, Span::NONE);
        while let Token::Name(name) = self.reader.next()? {
            match &*name.decode() {
                "relation" => relation = self.span()?,
                "url" => url = self.span()?,
                _ => self.reader.value()?,
            }
        }
        for (name, span) in [("relation", relation), ("url", url)] {
            if !span.is_some() {
                self.misshapen(Rule::StrRequired, entry, &format!("link[{index}].{name}"));
            }
        }
        Ok(Some(RawLink { relation, url }))
    }

    fn entry(&mut self, token: Token<'b>) -> Result<(), Stopped> {
        let index = self.bundle.entries.len();
        if index >= self.bundle.limits.max_entries {
            return Err(Stopped::TooManyEntries);
        }
        let mut entry = RawEntry::EMPTY;
        self.entry_link = 0;
        if self.is_object(token, Some(index), "")? {
            self.members(&mut entry, index)?;
        }
        self.bundle.entries.push(entry);
        Ok(())
    }

    fn members(&mut self, entry: &mut RawEntry, index: usize) -> Result<(), Stopped> {
        let at = Some(index);
        while let Token::Name(name) = self.reader.next()? {
            match &*name.decode() {
                "fullUrl" => entry.full_url = self.shaped_text(at, "fullUrl")?,
                "link" => self.items(at, "link", Self::entry_link)?,
                // What has no members is not there.
                "resource" => {
                    if self.object(at, "resource")? {
                        let resource = self.resource(at)?;
                        entry.resource = self.has_members.then_some(resource);
                    }
                }
                "search" => {
                    if self.object(at, "search")? {
                        entry.search_mode = self.mode(index)?;
                        entry.has_search = self.has_members;
                    }
                }
                "request" => {
                    if self.object(at, "request")? {
                        let request = self.request(at)?;
                        entry.request = self.has_members.then_some(request);
                    }
                }
                "response" => {
                    if self.object(at, "response")? {
                        let response = self.response(at)?;
                        entry.response = self.has_members.then_some(response);
                    }
                }
                _ => self.reader.value()?,
            }
        }
        Ok(())
    }

    /// Where a resource begins whose object has begun: in XML it is an element of its own inside that of its member.
    fn resource_start(&self, outer: usize) -> usize {
        if T::IS_XML { self.reader.start() } else { outer }
    }

    fn resource(&mut self, entry: Option<usize>) -> Result<RawResource, Stopped> {
        let mut start = self.reader.start();
        let mut resource = RawResource {
            resource_type: Span::NONE,
            id: Span::NONE,
            version_id: Span::NONE,
            has_profile: false,
            bytes: RawRange::new(start, start),
        };
        let mut has_members = false;
        while let Token::Name(name) = self.reader.next()? {
            has_members = true;
            match &*name.decode() {
                "resourceType" => {
                    // In XML an element of this name may follow, which is none of the resource's.
                    if !resource.resource_type.is_some() {
                        start = self.resource_start(start);
                    }
                    resource.resource_type = self.span()?;
                }
                "id" => resource.id = self.shaped_text(entry, "resource.id")?,
                "meta" => self.meta(&mut resource)?,
                _ => self.reader.value()?,
            }
        }
        self.has_members = has_members;
        if !resource.resource_type.is_some() {
            self.misshapen(Rule::StrResourceType, entry, "resource");
        }
        resource.bytes = RawRange::new(start, self.reader.at());
        Ok(resource)
    }

    fn meta(&mut self, resource: &mut RawResource) -> Result<(), Stopped> {
        let token = self.reader.next()?;
        let Token::ObjectStart = token else {
            return Ok(self.reader.pass(token)?);
        };
        while let Token::Name(name) = self.reader.next()? {
            match &*name.decode() {
                "versionId" => resource.version_id = self.span()?,
                "profile" => resource.has_profile |= self.profile()?,
                _ => self.reader.value()?,
            }
        }
        Ok(())
    }

    /// Whether there is one.
    fn profile(&mut self) -> Result<bool, Stopped> {
        let depth = self.reader.depth() + 1;
        let is_one = |token| matches!(token, Token::String(text) if !text.is_empty());
        match self.reader.next()? {
            Token::ArrayStart => {
                let first = is_one(self.reader.next()?);
                self.reader.skip_from(depth)?;
                Ok(first)
            }
            token => {
                let has_one = T::IS_XML && is_one(token);
                self.reader.pass(token)?;
                Ok(has_one)
            }
        }
    }

    fn mode(&mut self, entry: usize) -> Result<Span, Stopped> {
        let mut mode = Span::NONE;
        let mut has_members = false;
        while let Token::Name(name) = self.reader.next()? {
            has_members = true;
            if name.is("mode") {
                mode = self.shaped_text(Some(entry), "search.mode")?;
            } else {
                self.reader.value()?;
            }
        }
        self.has_members = has_members;
        Ok(mode)
    }

    fn request(&mut self, entry: Option<usize>) -> Result<RawRequest, Stopped> {
        let mut request = RawRequest {
            method: Span::NONE,
            url: Span::NONE,
            if_none_exist: Span::NONE,
        };
        let mut has_members = false;
        while let Token::Name(name) = self.reader.next()? {
            has_members = true;
            match &*name.decode() {
                "method" => request.method = self.span()?,
                "url" => request.url = self.span()?,
                "ifNoneExist" => request.if_none_exist = self.shaped_text(entry, "request.ifNoneExist")?,
                _ => self.reader.value()?,
            }
        }
        self.has_members = has_members;
        for (path, span) in [("request.method", request.method), ("request.url", request.url)] {
            if !span.is_some() {
                self.misshapen(Rule::StrRequired, entry, path);
            }
        }
        Ok(request)
    }

    fn response(&mut self, entry: Option<usize>) -> Result<RawResponse, Stopped> {
        let mut response = RawResponse {
            status: Span::NONE,
            location: Span::NONE,
            outcome: None,
        };
        let mut has_members = false;
        while let Token::Name(name) = self.reader.next()? {
            has_members = true;
            match &*name.decode() {
                "status" => response.status = self.span()?,
                "location" => response.location = self.shaped_text(entry, "response.location")?,
                "outcome" => {
                    if self.object(entry, "response.outcome")? {
                        response.outcome = Some(self.outcome()?);
                    }
                }
                _ => self.reader.value()?,
            }
        }
        self.has_members = has_members;
        if !response.status.is_some() {
            self.misshapen(Rule::StrRequired, entry, "response.status");
        }
        Ok(response)
    }

    fn outcome(&mut self) -> Result<RawRange, Stopped> {
        let mut start = self.reader.start();
        let mut is_first = true;
        while let Token::Name(name) = self.reader.next()? {
            if name.is("resourceType") && std::mem::take(&mut is_first) {
                start = self.resource_start(start);
            }
            self.reader.value()?;
        }
        Ok(RawRange::new(start, self.reader.at()))
    }
}
