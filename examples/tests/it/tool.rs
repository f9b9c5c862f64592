//! The tool `medmij` as its contract says: exit status, JSON, and what is never printed.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use medmij_examples::demo;
use serde_json::{Value, json};

/// Runs the tool with these arguments, in which `{ZAL}` and its like are the lists of the demo.
fn medmij(arguments: &str, input: &[u8]) -> Output {
    let lists = demo::data().join("lists");
    let file = |name: &str| lists.join(name).to_str().unwrap().to_owned();
    let arguments = arguments.split(' ').map(|argument| {
        argument
            .replace("{ZAL}", &file("MedMij_Zorgaanbiederslijst.xml"))
            .replace("{OCL}", &file("MedMij_OAuthclientlist.xml"))
            .replace("{GNL}", &file("MedMij_Gegevensdienstnamenlijst.xml"))
            .replace("{WHL}", &file("MedMij_Whitelist.xml"))
    });
    let mut child = Command::new(env!("CARGO_BIN_EXE_medmij"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

/// The exit status and the JSON documents, one a line.
fn json_of(arguments: &str, input: &[u8]) -> (i32, Vec<Value>) {
    let output = medmij(&format!("{arguments} --format json"), input);
    let lines = String::from_utf8(output.stdout).unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{arguments}");
    let documents = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (output.status.code().unwrap(), documents)
}

#[test]
fn list_check_tells_what_a_list_is() {
    let (status, documents) = json_of("list check {ZAL} {OCL} {GNL} {WHL}", b"");
    assert_eq!((status, documents.len()), (0, 4));
    let whl = &documents[3];
    assert_eq!(whl["kind"], "whl");
    assert_eq!(
        whl["namespace"],
        "xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/"
    );
    assert_eq!((&whl["valid"], &whl["entries"]), (&json!(true), &json!(3)));
    assert_eq!(whl["volgnummer"], "4");
    assert_eq!((&whl["errors"], &whl["warnings"]), (&json!([]), &json!([])));
}

#[test]
fn list_check_tells_all_errors() {
    let good = std::fs::read_to_string(demo::data().join("lists/MedMij_Whitelist.xml")).unwrap();
    let nodes: String = (0..200)
        .map(|n| format!("<MedMijNode><Hostname>A{n}.bc</Hostname></MedMijNode>\n"))
        .collect();
    let bad = good.replace("<MedMijNodes>", &format!("<MedMijNodes>\n{nodes}"));
    let (status, documents) = json_of("list check -", bad.as_bytes());
    assert_eq!(status, 1);
    let errors = documents[0]["errors"].as_array().unwrap();
    assert_eq!((errors.len(), &documents[0]["cut"]), (100, &json!(true)));
    assert_eq!(errors[2]["path"], "/Whitelist/MedMijNodes/MedMijNode[3]/Hostname");
    assert_eq!(
        (&errors[2]["rule"], &errors[2]["column"]),
        (&json!("value"), &json!(13))
    );
    assert!(errors[2]["message"].as_str().unwrap().contains("`A2.bc`"));
    let (_, documents) = json_of("list check --max-errors 500 -", bad.as_bytes());
    assert_eq!(documents[0]["errors"].as_array().unwrap().len(), 200);
    assert_eq!(
        documents[0]["volgnummer"], "4",
        "which version it was is told of an invalid list as well"
    );
    let (status, documents) = json_of("list check --kind gnl -", good.as_bytes());
    assert_eq!((status, &documents[0]["errors"][0]["rule"]), (1, &json!("wrong-list")));
    assert_eq!(documents[0]["kind"], "whl");
    let (status, documents) = json_of("list check -", b"no list");
    assert_eq!((status, &documents[0]["kind"]), (1, &Value::Null));
    let text = String::from_utf8(medmij("list check -", bad.as_bytes()).stdout).unwrap();
    assert!(
        text.starts_with("-: whl, INVALID\n") && text.contains("MedMijNode[1]/Hostname: "),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "no colours but on a terminal");
}

#[test]
fn list_show_gives_the_whole_list() {
    let (status, documents) = json_of("list show {ZAL} {WHL}", b"");
    assert_eq!((status, documents.len()), (0, 2));
    let first = &documents[0]["zorgaanbieders"][0];
    assert_eq!(
        (&first["naam"], &first["type"]),
        (&json!("ziekenhuisvoorbeeld@medmij"), &json!("ZA"))
    );
    let dienst = &first["interfaceversies"][0]["gegevensdiensten"][0];
    assert_eq!(dienst["token"], "https://medmij.dva.example/oauth/token");
    assert_eq!(dienst["systeemrollen"][0]["code"], "MM-3.0-BZB-FHIR");
    assert_eq!(dienst["subscription"], Value::Null);
    assert_eq!(documents[1]["nodes"].as_array().unwrap().len(), 3);
    let (status, documents) = json_of("list show -", b"<Whitelist/>");
    assert_eq!((status, &documents[0]["valid"]), (1, &json!(false)));
    let text = String::from_utf8(medmij("list show {GNL}", b"").stdout).unwrap();
    assert!(text.contains("\n48  "), "{text}");
    let steering = std::fs::read_to_string(demo::data().join("lists/MedMij_Gegevensdienstnamenlijst.xml")).unwrap();
    let steering = steering.replace("<Weergavenaam>", "<Weergavenaam>\u{9B}2J\u{202E}");
    let text = String::from_utf8(medmij("list show -", steering.as_bytes()).stdout).unwrap();
    assert!(
        text.contains("\\u{9b}2J\\u{202e}") && !text.contains('\u{9B}'),
        "{text}"
    );
}

#[test]
fn list_cross_holds_lists_against_each_other() {
    let (_, documents) = json_of("list cross --zal {ZAL} --ocl {OCL} --gnl {GNL} --whl {WHL}", b"");
    let findings = documents[0]["findings"].as_array().unwrap();
    let serious = findings.iter().filter(|finding| finding["severity"] == "error").count();
    assert_eq!(serious, 0, "{findings:?}");
    let empty = b"<Gegevensdienstnamenlijst xmlns='xmlns://afsprakenstelsel.medmij.nl/gegevensdienstnamenlijst/release1/'>\
        <Tijdstempel>2026-11-01T08:00:00Z</Tijdstempel><Volgnummer>1</Volgnummer><Gegevensdiensten/></Gegevensdienstnamenlijst>";
    let (status, documents) = json_of("list cross --zal {ZAL} --gnl -", empty);
    assert_eq!(status, 1);
    let first = &documents[0]["findings"][0];
    assert_eq!(
        (&first["invariant"], &first["severity"]),
        (&json!("X1"), &json!("error"))
    );
    assert_eq!(first["subject"], "48");
}

#[test]
fn list_lookup_finds_addresses() {
    let (status, documents) = json_of("list lookup --zal {ZAL} --gnl {GNL} ziekenhuisvoorbeeld 48", b"");
    assert_eq!(status, 0);
    assert_eq!(documents[0]["aanbieder"], "ziekenhuisvoorbeeld@medmij");
    let offers = documents[0]["offers"].as_array().unwrap();
    let versies: Vec<_> = offers
        .iter()
        .map(|offer| offer["interfaceversie"].as_str().unwrap())
        .collect();
    assert_eq!(versies, ["1.1.2", "1.2.0", "1.3.0", "1.4.0", "1.5.0", "1.6.0", "2"]);
    let offer = json!({
        "interfaceversie": "1.1.2",
        "gegevensdienst": "48",
        "naam": offers[0]["naam"].as_str().unwrap(),
        "authorization": "https://inloggen.dva.example/oauth/authorize",
        "token": "https://medmij.dva.example/oauth/token",
        "subscription": null,
        "maximale_duur": null,
        "systeemrollen": [
            {"code": "MM-3.0-BZB-FHIR", "resource": "https://medmij.dva.example/fhir/ziekenhuisvoorbeeld/48"},
        ],
    });
    assert_eq!(offers[0], offer);
    assert_eq!(documents[0]["type"], "ZA");
    for nobody in ["niemand@medmij", "ziekenhuisvoorbeeld@medmij 999"] {
        let (status, documents) = json_of(&format!("list lookup --zal {{ZAL}} {nobody}"), b"");
        assert_eq!((status, &documents[0]["offers"]), (1, &json!([])));
    }
}

#[test]
fn wrong_usage_and_unreadable_files_are_one_line_and_2() {
    let folder = std::env::temp_dir();
    let wrong = [
        "list check {ZAL} no-such-file.xml",
        "list check",
        "list",
        "list check --kind xyz {ZAL}",
        "list check --max-errors 0 {ZAL}",
        "list check -x.xml",
        &format!("list show {}", folder.display()),
        "list cross --zal {ZAL}",
        "list cross --zal - --gnl -",
        "list lookup --zal {ZAL} A+B",
    ];
    for arguments in wrong {
        let output = medmij(arguments, b"");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{arguments}: {said}");
        assert!(output.stdout.is_empty(), "{arguments}");
    }
    assert_eq!(medmij("list check -- {ZAL}", b"").status.code(), Some(0));
    let (status, documents) = json_of("list lookup --zal {WHL} abc", b"");
    assert_eq!((status, &documents[0]["invalid"][0]["kind"]), (1, &json!("whl")));
    assert_eq!(documents[0]["invalid"][0]["errors"][0]["rule"], "wrong-list");
}

#[test]
fn scope_parse_tells_what_is_asked_for() {
    let parse = |release: &str, function: &str, scope: &str| {
        let lists = [
            "scope",
            "parse",
            "--release",
            release,
            "--function",
            function,
            "--format",
            "json",
            "--",
            scope,
        ];
        let output = Command::new(env!("CARGO_BIN_EXE_medmij")).args(lists).output().unwrap();
        let line = String::from_utf8(output.stdout).unwrap();
        assert_eq!(line.lines().count(), 1);
        (
            output.status.code().unwrap(),
            serde_json::from_str::<Value>(&line).unwrap(),
        )
    };
    let answer = |aanbieder, gegevensdiensten: &[&str], dagen: Value, representation: Value| {
        json!({"valid": true, "aanbieder": aanbieder, "gegevensdiensten": gegevensdiensten, "dagen": dagen,
               "representation": representation, "error": null})
    };
    let of = |(status, mut found): (i32, Value)| {
        found.as_object_mut().unwrap().remove("function").unwrap();
        (status, found)
    };
    let none = || Value::Null;
    assert_eq!(
        of(parse("2.2", "verzamelen", "umc")),
        (0, answer("umc", &[], none(), none()))
    );
    assert_eq!(
        of(parse("1.5", "verzamelen", "umc~4 umc~48")),
        (0, answer("umc", &["4", "48"], none(), none()))
    );
    assert_eq!(
        of(parse("2.0", "verzamelen", "umc onbehalfofchild")),
        (0, answer("umc", &[], none(), json!("onbehalfofchild")))
    );
    assert_eq!(
        of(parse("2.2.4", "delen", "umc~53")),
        (0, answer("umc", &["53"], none(), none()))
    );
    assert_eq!(
        of(parse("1.4.0", "abonneren", "subscribe~180/umc~42")),
        (0, answer("umc", &["42"], json!(180), none()))
    );
    let (status, refused) = parse("2.2", "verzamelen", "umc~4");
    assert_eq!(
        (status, &refused["valid"], &refused["function"]),
        (1, &json!(false), &json!("verzamelen"))
    );
    assert_eq!(refused["error"]["rule"], "scope-aanbieder");
    assert!(refused["aanbieder"].is_null() && refused["gegevensdiensten"].is_null());
    assert_eq!(
        parse("2.2", "abonneren", "subscribe~007/umc~42").1["error"]["rule"],
        "scope-dagen"
    );
    assert_eq!(parse("2.2", "delen", "-x").0, 1, "a scope may look like an option");
}

#[test]
fn redirect_uri_check_tells_the_rule() {
    let check = |uri: &str| {
        let (status, documents) = json_of(&format!("redirect-uri check --client-id pgo.nl {uri}"), b"");
        (status, documents[0].clone())
    };
    assert_eq!(check("https://pgo.nl/cb"), (0, json!({"valid": true, "error": null})));
    for (uri, rule) in [
        ("https://pgo.nl.evil.com/", "uri-foreign-host"),
        ("https://pgo.nl@evil.com/", "uri-userinfo"),
        ("https://pgo.nl:443/", "uri-port"),
        ("http://pgo.nl/", "uri-scheme"),
        ("https://pgo.nl/?x", "uri-query"),
    ] {
        let (status, found) = check(uri);
        assert_eq!((status, &found["valid"]), (1, &json!(false)));
        assert_eq!(found["error"]["rule"], rule, "{uri}");
        assert!(!found["error"]["message"].as_str().unwrap().is_empty());
    }
}

#[test]
fn wrong_usage_of_scope_and_redirect_uri_is_one_line_and_2() {
    for arguments in [
        "scope parse --release 3.0 --function verzamelen umc",
        "scope parse --release 2.2 --function notificeren umc",
        "scope parse --release 2.2 umc",
        "scope parse",
        "redirect-uri check --client-id PGO https://pgo.nl",
        "redirect-uri check https://pgo.nl",
    ] {
        let output = medmij(arguments, b"");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments}");
        assert_eq!(
            String::from_utf8(output.stderr).unwrap().lines().count(),
            1,
            "{arguments}"
        );
    }
}

#[test]
fn flow_show_prints_every_machine() {
    for (side, function, names) in [
        ("dvp", "verzamelen", &["DVP, one run"][..]),
        (
            "dva",
            "delen",
            &[
                "DVA, Authorization Server",
                "DVA, token endpoint",
                "DVA, Resource Server",
            ],
        ),
        (
            "dva",
            "abonneren-wijzigen",
            &[
                "DVA, Authorization Server",
                "DVA, token endpoint",
                "DVA, Subscription Server",
                "DVA, one Abonnement",
            ],
        ),
        ("dva", "beheren-toestemmingen", &["DVA, Beheren toestemmingen"]),
        (
            "dvp",
            "notificeren",
            &["DVP, one Abonnement", "DVP, Notification Server"],
        ),
    ] {
        let arguments = format!("flow show --side {side} --function {function}");
        let (code, documents) = json_of(&arguments, b"");
        assert_eq!((code, documents.len()), (0, 1), "{arguments}");
        let document = &documents[0];
        assert_eq!(
            (&document["side"], &document["function"], &document["release"]),
            (&side.into(), &function.into(), &"2.2".into())
        );
        let machines = document["machines"].as_array().unwrap();
        let found: Vec<_> = machines
            .iter()
            .map(|machine| machine["name"].as_str().unwrap())
            .collect();
        assert_eq!(found, names);
        for machine in machines {
            assert!(machine["states"][0]["terminal"].is_boolean());
            for row in machine["rows"].as_array().unwrap() {
                for member in ["row", "state", "event", "guard", "action", "source"] {
                    assert!(row[member].is_string(), "{row}");
                }
                assert!(row["next"].is_array() && row["log"].is_array(), "{row}");
            }
        }
        let drawn = medmij(
            &format!("flow show --side {side} --function {function} --format mermaid"),
            b"",
        );
        let drawn = String::from_utf8(drawn.stdout).unwrap();
        assert_eq!(drawn.matches("stateDiagram-v2").count(), names.len());
        let text = medmij(&format!("flow show --side {side} --function {function}"), b"");
        assert!(String::from_utf8(text.stdout).unwrap().contains(names[0]));
    }
}

#[test]
fn flow_show_finds_nothing_where_a_release_has_none() {
    let arguments = "flow show --side dvp --function abonneren-aanmaken --release 1.1";
    let (code, documents) = json_of(arguments, b"");
    assert_eq!((code, documents[0]["machines"].as_array().unwrap().len()), (1, 0));
    for wrong in [
        "flow show --side x --function delen",
        "flow show --side dvp --function x",
        "flow show --side dvp",
    ] {
        let output = medmij(wrong, b"");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{wrong}");
    }
}

const SEARCHSET: &str = r#"{"resourceType":"Bundle","type":"searchset","total":1,
  "link":[{"relation":"self","url":"https://rs/fhir/Flag"}],
  "entry":[{"fullUrl":"https://rs/fhir/Flag/1","search":{"mode":"match"},
            "resource":{"resourceType":"Flag","id":"1","subject":{"reference":"Patient/2"}}}]}"#;

#[test]
fn bundle_check_tells_what_is_wrong() {
    let (status, documents) = json_of("bundle check --fhir-version stu3 -", SEARCHSET.as_bytes());
    let good = json!({"file": "-", "valid": true, "type": "searchset", "entries": 1, "findings": []});
    assert_eq!((status, documents), (0, vec![good]));
    let (status, documents) = json_of("bundle check --fhir-version r4 --rules nictiz -", SEARCHSET.as_bytes());
    let finding = json!({
        "rule": "NT-15-profile", "severity": "error", "entry": 0, "path": "Bundle.entry[0].resource.meta.profile",
        "message": "what is answered tells its profile",
    });
    assert_eq!(status, 1);
    assert_eq!(
        (&documents[0]["valid"], &documents[0]["findings"]),
        (&json!(false), &json!([finding]))
    );
}

#[test]
fn bundle_check_of_what_is_no_bundle() {
    for (input, rule) in [
        ("{", "json-syntax"),
        ("<Bundle/>", "xml-syntax"),
        ("{}", "str-resource-type"),
        ("\u{FEFF}[[", "json-syntax"),
    ] {
        let (status, documents) = json_of("bundle check --fhir-version r4b -", input.as_bytes());
        let told = &documents[0];
        assert_eq!((status, &told["valid"]), (1, &json!(false)));
        assert_eq!((&told["type"], &told["entries"]), (&Value::Null, &Value::Null));
        assert_eq!(told["findings"].as_array().unwrap().len(), 1);
        assert_eq!(
            (&told["findings"][0]["rule"], &told["findings"][0]["entry"]),
            (&json!(rule), &Value::Null)
        );
    }
}

#[test]
fn bundle_bsn_never_shows_the_number() {
    let with = |value: &str| SEARCHSET.replace("Patient/2", value);
    for (text, status, verdict) in [
        (with("Patient/2"), 0, "clean"),
        (with("Patient/999911120"), 0, "suspect"),
        (
            with("Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn|999911120"),
            1,
            "leak",
        ),
    ] {
        let (found, documents) = json_of("bundle bsn -", text.as_bytes());
        assert_eq!((found, &documents[0]["verdict"]), (status, &json!(verdict)));
        let text = medmij("bundle bsn -", text.as_bytes());
        let shown = String::from_utf8(text.stdout).unwrap();
        assert!(shown.starts_with(&format!("-: {verdict}")), "{shown}");
        assert!(!format!("{documents:?} {shown}").contains("999911120"));
    }
    let patient = br#"{"resourceType":"Patient","identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999911120"}]}"#;
    let (status, documents) = json_of("bundle bsn -", patient);
    assert_eq!(
        (status, &documents[0]["verdict"]),
        (1, &json!("leak")),
        "a resource that stands alone"
    );
    assert_eq!(documents[0]["findings"][0]["path"], "Patient.identifier[0]");
    let (status, documents) = json_of("bundle bsn -", b"no bundle");
    assert_eq!(
        (status, &documents[0]["verdict"]),
        (1, &json!("suspect")),
        "nothing can be said of it"
    );
    assert_eq!(documents[0]["error"]["rule"], "json-syntax");
}

#[test]
fn bundle_refs_alone_and_together() {
    let folder = tempfile::tempdir().unwrap();
    let patients = r#"{"resourceType":"Bundle","type":"searchset","entry":[
        {"fullUrl":"https://rs/fhir/Patient/2","resource":{"resourceType":"Patient","id":"2"}}]}"#;
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (flags, people) = (path("flags.json"), path("people.json"));
    std::fs::write(&flags, SEARCHSET).unwrap();
    std::fs::write(&people, patients).unwrap();
    let resolved = |options: &str| {
        let (status, documents) = json_of(
            &format!("bundle refs --fhir-version stu3 {options} {flags} {people}"),
            b"",
        );
        assert_eq!((status, documents.len()), (0, 2));
        documents[0]["references"][0].clone()
    };
    let path = "Bundle.entry[0].resource.subject.reference";
    let alone = json!({"entry": 0, "path": path, "outcome": "not_in_bundle", "targets": [], "lenient": false});
    assert_eq!(resolved("--lenient"), alone);
    let together =
        json!({"entry": 0, "path": path, "outcome": "in_bundle", "targets": [0], "files": [people], "lenient": false});
    assert_eq!(resolved("--together"), together);
}

#[test]
fn bundle_wants_a_version_and_a_file() {
    for arguments in [
        "bundle check -",
        "bundle check --fhir-version r5 -",
        "bundle refs --fhir-version r4 missing.json",
    ] {
        let output = medmij(arguments, b"");
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        assert!(output.stdout.is_empty());
        assert_eq!(
            String::from_utf8(output.stderr).unwrap().lines().count(),
            1,
            "{arguments}"
        );
    }
}
