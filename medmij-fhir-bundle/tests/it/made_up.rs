//! Bundles that are made up, and the XML of a JSON.

use proptest::prelude::*;
use serde_json::Value;

/// The same in XML: an array is an element that comes again, `_name` stands inside the element of its value.
pub(crate) fn xml_of(bundle: &Value) -> String {
    let mut xml = String::new();
    resource(bundle, " xmlns=\"http://hl7.org/fhir\"", &mut xml);
    xml
}

fn resource(value: &Value, declared: &str, xml: &mut String) {
    let name = value["resourceType"].as_str().unwrap_or("Basic");
    xml.push_str(&format!("<{name}{declared}>"));
    members(value, xml);
    xml.push_str(&format!("</{name}>"));
}

fn members(value: &Value, xml: &mut String) {
    let object = value.as_object().unwrap();
    for (name, member) in object {
        let is_attribute = name == "id" && !object.contains_key("resourceType") || name == "url" && is_extension(value);
        if name == "resourceType" || is_attribute {
            continue;
        }
        if let Some(own) = name.strip_prefix('_') {
            if !object.contains_key(own) {
                each(member, &mut |beside| element(own, None, Some(beside), xml));
            }
            continue;
        }
        let beside = object.get(&format!("_{name}"));
        let mut at = 0;
        each(member, &mut |item| {
            let beside = beside.and_then(|beside| beside.as_array().map_or(Some(beside), |list| list.get(at)));
            at += 1;
            element(name, Some(item), beside.filter(|beside| !beside.is_null()), xml);
        });
    }
}

fn is_extension(value: &Value) -> bool {
    let object = value.as_object().unwrap();
    object.contains_key("url") && !object.contains_key("relation") && !object.contains_key("method") && {
        let is_value = |name: &String| name.starts_with("value") || name == "extension";
        object.keys().any(is_value)
    }
}

fn each<'v>(value: &'v Value, does: &mut dyn FnMut(&'v Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| each(item, does)),
        other => does(other),
    }
}

fn element(name: &str, value: Option<&Value>, beside: Option<&Value>, xml: &mut String) {
    if name == "div" {
        xml.push_str(value.and_then(Value::as_str).unwrap_or("<div/>"));
        return;
    }
    xml.push('<');
    xml.push_str(name);
    let object = value.filter(|value| value.is_object()).or(beside);
    for attribute in ["id", "url"] {
        let inner = object.filter(|inner| inner.get("resourceType").is_none());
        let said = inner.and_then(|inner| inner[attribute].as_str());
        if let Some(said) = said.filter(|_| attribute == "id" || object.is_some_and(is_extension)) {
            xml.push_str(&format!(" {attribute}=\"{}\"", escaped(said)));
        }
    }
    match value {
        Some(Value::String(text)) => xml.push_str(&format!(" value=\"{}\"", escaped(text))),
        Some(value) if !value.is_object() && !value.is_null() => xml.push_str(&format!(" value=\"{value}\"")),
        _ => {}
    }
    xml.push('>');
    if let Some(object) = object {
        if object.get("resourceType").is_some() {
            resource(object, "", xml);
        } else {
            members(object, xml);
        }
    }
    xml.push_str(&format!("</{name}>"));
}

fn escaped(text: &str) -> String {
    let mut said = String::new();
    for c in text.chars() {
        match c {
            '&' => said.push_str("&amp;"),
            '<' => said.push_str("&lt;"),
            '"' => said.push_str("&#34;"),
            '\t' | '\n' | '\r' => said.push_str(&format!("&#x{:x};", u32::from(c))),
            other => said.push(other),
        }
    }
    said
}

/// Any JSON, of a few levels.
pub(crate) fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,8}",
        Just("https://rs/Flag/1".to_owned()),
        Just("urn:uuid:1".to_owned()),
        Just("Flag/1".to_owned()),
        Just("#a".to_owned()),
        Just("999911120".to_owned()),
        Just("http://fhir.nl/fhir/NamingSystem/bsn".to_owned()),
        Just("Flag".to_owned()),
        Just("Bundle".to_owned()),
        Just("\u{0}\"\\\u{1F600}".to_owned()),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "resourceType",
            "type",
            "total",
            "link",
            "relation",
            "url",
            "entry",
            "fullUrl",
            "resource",
            "id",
            "meta",
            "versionId",
            "profile",
            "search",
            "mode",
            "request",
            "method",
            "response",
            "status",
            "outcome",
            "identifier",
            "system",
            "value",
            "_value",
            "extension",
            "reference",
            "contained",
            "code",
            "coding",
            "text",
            "div",
            "timestamp",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,4}",
    ]
}

/// A Bundle whose members are whatever comes.
pub(crate) fn bundle() -> impl Strategy<Value = Value> {
    let code = prop::sample::select(vec!["searchset", "batch", "document", "history", "message", "other"]);
    (code, prop::collection::vec(json(), 0..4), json()).prop_map(|(code, entries, more)| {
        serde_json::json!({"resourceType": "Bundle", "type": code, "entry": entries, "more": more})
    })
}
