//! `medmij list` as its contract says: exit status, JSON, and what is never printed.

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
    assert_eq!((&whl["valid"], &whl["entries"]), (&json!(true), &json!(2)));
    assert_eq!(whl["volgnummer"], "3");
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
        documents[0]["volgnummer"], "3",
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
    assert_eq!(documents[1]["nodes"].as_array().unwrap().len(), 2);
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
    assert_eq!(versies, ["1.4.0", "2"]);
    let offer = json!({
        "interfaceversie": "1.4.0",
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
