//! Bundles of any size, as a Resource Server answers them: Observations of a Patient who sits in the same answer.

use std::fmt::Write as _;

use medmij_fhir_bundle::Format;

use crate::Seeded;

/// A searchset of a Patient and so many Observations of STU3, in the layout of the answers of the ministry's mock: indented by two spaces, with
/// profiles, identifiers, codings with displays, references and quantities.
///
/// ```
/// use medmij_fhir_bundle::{Bundle, FhirVersion, Format, Limits, RuleSet};
///
/// for format in [Format::Json, Format::Xml] {
///     let text = medmij_benches::bundle(format, 20, 1);
///     let bundle = Bundle::parse(text.as_bytes(), FhirVersion::Stu3, &Limits::default()).unwrap();
///     assert_eq!((bundle.format(), bundle.entries().len()), (format, 21));
///     assert_eq!(bundle.findings(RuleSet::Nictiz), []);
/// }
/// ```
#[must_use]
pub fn bundle(format: Format, observations: u64, seed: u64) -> String {
    let mut random = Seeded::new(seed);
    let mut text = match format {
        Format::Json => head_json(observations),
        Format::Xml => head_xml(observations),
    };
    for number in 0..observations {
        let value = 500 + random.below(1_000);
        let day = 1 + random.below(28);
        let code = 10_000 + random.below(80_000);
        let written = match format {
            Format::Json => observation_json(&mut text, number, code, day, value),
            Format::Xml => observation_xml(&mut text, number, code, day, value),
        };
        debug_assert!(written.is_ok(), "a string takes all");
    }
    text.push_str(match format {
        Format::Json => "\n  ]\n}\n",
        Format::Xml => "</Bundle>\n",
    });
    text
}

fn head_json(observations: u64) -> String {
    format!(
        r#"{{
  "resourceType": "Bundle",
  "id": "00d9f5ca-1f0b-4a3c-8d7e-6a5b4c3d2e1f",
  "type": "searchset",
  "total": {observations},
  "link": [
    {{
      "relation": "self",
      "url": "https://rs.dva.nl/48/fhir/Observation?_include=Observation:subject"
    }}
  ],
  "entry": [
    {{
      "fullUrl": "https://rs.dva.nl/48/fhir/Patient/p-1",
      "resource": {{
        "resourceType": "Patient",
        "id": "p-1",
        "meta": {{
          "profile": [
            "http://fhir.nl/fhir/StructureDefinition/nl-core-patient"
          ]
        }},
        "gender": "female",
        "birthDate": "1970-09-01"
      }},
      "search": {{
        "mode": "include"
      }}
    }}"#
    )
}

fn observation_json(text: &mut String, number: u64, code: u64, day: u64, value: u64) -> std::fmt::Result {
    let (whole, tenth) = (value / 10, value % 10);
    write!(
        text,
        r#",
    {{
      "fullUrl": "https://rs.dva.nl/48/fhir/Observation/o-{number}",
      "resource": {{
        "resourceType": "Observation",
        "id": "o-{number}",
        "meta": {{
          "versionId": "1",
          "profile": [
            "http://nictiz.nl/fhir/StructureDefinition/zib-BodyWeight"
          ]
        }},
        "text": {{
          "status": "generated",
          "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">Gewicht: {whole}.{tenth} kg<\/div>"
        }},
        "identifier": [
          {{
            "system": "https://rs.dva.nl/ids/observations",
            "value": "obs-{number}"
          }}
        ],
        "status": "final",
        "category": [
          {{
            "coding": [
              {{
                "system": "http://hl7.org/fhir/observation-category",
                "code": "vital-signs",
                "display": "Vital Signs"
              }}
            ]
          }}
        ],
        "code": {{
          "coding": [
            {{
              "system": "http://loinc.org",
              "code": "{code}-7",
              "display": "Body weight Measured"
            }}
          ]
        }},
        "subject": {{
          "reference": "Patient/p-1",
          "display": "Patient, de Vries"
        }},
        "effectiveDateTime": "2026-10-{day:02}T08:{:02}:00+02:00",
        "valueQuantity": {{
          "value": {whole}.{tenth}0,
          "unit": "kg",
          "system": "http://unitsofmeasure.org",
          "code": "kg"
        }}
      }},
      "search": {{
        "mode": "match"
      }}
    }}"#,
        number % 60
    )
}

fn head_xml(observations: u64) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Bundle xmlns="http://hl7.org/fhir">
  <id value="00d9f5ca-1f0b-4a3c-8d7e-6a5b4c3d2e1f"/>
  <type value="searchset"/>
  <total value="{observations}"/>
  <link>
    <relation value="self"/>
    <url value="https://rs.dva.nl/48/fhir/Observation?_include=Observation:subject"/>
  </link>
  <entry>
    <fullUrl value="https://rs.dva.nl/48/fhir/Patient/p-1"/>
    <resource>
      <Patient>
        <id value="p-1"/>
        <meta>
          <profile value="http://fhir.nl/fhir/StructureDefinition/nl-core-patient"/>
        </meta>
        <gender value="female"/>
        <birthDate value="1970-09-01"/>
      </Patient>
    </resource>
    <search>
      <mode value="include"/>
    </search>
  </entry>
"#
    )
}

fn observation_xml(text: &mut String, number: u64, code: u64, day: u64, value: u64) -> std::fmt::Result {
    let (whole, tenth) = (value / 10, value % 10);
    write!(
        text,
        r#"  <entry>
    <fullUrl value="https://rs.dva.nl/48/fhir/Observation/o-{number}"/>
    <resource>
      <Observation>
        <id value="o-{number}"/>
        <meta>
          <versionId value="1"/>
          <profile value="http://nictiz.nl/fhir/StructureDefinition/zib-BodyWeight"/>
        </meta>
        <text>
          <status value="generated"/>
          <div xmlns="http://www.w3.org/1999/xhtml">Gewicht: {whole}.{tenth} kg</div>
        </text>
        <identifier>
          <system value="https://rs.dva.nl/ids/observations"/>
          <value value="obs-{number}"/>
        </identifier>
        <status value="final"/>
        <category>
          <coding>
            <system value="http://hl7.org/fhir/observation-category"/>
            <code value="vital-signs"/>
            <display value="Vital Signs"/>
          </coding>
        </category>
        <code>
          <coding>
            <system value="http://loinc.org"/>
            <code value="{code}-7"/>
            <display value="Body weight Measured"/>
          </coding>
        </code>
        <subject>
          <reference value="Patient/p-1"/>
          <display value="Patient, de Vries"/>
        </subject>
        <effectiveDateTime value="2026-10-{day:02}T08:{:02}:00+02:00"/>
        <valueQuantity>
          <value value="{whole}.{tenth}0"/>
          <unit value="kg"/>
          <system value="http://unitsofmeasure.org"/>
          <code value="kg"/>
        </valueQuantity>
      </Observation>
    </resource>
    <search>
      <mode value="match"/>
    </search>
  </entry>
"#,
        number % 60
    )
}
