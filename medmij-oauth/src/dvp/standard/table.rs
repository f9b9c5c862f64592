//! The requests of the Nictiz qualification scripts, usecase MedMij [resource.md 7].

use super::{InformationStandard, Then};

const STU3: &str = "3.0";
const R4: &str = "4.0";

const TREATMENT_DIRECTIVE: &str = "Consent?category=http://snomed.info/sct|11291000146105";
const ADVANCE_DIRECTIVE: &str = "Consent?category=http://snomed.info/sct|11341000146107";
const PATIENT: &str = "Patient?_include=Patient:general-practitioner";
const COVERAGE: &str = "Coverage?_include=Coverage:payor:Patient&_include=Coverage:payor:Organization";
const LABORATORY: &str = "Observation/$lastn?category=http://snomed.info/sct|275711006\
                          &_include=Observation:related-target&_include=Observation:specimen";

/// The standards whose requests were seen.
pub(super) const ALL: &[InformationStandard] = &[
    InformationStandard {
        name: "Basisgegevensset Zorg 3.0",
        gegevensdienst: Some("48"),
        systeemrol: Some("BZB"),
        fhir_version: STU3,
        requests: &[
            PATIENT,
            COVERAGE,
            TREATMENT_DIRECTIVE,
            ADVANCE_DIRECTIVE,
            "Observation/$lastn?category=http://snomed.info/sct|118228005,http://snomed.info/sct|384821006",
            "Condition",
            "Observation/$lastn?code=http://snomed.info/sct|365508006",
            "Observation?code=http://snomed.info/sct|228366006",
            "Observation?code=http://snomed.info/sct|228273003",
            "Observation?code=http://snomed.info/sct|365980008",
            "NutritionOrder",
            "Flag",
            "AllergyIntolerance",
            "MedicationStatement?category=urn:oid:2.16.840.1.113883.2.4.3.11.60.20.77.5.3|6\
             &_include=MedicationStatement:medication",
            "MedicationRequest?category=http://snomed.info/sct|16076005&_include=MedicationRequest:medication",
            "MedicationDispense?category=http://snomed.info/sct|422037009&_include=MedicationDispense:medication",
            "DeviceUseStatement?_include=DeviceUseStatement:device",
            "Immunization?status=completed",
            "Observation/$lastn?code=http://loinc.org|85354-9",
            "Observation/$lastn?code=http://loinc.org|29463-7",
            "Observation/$lastn?code=http://loinc.org|8302-2,http://loinc.org|8306-3,http://loinc.org|8308-9",
            LABORATORY,
            "Procedure?category=http://snomed.info/sct|387713003",
            "Encounter?class=http://hl7.org/fhir/v3/ActCode|IMP,http://hl7.org/fhir/v3/ActCode|ACUTE,\
             http://hl7.org/fhir/v3/ActCode|NONAC",
            "ProcedureRequest?status=active",
            "ImmunizationRecommendation",
            "DeviceRequest?status=active&_include=DeviceRequest:device",
            "Appointment?status=booked,pending,proposed",
        ],
        then: None,
    },
    InformationStandard {
        name: "Huisartsgegevens 2.0",
        gegevensdienst: Some("49"),
        systeemrol: None,
        fhir_version: STU3,
        requests: &[
            PATIENT,
            "EpisodeOfCare",
            "MedicationRequest?periodofuse=ge{today}&category=http://snomed.info/sct|16076005\
             &_include=MedicationRequest:medication",
            "AllergyIntolerance?category=medication",
            "Observation?code=https://referentiemodel.nhg.org/tabellen/nhg-tabel-45-diagnostische-bepalingen|\
             &_include=Observation:related-target&_include=Observation:specimen&date=ge{since}",
            "Composition?type=http://loinc.org|67781-5",
            "Encounter",
        ],
        then: None,
    },
    InformationStandard {
        name: "Basisgegevens GGZ 2.0",
        gegevensdienst: Some("50"),
        systeemrol: None,
        fhir_version: STU3,
        requests: &[
            PATIENT,
            COVERAGE,
            TREATMENT_DIRECTIVE,
            ADVANCE_DIRECTIVE,
            "Observation?category=http://snomed.info/sct|118228005,http://snomed.info/sct|384821006",
            "Condition",
            "Observation?code=http://snomed.info/sct|228366006",
            "Observation?code=http://snomed.info/sct|228273003",
            "Observation?code=http://snomed.info/sct|365980008",
            "Observation?code=http://snomed.info/sct|365470003",
            "Observation?code=http://snomed.info/sct|314845004",
            "Observation/$lastn?code=http://snomed.info/sct|365508006",
            "CarePlan?category=http://snomed.info/sct|243114000",
            LABORATORY,
            "Observation?category=http://hl7.org/fhir/observation-category|survey",
            "Procedure",
            "DiagnosticReport",
            "CareTeam?_include=CareTeam:participant",
        ],
        then: None,
    },
    InformationStandard {
        name: "Documenten (PDF/A) 3.0",
        gegevensdienst: Some("51"),
        systeemrol: Some("PLB"),
        fhir_version: STU3,
        requests: &["DocumentManifest?status=current", "DocumentReference?status=current"],
        then: Some(Then {
            of: "Binary",
            systeemrol: Some("PDB"),
            requests: &["Binary/{id}"],
        }),
    },
    InformationStandard {
        name: "Basisgegevens Langdurige Zorg 3.0",
        gegevensdienst: Some("61"),
        systeemrol: None,
        fhir_version: STU3,
        requests: &[
            PATIENT,
            TREATMENT_DIRECTIVE,
            ADVANCE_DIRECTIVE,
            "Condition",
            "AllergyIntolerance",
            LABORATORY,
            "Procedure",
            "CarePlan?_include=CarePlan:activity-goal:Goal&_include=CarePlan:activity-outcomereference:Observation\
             &_include=CarePlan:activity-medicaldevice:DeviceUseStatement\
             &_include:recurse=DeviceUseStatement:device:Device",
            "CareTeam?_include=CareTeam:participant",
        ],
        then: None,
    },
    InformationStandard {
        name: "Vaccinatie-Immunisatie 2.0",
        gegevensdienst: Some("63"),
        systeemrol: None,
        fhir_version: R4,
        requests: &[
            "Immunization?_include=Immunization:patient&_include=Immunization:performer\
             &_include=Immunization:location",
        ],
        then: Some(Then {
            of: "Medication",
            systeemrol: None,
            requests: &["Medication/{id}"],
        }),
    },
    InformationStandard {
        name: "AllergyIntolerance 3.0",
        gegevensdienst: None,
        systeemrol: None,
        fhir_version: STU3,
        requests: &["AllergyIntolerance"],
        then: None,
    },
    InformationStandard {
        name: "Laboratoriumresultaten 2.0",
        gegevensdienst: None,
        systeemrol: Some("LRB"),
        fhir_version: STU3,
        requests: &["Observation?category=http://snomed.info/sct|49581000146104"],
        then: None,
    },
    InformationStandard {
        name: "Afspraken 2.0",
        gegevensdienst: None,
        systeemrol: None,
        fhir_version: STU3,
        requests: &["Appointment?date=ge{today}"],
        then: None,
    },
    InformationStandard {
        name: "Zelfmetingen 2.0",
        gegevensdienst: None,
        systeemrol: None,
        fhir_version: STU3,
        requests: &["Observation?category=vital-signs"],
        then: None,
    },
    InformationStandard {
        name: "Geboortezorg 2",
        gegevensdienst: None,
        systeemrol: None,
        fhir_version: STU3,
        requests: &[
            "EpisodeOfCare?type=http://snomed.info/sct|364320009&_include=EpisodeOfCare:organization\
                     &_include=EpisodeOfCare:care-manager",
        ],
        then: Some(Then {
            of: "EpisodeOfCare",
            systeemrol: None,
            requests: &[
                "Condition?context=EpisodeOfCare/{id}",
                "Procedure?context=EpisodeOfCare/{id}",
                "Observation?context=EpisodeOfCare/{id}",
                "DiagnosticReport?context=EpisodeOfCare/{id}",
                "CareTeam?context=EpisodeOfCare/{id}",
                "ReferralRequest?context=EpisodeOfCare/{id}",
                "Encounter?episodeofcare=EpisodeOfCare/{id}&_include=Encounter:practitioner",
                "Observation?context:Encounter.episodeofcare=EpisodeOfCare/{id}",
            ],
        }),
    },
    InformationStandard {
        name: "Medicatieproces 9.0.7",
        gegevensdienst: None,
        systeemrol: None,
        fhir_version: STU3,
        requests: &[
            "MedicationRequest?category=http://snomed.info/sct|16076005&_include=MedicationRequest:medication",
            "MedicationRequest?category=http://snomed.info/sct|52711000146108&_include=MedicationRequest:medication",
            "MedicationDispense?category=http://snomed.info/sct|422037009&_include=MedicationDispense:medication",
            "MedicationDispense?category=http://snomed.info/sct|373784005&_include=MedicationDispense:medication",
        ],
        then: None,
    },
    InformationStandard {
        name: "Medicatieproces 9.0.7, from messages of 6.12",
        gegevensdienst: None,
        systeemrol: None,
        fhir_version: STU3,
        requests: &[
            "MedicationDispense?category=http://snomed.info/sct|373784005,http://snomed.info/sct|422037009\
                     &_include=MedicationDispense:medication&_include=MedicationDispense:patient\
                     &_include=MedicationDispense:performer",
        ],
        then: None,
    },
    // Of its WDS and MGB only the categories were seen, not the types of their resources: they are not here.
    InformationStandard {
        name: "Medicatieproces 9 3.0",
        gegevensdienst: None,
        systeemrol: None,
        fhir_version: R4,
        requests: &[
            "MedicationRequest?category=http://snomed.info/sct|33633005&_include=MedicationRequest:medication",
            "MedicationRequest?category=http://snomed.info/sct|52711000146108&_include=MedicationRequest:medication",
            "MedicationDispense?category=http://snomed.info/sct|422037009&_include=MedicationDispense:medication",
            "MedicationDispense?category=http://snomed.info/sct|373784005&_include=MedicationDispense:medication",
            "MedicationAdministration?category=http://snomed.info/sct|18629005\
             &_include=MedicationAdministration:medication",
        ],
        then: None,
    },
    InformationStandard {
        name: "Vragenlijsten 2.0",
        gegevensdienst: None,
        systeemrol: None,
        fhir_version: STU3,
        requests: &["Task?code=http://loinc.org|74468-0&status=requested"],
        then: None,
    },
];
