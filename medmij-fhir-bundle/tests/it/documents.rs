//! Typed access to the few things that are needed: Attachments, Binaries, the identifier of a Bundle.

use medmij_fhir_bundle::{Attachment, Binary, BinaryError, FhirVersion, Limits};

use crate::made_up::xml_of;
use crate::{bundle, of_one, parse, parse_as};

#[test]
fn attachments_are_found_wherever_they_stand() {
    let text = of_one(
        "searchset",
        r#""resource":{"resourceType":"DocumentReference","title":"x","url":"y","content":[
            {"attachment":{"title":"Ontslag\u0062rief","extension":[{"url":"z","valueAttachment":{"size":3,"data":"eHl6"}}],
                           "contentType":"application/pdf","url":"Binary/1","size":12,"hash":"h"}},
            {"format":{"code":"x"}}],
            "contained":[{"resourceType":"Media","content":{"contentType":"image/png"}}],"photo":{}}"#,
    );
    let told = |attachment: &Attachment<'_>| {
        let text = |text: &Option<std::borrow::Cow<'_, str>>| text.clone().unwrap_or_default().into_owned();
        let Attachment {
            content_type,
            url,
            title,
            hash,
            data,
            ..
        } = attachment;
        let texts = [content_type, url, title, hash, data].map(text).join("|");
        assert_eq!(attachment.entry, Some(0));
        (attachment.path.replace("[0]", ""), texts, attachment.size)
    };
    let expected = [
        ("content.attachment.extension.valueAttachment", "||||eHl6", Some(3)),
        (
            "content.attachment",
            "application/pdf|Binary/1|Ontslagbrief|h|",
            Some(12),
        ),
        ("contained.content", "image/png||||", None),
    ]
    .map(|(path, texts, size)| (format!("Bundle.entry.resource.{path}"), texts.to_owned(), size));
    let xml = xml_of(&serde_json::from_str(&text).unwrap());
    for text in [&text, &xml] {
        let parsed = parse(text).unwrap();
        let attachments = parsed.attachments();
        let mut found: Vec<_> = attachments.iter().map(told).collect();
        found.sort();
        let mut expected = expected.clone();
        expected.sort();
        assert_eq!(found, expected, "{text}");
        assert!(!format!("{attachments:?}").contains("Binary/1"));
    }
}

#[test]
fn attachments_have_several_names() {
    for member in [
        "attachment",
        "pAttachment",
        "photo",
        "image",
        "presentedForm",
        "valueAttachment",
    ] {
        let text = of_one(
            "searchset",
            &format!(r#""resource":{{"resourceType":"X","{member}":{{"url":"Binary/1"}}}}"#),
        );
        assert_eq!(parse(&text).unwrap().attachments().len(), 1, "{member}");
    }
}

#[test]
fn a_binary_is_read_alone_and_in_a_bundle() {
    let binary = |member: &str, content: &str| {
        format!(r#"{{"resourceType":"Binary","{member}":"{content}","contentType":"text\/plain"}}"#)
    };
    for (version, member, other) in [
        (FhirVersion::Stu3, "content", "data"),
        (FhirVersion::R4, "data", "content"),
        (FhirVersion::R4b, "data", "content"),
    ] {
        let right = binary(member, "aGFs\\nbG8=");
        let whole = of_one("collection", &format!(r#""resource":{right}"#));
        let xml = xml_of(&serde_json::from_str(&right).unwrap());
        let read = |text: &str| Binary::parse(text.as_bytes(), version, &Limits::default());
        for found in [read(&right), read(&xml), parse_as(&whole, version).unwrap().binary(0)] {
            let found = found.unwrap();
            assert_eq!(
                (found.content_type.as_deref(), &found.content[..]),
                (Some("text/plain"), &b"hallo"[..])
            );
            assert!(!format!("{found:?}").contains("104"), "no content");
        }
        assert_eq!(read(&binary(other, "aGFsbG8=")), Err(BinaryError::Empty));
        assert_eq!(read(&binary(member, "aGFsbG8")), Err(BinaryError::Base64));
        assert_eq!(read(r#"{"resourceType":"Flag"}"#), Err(BinaryError::NotABinary));
        assert!(matches!(read("%PDF"), Err(BinaryError::Resource(_))));
        assert_eq!(
            parse_as(&whole, version).unwrap().binary(1),
            Err(BinaryError::NotABinary)
        );
    }
}

#[test]
fn profiles_are_told_and_found() {
    const PATIENT: &str = "http://fhir.nl/fhir/StructureDefinition/nl-core-patient";
    let patient = |profile: &str| {
        format!(
            r#"{{"resource":{{"resourceType":"Patient","id":"1","meta":{{"tag":[{{"code":"x"}}],"profile":{profile}}}}}}}"#
        )
    };
    let text = bundle(
        "searchset",
        &format!(
            r#""entry":[{},{},{},{{"resource":{{"resourceType":"Patient"}}}}]"#,
            patient(&format!(r#"["urn:a","{PATIENT}|1\u002e0"]"#)),
            patient(&format!(r#"["{PATIENT}-other"]"#)),
            patient(&format!(r#"["{PATIENT}"]"#)),
        ),
    );
    let xml = xml_of(&serde_json::from_str(&text).unwrap());
    let prefixed = xml
        .replace("</", "</f:")
        .replace('<', "<f:")
        .replace("<f:/f:", "</f:")
        .replace("xmlns=", "xmlns:f=");
    for text in [&text, &xml, &prefixed] {
        let parsed = parse(text).unwrap();
        let told = parsed.entry(0).unwrap().resource().unwrap().profiles();
        assert_eq!(told, ["urn:a", &format!("{PATIENT}|1.0")], "{text}");
        let places: Vec<_> = parsed.by_profile(PATIENT).map(|(place, _)| place).collect();
        assert_eq!(places, [0, 2]);
        assert!(parsed.entry(3).unwrap().resource().unwrap().profiles().is_empty());
    }
}

#[test]
fn the_identifier_of_a_bundle() {
    let text = bundle("document", r#""identifier":{"system":"urn:x","value":"\u0031"}"#);
    let parsed = parse(&text).unwrap();
    let identifier = parsed.identifier().unwrap();
    assert_eq!(
        (identifier.system().as_deref(), identifier.value().as_deref()),
        (Some("urn:x"), Some("1"))
    );
    assert!(
        parse(&bundle("document", r#""identifier":{}"#))
            .unwrap()
            .identifier()
            .is_none()
    );
}
