//! Pages for people: plain HTML that works without scripts.

use axum::response::{Html, IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, SET_COOKIE, X_FRAME_OPTIONS};
use http::{HeaderValue, StatusCode};
use medmij_core::Digest;
use medmij_core::text::{Answer, ShownScreen};

/// A button, or a choice: what it says and what it sends.
#[derive(Debug)]
pub struct Button<'a> {
    pub action: &'a str,
    pub name: &'a str,
    pub value: &'a str,
    pub label: &'a str,
}

/// A row of a table with a button: its cells, and what the button sends.
#[derive(Debug)]
pub struct Row {
    pub cells: Vec<String>,
    pub name: &'static str,
    pub value: String,
}

const fn answer<'a>(name: &'a str, value: &'a str, label: &'a str) -> Button<'a> {
    Button {
        action: "/sessie",
        name,
        value,
        label,
    }
}

/// A screen of a DVA: its text, a button for each answer, none of which is chosen beforehand, and where there is something to
/// select a row for each.
pub fn screen(screen: &ShownScreen<'_>, rows: &[Row], session: &str) -> String {
    let label = |wanted| {
        screen
            .answers
            .iter()
            .find(|(answer, _)| *answer == wanted)
            .map(|(_, label)| *label)
    };
    let select = label(Answer::Select).unwrap_or_default();
    let row = |row: &Row| {
        let cells: String = row
            .cells
            .iter()
            .map(|cell| format!("<td>{}</td>", escape(cell)))
            .collect();
        let form = forms(&[answer(row.name, &row.value, select)], session);
        format!("<tr>{cells}<td>{form}</td></tr>")
    };
    let rows: String = rows.iter().map(row).collect();
    let table = if rows.is_empty() {
        rows
    } else {
        format!("<table>{rows}</table>")
    };
    let others = screen.answers.iter().filter(|(answer, _)| *answer != Answer::Select);
    let buttons: Vec<_> = others
        .map(|(given, label)| answer("antwoord", given.as_str(), label))
        .collect();
    let explanation = if screen.explanation.is_empty() {
        String::new()
    } else {
        format!(
            "<details><summary>Toelichting</summary>{}</details>",
            paragraphs(&screen.explanation)
        )
    };
    let content = format!(
        "{}{explanation}{table}{}",
        paragraphs(&screen.declaration),
        forms(&buttons, session)
    );
    page(&screen.title, &content)
}

/// A form for each button. The hidden secret binds a click to the very screen that the person saw.
pub fn forms(buttons: &[Button<'_>], secret: &str) -> String {
    let hidden = format!("<input type=\"hidden\" name=\"sessie\" value=\"{}\">", escape(secret));
    let form = |button: &Button<'_>| {
        format!(
            "<form method=\"post\" action=\"{}\">{hidden}<button name=\"{}\" value=\"{}\">{}</button></form>",
            escape(button.action),
            escape(button.name),
            escape(button.value),
            escape(button.label)
        )
    };
    buttons.iter().map(form).collect()
}

/// A page of HTML.
pub fn page(title: &str, content: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html><html lang=\"nl\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title></head>\
         <body><main><h1>{title}</h1>{content}</main></body></html>"
    )
}

fn paragraphs(text: &str) -> String {
    let parts = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| format!("<p>{}</p>", escape(part))).collect()
}

/// A text as HTML shows it: names from the lists hold whatever they like.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A page as a response: not stored, not framed, no scripts, no referrer.
pub fn respond(status: StatusCode, html: String) -> Response {
    let mut response = (status, Html(html)).into_response();
    protect(&mut response);
    response
}

/// The same protection for any response to a browser.
pub fn protect(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    let policy = "default-src 'none'; form-action 'self' https:; frame-ancestors 'none'; base-uri 'none'";
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
}

/// The browser's cookie if it has one of ours, else a new one that is to be set.
pub fn browser(headers: &http::HeaderMap, name: &str) -> anyhow::Result<String> {
    let own = |cookie: &String| cookie.len() == 32 && cookie.bytes().all(|b| b.is_ascii_hexdigit());
    cookie(headers, name)
        .filter(own)
        .map_or_else(|| Ok(crate::clock::cookie_secret()?), Ok)
}

/// Sets the cookie of a browser, for this host alone and not for scripts.
pub fn set_cookie(response: &mut Response, name: &str, value: &str) {
    let cookie = format!("__Host-{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// What a form of this browser carries, so that no other site can start anything in it.
pub fn form_secret(cookie: &str) -> String {
    Digest::of(format!("form {cookie}").as_bytes()).to_string()
}

/// The cookie of the browser, if the form is one of its own.
pub fn own_form(headers: &http::HeaderMap, name: &str, secret: &str) -> Option<String> {
    cookie(headers, name).filter(|cookie| form_secret(cookie) == secret)
}

/// The value of a session's cookie.
pub fn cookie(headers: &http::HeaderMap, name: &str) -> Option<String> {
    let wanted = format!("__Host-{name}");
    let cookies = headers
        .get_all(http::header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|line| line.split("; "))
        .filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(found, _)| *found == wanted)
        .map(|(_, value)| value.to_owned())
}
