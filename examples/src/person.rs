//! A person with a browser and a script: what a human would click, clicked by a program.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method, Uri};
use medmij_core::{MEDMIJ_REQUEST_ID, X_CORRELATION_ID};

use crate::client::{self, started};
use crate::steps::{Step, Steps};

/// What the person will not do, or cannot.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Refuse {
    /// The person does not give consent.
    Consent,
    /// The login fails.
    Identity,
    /// The Aanbieder has no data of the person.
    Availability,
}

/// What the person declares at the DVA.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Declares {
    /// The declaration is given, for this once.
    Once,
    /// It is given for an indefinite time.
    Langdurig,
    /// It is not.
    Not(Refuse),
}

/// A browser: cookies per host, no scripts, redirects followed by hand.
#[derive(Debug)]
pub struct Browser {
    http: reqwest::Client,
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    steps: Arc<Steps>,
}

/// A page, or a redirect, that the browser got.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

/// How a run ended for the person.
#[derive(Debug)]
pub struct Ended {
    /// Whether the person was at the DVA for it.
    pub was_at_dva: bool,
    /// The message on the PGO's last page.
    pub message: String,
    /// The name of the outcome.
    pub outcome: String,
    /// The answer of the DVA that brought the person back to the PGO, header by header, sorted; empty if none did.
    pub answer: Vec<String>,
}

impl Browser {
    pub fn new(http: reqwest::Client, steps: Arc<Steps>) -> Self {
        Self {
            http,
            cookies: BTreeMap::new(),
            steps,
        }
    }

    async fn get(&mut self, uri: &Uri) -> anyhow::Result<Page> {
        self.visit(Method::GET, uri, None).await
    }

    /// Clicks a button of a page: sends the form's hidden values with it.
    async fn click(&mut self, page: &Page, uri: &Uri, name: &str, value: &str) -> anyhow::Result<Page> {
        let hidden = page
            .body
            .split_once("name=\"sessie\" value=\"")
            .and_then(|(_, rest)| rest.split_once('"'));
        let (hidden, _) = hidden.context("the page has no form")?;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("sessie", hidden)
            .append_pair(name, value)
            .finish();
        self.visit(Method::POST, uri, Some(form)).await
    }

