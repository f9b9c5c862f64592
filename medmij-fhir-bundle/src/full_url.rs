//! Addresses of resources: what a fullUrl may be, and what is read off it [FHIR Bundle.entry.fullUrl, 3.0 to 4.3].

/// An address as FHIR's REST interface has them: `[base]/[type]/[id]`, with a version perhaps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Restful<'u> {
    /// All before the type, with its slash; empty if it is relative.
    pub(crate) base: &'u str,
    pub(crate) resource_type: &'u str,
    pub(crate) id: &'u str,
}

impl<'u> Restful<'u> {
    /// `^((https?)://([A-Za-z0-9\-\.:%$_~]*/)*)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(/_history/([A-Za-z0-9\-.]{1,64}))?$`
    pub(crate) fn parse(url: &'u str) -> Option<Self> {
        /// No server takes a longer one, and each relative reference begins from one.
        const LONGEST: usize = 8_192;
        if url.len() > LONGEST {
            return None;
        }
        let (address, version) = split_version(url);
        if version.is_some_and(|version| !is_id(version)) {
            return None;
        }
        let (rest, id) = address.rsplit_once('/')?;
        let (base, resource_type) = match rest.rfind('/') {
            Some(at) => (rest.get(..=at)?, rest.get(at + 1..)?),
            None => ("", rest),
        };
        let path = match base.strip_prefix("http") {
            None if base.is_empty() => "",
            None => return None,
            Some(rest) => rest.strip_prefix('s').unwrap_or(rest).strip_prefix("://")?,
        };
        let is_path = path
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.:%$_~/".contains(&byte));
        (is_path && is_type(resource_type) && is_id(id)).then_some(Self {
            base,
            resource_type,
            id,
        })
    }
}

/// An address without the version that it names, and that version.
pub(crate) fn split_version(url: &str) -> (&str, Option<&str>) {
    match url.rsplit_once("/_history/") {
        Some((address, version)) => (address, Some(version)),
        None => (url, None),
    }
}

/// A capital, and then letters.
pub(crate) fn is_type(name: &str) -> bool {
    name.len() > 1
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphabetic())
}

pub(crate) fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

/// Whether it has a scheme.
pub(crate) fn is_absolute(url: &str) -> bool {
    let Some((scheme, _)) = url.split_once(':') else {
        return false;
    };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// `Type?query`.
pub(crate) fn is_conditional(says: &str) -> bool {
    says.split_once('?').is_some_and(|(name, _)| is_type(name))
}

/// What the qualification scripts take for a fullUrl [NT-2]: a URL of http or https, or a urn of an OID or UUID.
pub(crate) fn is_full_url(url: &str) -> bool {
    if let Some(oid) = url.strip_prefix("urn:oid:") {
        return is_oid(oid);
    }
    match url.strip_prefix("urn:uuid:") {
        Some(uuid) => is_uuid(uuid),
        None => url.starts_with("http://") || url.starts_with("https://"),
    }
}

/// `[0-2](\.(0|[1-9]\d*))*`
fn is_oid(oid: &str) -> bool {
    let mut arcs = oid.split('.');
    let is_arc = |arc: &str| {
        !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit()) && (arc == "0" || !arc.starts_with('0'))
    };
    matches!(arcs.next(), Some("0" | "1" | "2")) && arcs.all(is_arc)
}

fn is_uuid(uuid: &str) -> bool {
    let groups: Vec<_> = uuid.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && uuid.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restful_addresses() {
        let parts = |url| Restful::parse(url).map(|it| (it.base, it.resource_type, it.id));
        assert_eq!(parts("Patient/1"), Some(("", "Patient", "1")));
        assert_eq!(
            parts("https://rs.dva.nl/48/fhir/Patient/1.a-B/_history/2"),
            Some(("https://rs.dva.nl/48/fhir/", "Patient", "1.a-B"))
        );
        assert_eq!(parts("https://Patient/1"), Some(("https://", "Patient", "1")));
        for url in [
            "",
            "Patient",
            "Patient/",
            "/Patient/1",
            "patient/1",
            "P/1",
            "Patient/1?x",
            "Patient/a_b",
            "urn:uuid:Patient/1",
            "ftp://x/Patient/1",
            "https://a b/Patient/1",
            "Patient/1/_history/",
        ] {
            assert_eq!(parts(url), None, "{url}");
        }
    }

    #[test]
    fn nt_2_full_urls() {
        for url in [
            "http://x",
            "https://x/Patient/1",
            "urn:oid:2.16.840.0",
            "urn:oid:1",
            "urn:uuid:C757873D-ec9a-4326-a141-556f43239520",
        ] {
            assert!(is_full_url(url), "{url}");
        }
        for url in [
            "Patient/1",
            "urn:oid:3.1",
            "urn:oid:2.01",
            "urn:oid:2..1",
            "urn:uuid:1",
            "urn:uuid:c757873dec9a-4326-a141-556f43239520-",
            "ftp://x",
            "",
        ] {
            assert!(!is_full_url(url), "{url}");
        }
    }
}
