//! Bad lists: a clear reason, and the last good list stays in use.

use std::time::Duration;

use http::StatusCode;
use medmij_core::{HttpLimits, HttpRequest, HttpResponse, Release};
use medmij_examples::lists::Lists;
use medmij_lists::ListKind;

fn whitelist() -> Vec<u8> {
    std::fs::read(medmij_examples::demo::data().join("lists/MedMij_Whitelist.xml")).unwrap()
}

#[tokio::test]
async fn lists_6_6_the_last_good_list_stays_in_use() {
    let lists = Lists::new("stelselnode.medmij.example".parse().unwrap());
    assert!(
        lists.permits("stelselnode.medmij.example"),
        "the Stelselnode is deemed to be on the Whitelist"
    );
    assert!(
        !lists.permits("medmij.dva.example"),
        "without a Whitelist nobody else is"
    );
    assert_eq!(lists.accept(ListKind::Whl, &whitelist()).unwrap(), 2);
    let good = String::from_utf8(whitelist()).unwrap();
    let deep = good.replace(
        "<MedMijNodes>",
        &("<MedMijNodes>".to_owned() + &"<a>".repeat(5_000_000)),
    );
    let bad = [
        ("no XML", "this is no list".to_owned(), "well-formed"),
        ("wrong root", "<html/>".to_owned(), "wrong-list"),
        ("cut off", good[..good.len() / 2].to_owned(), "well-formed"),
        ("nested", deep, "limit-depth"),
        ("nested without a root", "<a>".repeat(5_000_000), "wrong-list"),
        (
            "doctype",
            good.replace("<Whitelist", "<!DOCTYPE Whitelist [<!ENTITY a \"b\">]><Whitelist"),
            "doctype",
        ),
        ("too long", "x".repeat(65 << 20), "limit-bytes"),
    ];
    for (what, bytes, rule) in bad {
        let answer = move |_: HttpRequest, _: HttpLimits| {
            std::future::ready(Ok::<_, std::io::Error>(HttpResponse::new(bytes.clone().into_bytes())))
        };
        let error = lists.fetch(ListKind::Whl, Release::R2_2, &answer).await.unwrap_err();
        let text = format!("{error:#}");
        assert!(
            text.contains(&format!("[{rule}]")) && text.contains("the last good one stays"),
            "{what}: {text}"
        );
        assert!(text.len() < 600, "{what}: {text}");
        assert!(lists.permits("medmij.dva.example"), "{what}");
    }
    let lower = good.replace("<Volgnummer>3<", "<Volgnummer>2<");
    let changed = good.replace("medmij.dva.example", "andere.dva.example");
    let earlier = good
        .replace("<Volgnummer>3<", "<Volgnummer>4<")
        .replace("<Tijdstempel>20", "<Tijdstempel>19");
    for (document, says) in [(lower, "lower"), (changed, "content is not"), (earlier, "is older")] {
        let refused = lists.accept(ListKind::Whl, document.as_bytes()).unwrap_err();
        assert!(refused.to_string().contains(says), "{refused}");
        assert!(lists.permits("medmij.dva.example"), "{says}");
    }
    assert!(lists.accept(ListKind::Whl, good.as_bytes()).is_ok(), "the same again");
    let unavailable = |_: HttpRequest, _: HttpLimits| {
        let mut response = HttpResponse::new(Vec::new());
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        std::future::ready(Ok::<_, std::io::Error>(response))
    };
    assert!(lists.fetch(ListKind::Whl, Release::R2_2, &unavailable).await.is_err());
    assert!(lists.permits("medmij.dva.example"));
}

#[tokio::test]
async fn lijsten_300_the_address_of_a_list() {
    let lists = Lists::new("stelselnode.medmij.example".parse().unwrap());
    for (release, query) in [
        (Release::R1_1, ""),
        (Release::R1_4, "?api=1.4.0"),
        (Release::R2_2, "?api=2"),
    ] {
        let expected = format!("https://stelselnode.medmij.example/MedMij_Whitelist.xml{query}");
        let answer = move |request: HttpRequest, limits: HttpLimits| {
            assert_eq!(request.uri().to_string(), expected);
            assert_eq!(limits.timeout, Duration::from_secs(60));
            std::future::ready(Ok::<_, std::io::Error>(HttpResponse::new(whitelist())))
        };
        assert_eq!(lists.fetch(ListKind::Whl, release, &answer).await.unwrap(), 2);
    }
}
