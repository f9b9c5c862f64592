//! What is found in a Bundle: every rule by its name, with its severity and what it says.

use std::fmt;

use crate::FhirVersion;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "the contract of the command line tool")]
pub enum Severity {
    /// For who wants to know.
    Information,
    /// It should not be.
    Warning,
    /// It must not be: the Bundle is not valid.
    Error,
}

impl Severity {
    /// The name, as JSON writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something that a rule says of a Bundle, or of a place in it. Nothing of the content is repeated: it may be personal.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The version of FHIR by which it was judged.
    pub version: FhirVersion,
    /// The entry it is in, from 0.
    pub entry: Option<usize>,
    /// Where it is, as FHIRPath from the Bundle.
    pub path: String,
}

impl Finding {
    /// How much it matters.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.rule.severity()
    }

    /// What it says.
    #[must_use]
    pub const fn message(&self) -> &'static str {
        self.rule.message()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} [{}] {}",
            self.path,
            self.severity(),
            self.rule,
            self.message()
        )
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident = $name:literal, $severity:ident, $message:literal;)+) => {
        /// A rule by its name, with what it says: `bdl-*` are FHIR's invariants, `NT-*` the checks of Nictiz (by the numbers that
        /// this crate gives them, of the scripts of May 2026), the others FHIR's prose.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Rule {
            $(
                $(#[$doc])*
                #[doc = ""]
                #[doc = concat!("`", $name, "`: ", $message, ".")]
                $rule,
            )+
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$rule),+];

            /// The name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)+
                }
            }

            /// How much it matters.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$rule => Severity::$severity,)+
                }
            }

            /// What it says.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self {
                    $(Self::$rule => $message,)+
                }
            }
        }
    };
}

