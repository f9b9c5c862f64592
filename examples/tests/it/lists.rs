//! Bad lists: a clear reason, and the last good list stays in use.

use http::StatusCode;
use medmij_core::{HttpLimits, HttpRequest, HttpResponse, Release};
use medmij_examples::lists::Lists;
use medmij_lists::ListKind;
use time::{Duration, UtcDateTime};

fn whitelist() -> Vec<u8> {
    std::fs::read(medmij_examples::demo::data().join("lists/MedMij_Whitelist.xml")).unwrap()
}

/// Fetches the Whitelist once more, and gives the line that is logged.
async fn fetch(lists: &Lists, now: &mut UtcDateTime, status: StatusCode, body: Vec<u8>) -> String {
    *now += Duration::hours(1);
    let client = move |_: HttpRequest, _: HttpLimits| {
        let mut response = HttpResponse::new(body.clone());
        *response.status_mut() = status;
        std::future::ready(Ok::<_, std::io::Error>(response))
    };
    let now = *now;
    let refreshed = lists.refresh(&client, || now).await;
    assert_eq!(refreshed.len(), 1);
    refreshed[0].to_string()
}

#[tokio::test]
async fn lists_6_6_the_last_good_list_stays_in_use() {
    let mut now = UtcDateTime::UNIX_EPOCH;
    let stelselnode = "stelselnode.medmij.example".parse().unwrap();
    let lists = Lists::new(stelselnode, &[ListKind::Whl], Release::R2_2, now).unwrap();
    let permits = |host: &str| lists.permits(&host.parse().unwrap());
    assert!(
        permits("stelselnode.medmij.example"),
        "the Stelselnode is deemed to be on the Whitelist"
    );
    assert!(!permits("medmij.dva.example"), "without a Whitelist nobody else is");
    let line = fetch(&lists, &mut now, StatusCode::OK, whitelist()).await;
    assert!(
        line.starts_with("whl: Volgnummer 4 of ") && line.contains("3 entries"),
        "{line}"
    );
    let good = String::from_utf8(whitelist()).unwrap();
    let deep = good.replace(
        "<MedMijNodes>",
        &("<MedMijNodes>".to_owned() + &"<a>".repeat(5_000_000)),
    );
    let bad = [
        ("no XML", "this is no list".to_owned(), "[well-formed]"),
        ("wrong root", "<html/>".to_owned(), "[wrong-list]"),
        ("cut off", good[..good.len() / 2].to_owned(), "[well-formed]"),
        ("nested", deep, "[limit-depth]"),
        ("nested without a root", "<a>".repeat(5_000_000), "[wrong-list]"),
        (
            "doctype",
            good.replace("<Whitelist", "<!DOCTYPE Whitelist [<!ENTITY a \"b\">]><Whitelist"),
            "[doctype]",
        ),
        ("too long", "x".repeat(65 << 20), "[limit-bytes]"),
        (
            "lower",
            good.replace("<Volgnummer>4<", "<Volgnummer>3<"),
            "Volgnummer is lower",
        ),
    ];
    for (what, body, says) in bad {
        let line = fetch(&lists, &mut now, StatusCode::OK, body.into_bytes()).await;
        assert!(
            line.contains(says) && line.contains("the last good list stays"),
            "{what}: {line}"
        );
        assert!(line.len() < 600 && !line.contains('\n'), "{what}: {line}");
        assert!(permits("medmij.dva.example"), "{what}");
    }
    let line = fetch(&lists, &mut now, StatusCode::SERVICE_UNAVAILABLE, Vec::new()).await;
    assert!(line.contains("503") && permits("medmij.dva.example"), "{line}");
    let line = fetch(&lists, &mut now, StatusCode::OK, good.into_bytes()).await;
    assert!(line.starts_with("whl: unchanged"), "{line}");
}
