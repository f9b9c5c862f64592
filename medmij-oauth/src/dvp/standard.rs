//! What each information standard asks to be collected: the requests of *Verzamelen* as data, to be used or replaced.
//!
//! The framework names no requests; the information standards do. These are those of the Nictiz qualification scripts, usecase
//! MedMij [resource.md 7]. Which Gegevensdiensten there are, and by which ids and system roles, is read from the lists at run
//! time: the ids here are those of a running client, and only tell which table fits.

use medmij_core::{GegevensdienstId, Offer, Systeemrolcode};
use time::{Date, Duration};

use super::{QueryError, ResourceQuery};

/// The requests of an information standard.
///
/// ```
/// use medmij_oauth::dvp::InformationStandard;
///
/// let bgz = InformationStandard::of(&"48".parse()?).unwrap();
/// assert_eq!((bgz.fhir_version, bgz.requests.len()), ("3.0", 28));
/// # Ok::<(), medmij_core::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a table that a DVP may replace by its own")]
pub struct InformationStandard {
    /// The name and version of the standard.
    pub name: &'static str,
    /// The id of the Gegevensdienst that it was seen with; `None` if none was.
    pub gegevensdienst: Option<&'static str>,
    /// The FHIR version, as the media type tells it.
    pub fhir_version: &'static str,
    /// The paths below the FHIR base, with their queries. `{today}` stands for the day, `{since}` for the day fourteen months
    /// before it.
    pub requests: &'static [&'static str],
}

const STU3: &str = "3.0";
const R4: &str = "4.0";

const TREATMENT_DIRECTIVE: &str = "Consent?category=http://snomed.info/sct|11291000146105";
const ADVANCE_DIRECTIVE: &str = "Consent?category=http://snomed.info/sct|11341000146107";
const PATIENT: &str = "Patient?_include=Patient:general-practitioner";
const COVERAGE: &str = "Coverage?_include=Coverage:payor:Patient&_include=Coverage:payor:Organization";
const LABORATORY: &str = "Observation/$lastn?category=http://snomed.info/sct|275711006\
                          &_include=Observation:related-target&_include=Observation:specimen";

impl InformationStandard {
    /// The standards whose requests are known.
    pub const ALL: &'static [Self] = &[
        Self {
            name: "Basisgegevensset Zorg 3.0",
            gegevensdienst: Some("48"),
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
        },
        Self {
            name: "Huisartsgegevens 2.0",
            gegevensdienst: Some("49"),
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
        },
        Self {
            name: "Basisgegevens GGZ 2.0",
            gegevensdienst: Some("50"),
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
        },
        Self {
            name: "Documenten (PDF/A) 3.0, the list",
            gegevensdienst: Some("51"),
            fhir_version: STU3,
            requests: &["DocumentManifest?status=current", "DocumentReference?status=current"],
        },
        Self {
            name: "Basisgegevens Langdurige Zorg 3.0",
            gegevensdienst: Some("61"),
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
        },
        Self {
            name: "Vaccinatie-Immunisatie 2.0",
            gegevensdienst: Some("63"),
            fhir_version: R4,
            requests: &[
                "Immunization?_include=Immunization:patient&_include=Immunization:performer\
                 &_include=Immunization:location",
            ],
        },
        Self {
            name: "AllergyIntolerance 3.0",
            gegevensdienst: None,
            fhir_version: STU3,
            requests: &["AllergyIntolerance"],
        },
        Self {
            name: "Laboratoriumresultaten 2.0",
            gegevensdienst: None,
            fhir_version: STU3,
            requests: &["Observation?category=http://snomed.info/sct|49581000146104"],
        },
        Self {
            name: "Afspraken 2.0",
            gegevensdienst: None,
            fhir_version: STU3,
            requests: &["Appointment?date=ge{today}"],
        },
        Self {
            name: "Medicatieproces 9.0.7",
            gegevensdienst: None,
            fhir_version: STU3,
            requests: &[
                "MedicationRequest?category=http://snomed.info/sct|16076005&_include=MedicationRequest:medication",
                "MedicationRequest?category=http://snomed.info/sct|52711000146108&_include=MedicationRequest:medication",
                "MedicationDispense?category=http://snomed.info/sct|422037009&_include=MedicationDispense:medication",
                "MedicationDispense?category=http://snomed.info/sct|373784005&_include=MedicationDispense:medication",
            ],
        },
        Self {
            name: "Vragenlijsten 2.0",
            gegevensdienst: None,
            fhir_version: STU3,
            requests: &["Task?code=http://loinc.org|74468-0&status=requested"],
        },
    ];

    /// The standard that was seen with the id of a Gegevensdienst.
    #[must_use]
    pub fn of(gegevensdienst: &GegevensdienstId) -> Option<&'static Self> {
        let mut all = Self::ALL.iter();
        all.find(|standard| standard.gegevensdienst == Some(gegevensdienst.as_str()))
    }

    /// The media type that is asked for.
    #[must_use]
    pub fn accept(&self) -> String {
        format!("application/fhir+json; fhirVersion={}", self.fhir_version)
    }

    /// The requests for an offer at one of its system roles, on this day.
    ///
    /// # Errors
    /// Of a table of the caller's own: if a request is no path or names a person.
    pub fn queries(
        &self,
        offer: &Offer,
        systeemrol: &Systeemrolcode,
        today: Date,
    ) -> Result<Vec<ResourceQuery>, QueryError> {
        // Fourteen months of the longest kind.
        let since = today.saturating_sub(Duration::days(427));
        let day = |date: Date| format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day());
        let query = |request: &&str| {
            let path = request.replace("{today}", &day(today)).replace("{since}", &day(since));
            ResourceQuery::new(offer.gegevensdienst.clone(), systeemrol.clone(), &path, &self.accept())
        };
        self.requests.iter().map(query).collect()
    }
}
