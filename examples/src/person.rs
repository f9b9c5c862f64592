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
    /// Consent for this once.
    Once,
    /// Consent for an indefinite time.
    Langdurig,
    /// None.
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

/// How a Verzamelen ended for the person.
#[derive(Debug)]
pub struct Ended {
    /// The message on the PGO's last page.
    pub message: String,
    /// The name of the outcome.
    pub outcome: String,
    /// The answer of the DVA that brought the person back to the PGO, header by header, sorted.
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

    /// Goes through the screens of a DVA, from an authorization request to the redirect that ends them.
    pub async fn authorize(&mut self, request: &Uri, declares: Declares) -> anyhow::Result<Page> {
        let host = request.host().context("no host in the authorization endpoint")?;
        let dva = host.to_owned();
        let at_dva = |path: &str| format!("https://{dva}{path}").parse::<Uri>();

        let page = self.get(request).await?;
        page.expect(200)?;
        let page = self.click(&page, &at_dva("/sessie")?, "stap", "inloggen").await?;
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
            Declares::Not(Refuse::Consent) | Declares::Once | Declares::Langdurig => SOMEBODY,
        };
        let page = self.click(&page, &at_dva("/digid-stub")?, "bsn", person).await?;
        page.expect(200)?;
        let session = at_dva("/sessie")?;
        match declares {
            Declares::Once => self.click(&page, &session, "stap", "ja").await,
            Declares::Langdurig => self.click(&page, &session, "stap", "ja-langdurig").await,
            Declares::Not(Refuse::Consent) => {
                let page = self.click(&page, &session, "stap", "nee").await?;
                page.expect(200)?;
                self.click(&page, &session, "stap", "terug").await
            }
            Declares::Not(Refuse::Identity | Refuse::Availability) => {
                self.click(&page, &session, "stap", "terug").await
            }
        }
    }

    /// Collects at an Aanbieder: chooses it at the PGO, logs in at the DVA, answers, comes back.
    pub async fn verzamelen(&mut self, pgo: &str, aanbieder: &str, refuse: Option<Refuse>) -> anyhow::Result<Ended> {
        let at_pgo = |path: &str| format!("https://{pgo}{path}").parse::<Uri>();
        let page = self.get(&at_pgo("/")?).await?;
        page.expect(200)?;
        let page = self
            .click(&page, &at_pgo("/verzamelen")?, "aanbieder", aanbieder)
            .await?;
        ensure!(page.status == 302, "the PGO answers {}", page.status);
        let authorize = page.location()?;
        let answer = refuse.map_or(Declares::Once, Declares::Not);
        let back = self.authorize(&authorize, answer).await?;
        back.expect(302)?;
        let mut answer = vec![format!("status: {}", back.status), format!("body: {}", back.body)];
        answer.extend(
            back.headers
                .iter()
                .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default())),
        );
        answer.sort();

        let page = self.get(&back.location()?).await?;
        page.expect(200)?;
        let attribute = |name: &str| {
            let (_, rest) = page.body.split_once(&format!("{name}=\""))?;
            Some(rest.split_once('"')?.0.to_owned())
        };
        let message = page
            .body
            .split_once("data-stored")
            .and_then(|(_, rest)| rest.split_once('>'));
        let message = message
            .and_then(|(_, rest)| rest.split_once('<'))
            .context("the PGO's page has no message")?
            .0;
        let outcome = attribute("data-outcome").context("the PGO's page has no outcome")?;
        Ok(Ended {
            message: message.to_owned(),
            outcome,
            answer,
        })
    }
}

/// The test person of whom there are data, and the one of whom there are none.
const SOMEBODY: &str = "999990019";
const NOBODY: &str = "999990020";

impl Page {
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