    async fn visit(&mut self, method: Method, uri: &Uri, form: Option<String>) -> anyhow::Result<Page> {
        let host = uri.host().unwrap_or_default().to_owned();
        let mut request = self.http.request(method.clone(), uri.to_string());
        if let Some(cookies) = self.cookies.get(&host) {
            let line: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, line.join("; "));
        }
        if let Some(form) = form {
            request = request
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form);
        }
        let started = started();
        let response = request
            .send()
            .await
            .map_err(reqwest::Error::without_url)
            .with_context(|| format!("{} does not answer", client::shown(uri)))?;
        let took = started.elapsed();
        let query: Vec<(String, String)> = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
        let id = |name: &str| {
            query
                .iter()
                .find(|(found, _)| found == name)
                .map(|(_, value)| value.as_str())
        };
        let page = Page {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await?,
        };
        self.steps.take(&Step {
            who: "person",
            what: format!("{method} {}", client::shown(uri)),
            request_id: id(MEDMIJ_REQUEST_ID),
            correlation_id: id(X_CORRELATION_ID),
            status: Some(page.status),
            took,
        });
        for cookie in page.headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies
                    .entry(host.clone())
                    .or_default()
                    .insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(page)
    }

    /// Goes through the screens of a DVA, from an authorization request to the redirect that ends them. Who is chosen at the
    /// login is the one whose data it is about.
    pub async fn authorize(&mut self, request: &Uri, declares: Declares, subject: &str) -> anyhow::Result<Page> {
        let host = request.host().context("no host in the authorization endpoint")?;
        let dva = host.to_owned();
        let at_dva = |path: &str| format!("https://{dva}{path}").parse::<Uri>();
        let session = at_dva("/sessie")?;

        let mut page = self.get(request).await?;
        // The oldest releases have no landing page.
        if page.status != 303 {
            page.expect(200)?;
            page = self.click(&page, &session, "antwoord", "inloggen").await?;
        }
        page.expect(303)?;
        let login = page
            .headers
            .get(LOCATION)
            .context("a redirect without a location")?
            .to_str()?;
        let page = self.get(&at_dva(login)?).await?;
        page.expect(200)?;
        let person = match declares {
            Declares::Not(Refuse::Identity) => "mislukt",
            Declares::Not(Refuse::Availability) => NOBODY,
            Declares::Not(Refuse::Consent) | Declares::Once | Declares::Langdurig => subject,
        };
        let mut page = self.click(&page, &at_dva("/digid-stub")?, "bsn", person).await?;
        page.expect(200)?;
        let answer = match declares {
            Declares::Once => "geven",
            Declares::Langdurig => "langdurig-geven",
            Declares::Not(Refuse::Consent) => {
                page = self.click(&page, &session, "antwoord", "niet-geven").await?;
                page.expect(200)?;
                "terug-naar-pgo"
            }
            Declares::Not(Refuse::Identity | Refuse::Availability) => "terug-naar-pgo",
        };
        self.click(&page, &session, "antwoord", answer).await
    }

    /// Chooses something at the PGO, goes to the DVA and back if that is needed, and reads how it ended.
    pub async fn run(&mut self, pgo: &str, choice: &str, declares: Declares, subject: &str) -> anyhow::Result<Ended> {
        let at_pgo = |path: &str| format!("https://{pgo}{path}").parse::<Uri>();
        let page = self.get(&at_pgo("/")?).await?;
        page.expect(200)?;
        let mut page = self.click(&page, &at_pgo("/start")?, "keuze", choice).await?;
        let was_at_dva = page.status == 302;
        let mut answer = Vec::new();
        if was_at_dva {
            let back = self.authorize(&page.location()?, declares, subject).await?;
            back.expect(302)?;
            answer = vec![format!("status: {}", back.status), format!("body: {}", back.body)];
            answer.extend(
                back.headers
                    .iter()
                    .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default())),
            );
            answer.sort();
            page = self.get(&back.location()?).await?;
        }
        page.expect(200)?;
        let outcome = page
            .between("data-outcome=\"", "\"")
            .context("the PGO's page has no outcome")?;
        let message = page.between("id=\"melding\"", "</p>").unwrap_or_default();
        let message = message.split_once('>').context("the PGO's page has no message")?.1;
        Ok(Ended {
            was_at_dva,
            message: message.to_owned(),
            outcome: outcome.to_owned(),
            answer,
        })
    }

    /// In the place of an Aanbieder: reports a change, and gives how many DVPs took the message.
    pub async fn report_change(&mut self, dva: &str, what: &str) -> anyhow::Result<usize> {
        let stub: Uri = format!("https://{dva}/nieuwe-gegevens-stub").parse()?;
        let page = self.get(&stub).await?;
        page.expect(200)?;
        let page = self.click(&page, &stub, "wat", what).await?;
        page.expect(200)?;
        let told = page.between("id=\"verteld\">", "<").context("the stub tells nothing")?;
        Ok(told.parse()?)
    }

    /// What the PGO tells the person on its first page: the newest message.
    pub async fn notice(&mut self, pgo: &str) -> anyhow::Result<Option<String>> {
        let page = self.get(&format!("https://{pgo}/").parse()?).await?;
        page.expect(200)?;
        let notice = page.between("class=\"melding\"", "</p>");
        Ok(notice.and_then(|text| Some(text.split_once('>')?.1.to_owned())))
    }

    /// Withdraws every consent at a DVA, from the PGO's page: gives how many there were.
    pub async fn withdraw_all(&mut self, pgo: &str, dva: &str, person: &str) -> anyhow::Result<usize> {
        let at = |host: &str, path: &str| format!("https://{host}{path}").parse::<Uri>();
        let page = self.get(&at(pgo, "/")?).await?;
        let page = self.click(&page, &at(pgo, "/toestemmingen")?, "host", dva).await?;
        page.expect(302)?;
        let page = self.get(&page.location()?).await?;
        let page = self.click(&page, &at(dva, "/sessie")?, "antwoord", "inloggen").await?;
        page.expect(303)?;
        let login = page.headers.get(LOCATION).context("a redirect without a location")?;
        let page = self.get(&at(dva, login.to_str()?)?).await?;
        let mut page = self.click(&page, &at(dva, "/digid-stub")?, "bsn", person).await?;
        let mut withdrawn = 0;
        loop {
            page.expect(200)?;
            let family = page.between("name=\"toestemming\" value=\"", "\"").map(str::to_owned);
            let Some(family) = family else { return Ok(withdrawn) };
            page = self.click(&page, &at(dva, "/sessie")?, "toestemming", &family).await?;
            page.expect(200)?;
            page = self.click(&page, &at(dva, "/sessie")?, "antwoord", "intrekken").await?;
            ensure!(!page.body.contains(&family), "the consent still stands");
            withdrawn += 1;
        }
    }
}

/// The test person of whom there are data, the child of whom there are data, and the one of whom there are none.
pub const SOMEBODY: &str = "999990019";
pub const CHILD: &str = "999990032";
const NOBODY: &str = "999990020";

impl Page {
    /// What stands between two marks.
    fn between(&self, before: &str, behind: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(before)?;
        Some(rest.split_once(behind)?.0)
    }

    pub fn location(&self) -> anyhow::Result<Uri> {
        let location = self.headers.get(LOCATION).context("a redirect without a location")?;
        Ok(location.to_str()?.parse()?)
    }

    fn expect(&self, status: u16) -> anyhow::Result<()> {
        if self.status != status {
            bail!("expected status {status}, got {}: {}", self.status, self.body);
        }
        Ok(())
    }
}
