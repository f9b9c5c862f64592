//! What a search found, a page at a time: each entry by its own bytes.

use std::fmt::Write as _;

use medmij_fhir_bundle::{Bundle, BundleError, FhirVersion, Limits};
use serde_json::Value;

/// A page of what was found, from 1, with links to those beside it; `None` if there is no such page.
pub(super) fn page(
    found: &[u8],
    version: FhirVersion,
    address: &str,
    query: &str,
    size: usize,
) -> Result<Option<Vec<u8>>, BundleError> {
    let parameters: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let asked = parameters.iter().find(|(name, _)| name == "page");
    let Some(number) = asked.map_or(Some(1), |(_, number)| {
        number.parse().ok().filter(|number: &usize| *number > 0)
    }) else {
        return Ok(None);
    };
    let bundle = Bundle::parse(found, version, &Limits::default())?;
    let link = |relation: &str, number: usize| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters.iter().filter(|(name, _)| name != "page"));
        if number > 1 {
            query.append_pair("page", &number.to_string());
        }
        let query = query.finish();
        let mark = if query.is_empty() { "" } else { "?" };
        serde_json::json!({"relation": relation, "url": format!("{address}{mark}{query}")})
    };
    let begin = (number - 1).saturating_mul(size);
    let entries: Vec<_> = bundle.entries().skip(begin).take(size).collect();
    if entries.is_empty() && number > 1 {
        return Ok(None);
    }
    let is_more = begin.saturating_add(size) < bundle.entries().len();
    let mut links = vec![link("self", number)];
    links.extend((number > 1).then(|| link("previous", number - 1)));
    links.extend(is_more.then(|| link("next", number + 1)));
    let links = Value::from(links);
    let matches = || bundle.entries().filter(medmij_fhir_bundle::Entry::is_match).count() as u64;
    let total = bundle.total().unwrap_or_else(matches);
    let mut page = format!(r#"{{"resourceType":"Bundle","type":"searchset","total":{total},"link":{links}"#);
    for (index, entry) in entries.iter().enumerate() {
        let resource = entry.resource().map_or("{}", |resource| resource.source());
        page += if index == 0 { r#","entry":[{"# } else { ",{" };
        if let Some(full_url) = entry.full_url() {
            let _ = write!(page, r#""fullUrl":{},"#, Value::from(full_url));
        }
        let _ = write!(page, r#""resource":{resource}"#);
        if let Some(mode) = entry.search_mode() {
            let _ = write!(page, r#","search":{{"mode":{}}}"#, Value::from(mode));
        }
        page.push('}');
    }
    page += if entries.is_empty() { "}" } else { "]}" };
    Ok(Some(page.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hold_each_entry_once_and_as_it_is() {
        let entry = |id: u8| {
            format!(
                r#"{{"fullUrl":"https://x/Flag/{id}","resource":{{"resourceType":"Flag", "id":"{id}","a":1.50}},"search":{{"mode":"match"}}}}"#
            )
        };
        let found = format!(
            r#"{{"resourceType":"Bundle","type":"searchset","total":3,"entry":[{},{},{}]}}"#,
            entry(1),
            entry(2),
            entry(3)
        );
        let page = |query: &str| page(found.as_bytes(), FhirVersion::Stu3, "https://x/Flag", query, 2).unwrap();
        let text = |query: &str| String::from_utf8(page(query).unwrap()).unwrap();
        let first = text("status=a%20b");
        assert!(
            first.contains(&entry(1)) && first.contains(&entry(2)) && !first.contains(&entry(3)),
            "{first}"
        );
        assert!(
            first.contains(r#"{"relation":"next","url":"https://x/Flag?status=a+b&page=2"}"#),
            "{first}"
        );
        let second = text("page=2");
        assert!(second.contains(&entry(3)) && !second.contains("next"), "{second}");
        assert!(
            second.contains(r#"{"relation":"previous","url":"https://x/Flag"}"#),
            "{second}"
        );
        for none in ["page=3", "page=0", "page=x", "page=99999999999999999999"] {
            assert_eq!(page(none), None, "{none}");
        }
    }
}