rules! {
    /// [bdl-1, 3.0 to 4.3]
    Bdl1 = "bdl-1", Error, "total stands in searchset and history only";
    /// [bdl-2, 3.0 to 4.3]
    Bdl2 = "bdl-2", Error, "search stands in the entries of a searchset only";
    /// [bdl-3, 3.0 to 4.3]
    Bdl3 = "bdl-3", Error, "request stands in the entries of batch, transaction and history, and from R4 on in each of them";
    /// [bdl-4, 3.0 to 4.3]
    Bdl4 = "bdl-4", Error, "response stands in the entries of responses, from R4 on in each of them and in history too";
    /// [bdl-5, 3.0 to 4.3]
    Bdl5 = "bdl-5", Error, "an entry has a resource, a request or a response";
    /// [bdl-7, 3.0 to 4.3]
    Bdl7 = "bdl-7", Error, "no two entries have one fullUrl and one version";
    /// [bdl-8, 3.0 to 4.3]
    Bdl8 = "bdl-8", Error, "a fullUrl names no version";
    /// [bdl-9, 3.0 to 4.3]
    Bdl9 = "bdl-9", Error, "a document has an identifier with a system and a value";
    /// [bdl-10, 4.0 and 4.3]
    Bdl10 = "bdl-10", Error, "a document has a timestamp";
    /// [bdl-11, 4.0 and 4.3]
    Bdl11 = "bdl-11", Error, "the first resource of a document is a Composition";
    /// [bdl-12, 4.0 and 4.3]
    Bdl12 = "bdl-12", Error, "the first resource of a message is a MessageHeader";

    StrResourceType = "str-resource-type", Error, "a resource tells its type";
    StrType = "str-type", Error, "a Bundle tells its type";
    StrTypeCode = "str-type-code", Error, "the type is one of the nine codes";
    StrTotal = "str-total", Error, "total is a whole number that is not negative";
    StrArray = "str-array", Error, "what may stand more than once is an array";
    StrObject = "str-object", Error, "what has members is an object";
    StrText = "str-text", Error, "what says something is a string";
    StrRequired = "str-required", Error, "a member that is required is missing";
    StrEmptyArray = "str-empty-array", Error, "no array is empty";
    StrEmptyObject = "str-empty-object", Error, "no object is empty";
    StrEmptyText = "str-empty-text", Error, "no string is empty";
    StrNull = "str-null", Error, "null only fills an array of values beside its extensions";
    StrStatus = "str-status", Error, "the status of a response begins with three digits";
    StrLinkOnce = "str-link-once", Error, "a link relation occurs once";
    StrSearchMode = "str-search-mode", Error, "the search mode is match, include or outcome";
    StrMethod = "str-method", Error, "the method is one that this version of FHIR has";
    StrImplicitRules = "str-implicit-rules", Warning, "rules apply that are not known here";
    StrModifierExtension = "str-modifier-extension", Warning, "an extension that is not known here changes what is meant";
    StrTimestamp = "str-timestamp", Error, "STU3 has no timestamp";

    DuplicateName = "str-duplicate-name", Error, "a member stands twice in one object, or in XML not beside its like";
    JsonLoneSurrogate = "json-lone-surrogate", Error, "half of a character is escaped";
    XmlAttribute = "xml-attribute", Error, "an attribute that FHIR has not";
    ByteOrderMark = "str-byte-order-mark", Warning, "a byte order mark stands before the text";
    MoreFindings = "str-more-findings", Warning, "there is more that is not told: the limit of findings is reached";

    UrlAbsolute = "url-absolute", Error, "a fullUrl is absolute, or a urn";
    UrlId = "url-id", Error, "a fullUrl that looks like the address of a resource ends with its id";
    UrlNoId = "url-no-id", Error, "a fullUrl looks like the address of a resource that has no id";

    UrlMissing = "url-missing", Error, "what a document or message is made of has a fullUrl";
    UrlUntold = "url-untold", Warning, "what a server holds has a fullUrl";

    FirstResource = "typ-first-resource", Error, "the first resource of a document is a Composition, of a message a MessageHeader";
    SearchsetId = "typ-searchset-id", Error, "what was found in a search has an id";
    SearchsetType = "typ-searchset-type", Warning, "what was found is of the type that was searched for";
    SearchsetMode = "typ-searchset-mode", Information, "why the entry is there is not told: it counts as found";
    SearchsetResource = "typ-searchset-resource", Error, "an entry of a searchset has a resource";
    ResourceMissing = "typ-resource-missing", Error, "the entry must have a resource";
    ResourceForbidden = "typ-resource-forbidden", Error, "a request that sends nothing has no resource";
    RequestUrl = "typ-request-url", Error, "the URL of a request does not fit its method and resource";
    RequestUrlRelative = "typ-request-url-relative", Warning, "the URL of a request is relative to the root";
    IfNoneExist = "typ-if-none-exist", Error, "ifNoneExist is what stands behind the question mark, and no more";
    SameTarget = "typ-same-target", Error, "two entries of a transaction address one resource";
    UrnUnresolved = "ref-urn-unresolved", Error, "a reference by urn leads to no entry";
    OutcomeResource = "typ-outcome-resource", Error, "an entry with mode outcome holds an OperationOutcome";

    ReferenceMalformed = "ref-malformed", Error, "a reference is none";
    ReferenceContained = "ref-contained", Error, "a reference leads to no contained resource";
    ReferenceAmbiguous = "ref-ambiguous", Error, "a reference leads to more than one entry";
    ReferenceVersion = "ref-version", Error, "a reference names a version of an entry that it does not have";
    ReferenceNotFound = "ref-not-found", Error, "what a document or message is made of is in it";
    ReferenceNoBase = "ref-relative-no-base", Warning, "a relative reference stands in an entry that has no address to begin from";

    /// [NT-1, 2026-05]
    Nt1 = "NT-1", Error, "fullUrl ends with the id of the resource";
    /// [NT-2, 2026-05]
    Nt2 = "NT-2", Error, "fullUrl is a URL of http or https, or a urn of oid or uuid";
    /// [NT-3, 2026-05]
    Nt3 = "NT-3", Error, "a Coding has a system and a code";
    /// [NT-4, 2026-05]
    Nt4 = "NT-4", Error, "the system of a Coding is no value set of the zibs";
    /// [NT-5, 2026-05]
    Nt5 = "NT-5", Error, "a CodeableConcept has a display, a text or an extension";
    /// [NT-6, 2026-05]
    Nt6 = "NT-6", Error, "a Reference has a display, or says why not";
    /// [NT-7, 2026-05]
    Nt7 = "NT-7", Error, "an Identifier has a value, and a system or a type";
    /// [NT-8, 2026-05]
    Nt8 = "NT-8", Error, "no identifier holds a BSN";
    /// [NT-9, 2026-05]
    Nt9 = "NT-9", Error, "no request names the patient: the token does";
    /// [NT-10, 2026-05]
    Nt10 = "NT-10", Error, "a request carries the token";
    /// [NT-11, 2026-05]
    Nt11 = "NT-11", Error, "what is put has a fullUrl and an id";
    /// [NT-12, 2026-05]
    Nt12 = "NT-12", Warning, "what is posted has no id yet";
    /// [NT-13, 2026-05]
    Nt13 = "NT-13", Warning, "what is posted has no fullUrl, or a urn";
    /// [NT-14, 2026-05]
    Nt14 = "NT-14", Error, "what is sent tells its profile";
    /// [NT-15, 2026-05]
    Nt15Id = "NT-15-id", Error, "what is answered has an id, unless its fullUrl is a urn";
    /// [NT-15, 2026-05]
    Nt15Profile = "NT-15-profile", Error, "what is answered tells its profile";
    /// [NT-16, 2026-05]
    Nt16Self = "NT-16-self", Error, "a searchset has a link to itself";
    /// [NT-16, 2026-05]
    Nt16Total = "NT-16-total", Error, "total is not more than what was found";
    /// [NT-16, 2026-05]
    Nt16Bsn = "NT-16-bsn", Error, "no link tells the system of the BSN";
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
