//! What every page of the example servers tells the browser.

use http::StatusCode;
use medmij_examples::pages;

#[test]
fn rfc6819_4_4_1_9_no_page_can_be_framed_kept_or_referred_from() {
    let response = pages::respond(StatusCode::OK, pages::page("x", "y"));
    let header = |name: &str| response.headers()[name].to_str().unwrap();
    assert_eq!(header("x-frame-options"), "DENY");
    assert!(header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("referrer-policy"), "no-referrer");
}

#[test]
fn names_from_lists_are_shown_as_text() {
    let shown = pages::escape("<script>alert('\"&')</script>");
    assert_eq!(shown, "&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;");
}
