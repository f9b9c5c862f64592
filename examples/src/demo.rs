//! The demo: a Stelselnode, a DVA and a PGO in one process on loopback, and a person who collects, shares or subscribes.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use medmij_core::{Aanbiedernaam, Geboortedatum, Release, RepresentationSupport};
use medmij_oauth::dvp::{Collected, Placed};

use crate::client::{Backchannel, Resolve, plain};
use crate::config::{DvaConfig, PgoConfig};
use crate::lists::{Lists, OF_DVA, OF_PGO};
use crate::person::{Browser, CHILD, Declares, Ended, Refuse, SOMEBODY};
use crate::pgo::Pgo;
use crate::pgo::runs::Wish;
use crate::serve::{listen, serve};
use crate::sql::Sql;
use crate::steps::Steps;
use crate::{clock, dva, keep_clean, keep_current, pgo, pki, stelselnode, tls};

/// What the demo is to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the stores, their keys and the certificates go.
    pub data: PathBuf,
    pub release: Release,
    pub function: Shown,
    /// What goes wrong in a Verzamelen.
    pub refuse: Option<Refuse>,
    /// Whether the person consents for an indefinite time, and data are then collected once more without the person.
    pub langdurig: bool,
    /// Whether it is done for a child.
    pub onbehalfofchild: bool,
    /// Where the four lists are.
    pub lists: PathBuf,
    pub aanbieder: String,
}

/// The function that is shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum Shown {
    #[default]
    Verzamelen,
    Delen,
    /// Takes an Abonnement, collects what a message tells of, and ends it.
    Abonneren,
}

/// What it came to.
#[derive(Debug)]
pub struct Summary {
    /// How each run ended, and what it was.
    pub ended: Vec<(&'static str, Ended)>,
    /// What the person was told of messages.
    pub notices: Vec<String>,
    /// How many answers the dossier held before.
    pub before: usize,
    /// What was collected.
    pub added: Vec<Collected>,
    /// What was shared.
    pub placed: Vec<Placed>,
}

/// The folder of the example's own data.
pub fn data() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/data"))
}

fn settings() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config"))
}

/// All servers, up and running until the process ends.
#[derive(Debug)]
pub struct Servers {
    /// Where each host is found.
    pub resolve: Resolve,
    /// The folder of the certificates.
    pub pki: PathBuf,
    /// The host of the PGO, and of the DVA where persons come.
    pub pgo: String,
    pub dva: String,
    app: Arc<Pgo>,
    store: Sql,
}

/// Starts a Stelselnode, a DVA and a PGO, each host on a free port of loopback, with new certificates.
pub async fn start(options: &Options, steps: &Arc<Steps>) -> anyhow::Result<Servers> {
    let mut dva_config = DvaConfig::read(&settings().join("dva.toml"))?;
    let mut pgo_config = PgoConfig::read(&settings().join("pgo.toml"))?;
    (dva_config.release, pgo_config.release) = (options.release, options.release);
    // A child stays a child, whenever the demo runs.
    let born: Geboortedatum = format!("{}0101", clock::now().year() - 8).parse()?;
    if let Some(kind) = &mut pgo_config.kind {
        kind.geboortedatum = born.clone();
    }
    if let Some(child) = dva_config
        .testpersonen
        .iter_mut()
        .find(|person| person.bsn.expose() == CHILD)
    {
        child.geboortedatum = born;
    }
    let stelselnode_host = pgo_config.stelselnode.clone();

    let pki = options.data.join("pki");
    let hosts = [
        &stelselnode_host,
        &dva_config.front_host,
        &dva_config.back_host,
        &pgo_config.host,
        &pgo_config.back_host,
    ];
    pki::make(&pki, &hosts.map(|host| host.as_str()))?;
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listeners = [
        listen(loopback).await?,
        listen(loopback).await?,
        listen(loopback).await?,
        listen(loopback).await?,
        listen(loopback).await?,
    ];
    let mut resolve = Resolve::new();
    for (host, listener) in hosts.iter().zip(&listeners) {
        resolve.insert(host.to_string(), listener.local_addr()?);
    }
    let [
        stelselnode_listener,
        front_listener,
        back_listener,
        pgo_listener,
        meldingen_listener,
    ] = listeners;

    let admits_nodes = stelselnode::admits(&options.lists)?;
    let config = tls::back_server(&pki, stelselnode_host.as_str(), admits_nodes)?;
    tokio::spawn(serve(
        stelselnode_listener,
        config,
        stelselnode::router(options.lists.clone()),
    ));

    let lists = Lists::new(stelselnode_host.clone(), &OF_DVA, options.release, clock::now())?;
    let client = backchannel("dva", &pki, dva_config.back_host.as_str(), &resolve, &lists, steps)?;
    lists.start(&client, steps).await?;
    let front = tls::front_server(&pki, dva_config.front_host.as_str())?;
    let back = tls::back_server(&pki, dva_config.back_host.as_str(), admits(&lists))?;
    let store = Sql::sqlite(&options.data.join("dva.sqlite")).await?;
    let dva = dva_config.front_host.to_string();
    let app = dva::assemble(dva_config, Arc::clone(&lists), store.clone(), client.clone())?;
    tokio::spawn(keep_current(lists, client, Arc::clone(steps)));
    tokio::spawn(keep_clean(store, options.release, Arc::clone(steps)));
    tokio::spawn(serve(front_listener, front, dva::front(Arc::clone(&app))));
    tokio::spawn(serve(back_listener, back, dva::back(app)));

    let lists = Lists::new(stelselnode_host, &OF_PGO, options.release, clock::now())?;
    let host = pgo_config.host.to_string();
    let client = backchannel("pgo", &pki, &host, &resolve, &lists, steps)?;
    lists.start(&client, steps).await?;
    let front = tls::front_server(&pki, &host)?;
    let back = tls::back_server(&pki, pgo_config.back_host.as_str(), admits(&lists))?;
    let store = Sql::sqlite(&options.data.join("pgo.sqlite")).await?;
    let app = pgo::assemble(pgo_config, Arc::clone(&lists), store.clone(), client.clone()).await?;
    tokio::spawn(keep_current(lists, client, Arc::clone(steps)));
    tokio::spawn(keep_clean(store.clone(), options.release, Arc::clone(steps)));
    tokio::spawn(serve(pgo_listener, front, pgo::front(Arc::clone(&app))));
    tokio::spawn(serve(meldingen_listener, back, pgo::back(Arc::clone(&app))));
    Ok(Servers {
        resolve,
        pki,
        pgo: host,
        dva,
        app,
        store,
    })
}

/// Runs the function, from the lists to what it leaves in the stores.
pub async fn run(options: &Options, steps: &Arc<Steps>) -> anyhow::Result<Summary> {
    options.check()?;
    let servers = start(options, steps).await?;
    let before = servers.store.answers().await?.len();
    let placed = servers.store.placed().await?.len();
    let mut browser = Browser::new(plain(&servers.pki, None, &servers.resolve)?, Arc::clone(steps));
    let mut script = Script {
        servers: &servers,
        browser: &mut browser,
        aanbieder: options.aanbieder.parse()?,
        ended: Vec::new(),
        notices: Vec::new(),
    };
    match options.function {
        Shown::Verzamelen => script.verzamelen(options).await?,
        Shown::Delen => script.delen(options).await?,
        Shown::Abonneren => script.abonneren(steps).await?,
    }
    let Script { ended, notices, .. } = script;
    Ok(Summary {
        ended,
        notices,
        before,
        added: servers.store.answers().await?.split_off(before),
        placed: servers.store.placed().await?.split_off(placed),
    })
}

impl Options {
    /// A whole Verzamelen in release 2.2 with the example's own lists.
    pub fn new(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            release: Release::R2_2,
            function: Shown::Verzamelen,
            refuse: None,
            langdurig: false,
            onbehalfofchild: false,
            lists: self::data().join("lists"),
            aanbieder: "ziekenhuisvoorbeeld@medmij".to_owned(),
        }
    }

    fn check(&self) -> anyhow::Result<()> {
        let (release, verzamelen) = (self.release, self.function == Shown::Verzamelen);
        ensure!(
            verzamelen || !(self.langdurig || self.onbehalfofchild),
            "only Verzamelen has --langdurig and --onbehalfofchild"
        );
        ensure!(
            !self.langdurig || (release.langdurige_toestemming() && self.refuse.is_none()),
            "release {release} has no consent for an indefinite time, or it is refused"
        );
        ensure!(
            !self.onbehalfofchild || release.representation() == RepresentationSupport::OnBehalfOfAndChild,
            "release {release} has no representation of a child"
        );
        ensure!(
            !self.onbehalfofchild || self.refuse != Some(Refuse::Availability),
            "the example has no child without data"
        );
        ensure!(
            self.function != Shown::Abonneren || (release.abonneren() && self.refuse.is_none()),
            "release {release} has no Abonneren, or it is refused: show that with another function"
        );
        Ok(())
    }
}

/// What the person does.
struct Script<'a> {
    servers: &'a Servers,
    browser: &'a mut Browser,
    aanbieder: Aanbiedernaam,
    ended: Vec<(&'static str, Ended)>,
    notices: Vec<String>,
}

impl Script<'_> {
    async fn run(&mut self, what: &'static str, wish: &Wish, declares: Declares, subject: &str) -> anyhow::Result<()> {
        let pgo = &self.servers.pgo;
        let ended = self.browser.run(pgo, &wish.to_string(), declares, subject).await?;
        let good = ended.outcome == "Completed" || matches!(declares, Declares::Not(_));
        ensure!(good, "{what}: {} ({})", ended.message, ended.outcome);
        self.ended.push((what, ended));
        Ok(())
    }

    async fn verzamelen(&mut self, options: &Options) -> anyhow::Result<()> {
        let wish = Wish::Verzamelen {
            aanbieder: self.aanbieder.clone(),
            voor_kind: options.onbehalfofchild,
        };
        let subject = if options.onbehalfofchild { CHILD } else { SOMEBODY };
        let declares = match options.refuse {
            Some(refuse) => Declares::Not(refuse),
            None if options.langdurig => Declares::Langdurig,
            None => Declares::Once,
        };
        let first = if options.onbehalfofchild {
            "Verzamelen for a child"
        } else {
            "Verzamelen"
        };
        self.run(first, &wish, declares, subject).await?;
        if options.langdurig {
            // Without the person: what they would declare is asked of nobody.
            self.run(
                "Verzamelen without the person",
                &wish,
                Declares::Not(Refuse::Consent),
                subject,
            )
            .await?;
            let last = self.ended.last().map(|(_, ended)| ended);
            let alone = last.is_some_and(|ended| !ended.was_at_dva && ended.outcome == "Completed");
            ensure!(alone, "the second time was not without the person");
            let Servers { pgo, dva, .. } = self.servers;
            let withdrawn = self.browser.withdraw_all(pgo, dva, SOMEBODY).await?;
            ensure!(
                withdrawn > 0 || options.onbehalfofchild,
                "there was no consent to withdraw"
            );
            if withdrawn > 0 {
                // For this once: no consent is left behind.
                self.run(
                    "Verzamelen after the consent was withdrawn",
                    &wish,
                    Declares::Once,
                    subject,
                )
                .await?;
                let asked = self.ended.last().is_some_and(|(_, ended)| ended.was_at_dva);
                ensure!(asked, "the consent was withdrawn and used");
            }
        }
        Ok(())
    }

    async fn delen(&mut self, options: &Options) -> anyhow::Result<()> {
        let wish = self.wish(|wish| matches!(wish, Wish::Delen { .. }))?;
        let declares = options.refuse.map_or(Declares::Once, Declares::Not);
        self.run("Delen", &wish, declares, SOMEBODY).await
    }

    async fn abonneren(&mut self, steps: &Steps) -> anyhow::Result<()> {
        let wish = self.wish(|wish| matches!(wish, Wish::Abonneren { .. }))?;
        let Wish::Abonneren { gegevensdienst, .. } = &wish else {
            anyhow::bail!("another wish was found")
        };
        let what = format!("{} {gegevensdienst}", self.aanbieder);
        let (new, end) = (format!("nieuw {what}"), format!("einde {what}"));
        self.run("Abonneren", &wish, Declares::Once, SOMEBODY).await?;

        let dva = &self.servers.dva;
        steps.say("the Aanbieder has new data");
        let told = self.browser.report_change(dva, &new).await?;
        ensure!(told > 0, "the message was not taken");
        let notice = self.browser.notice(&self.servers.pgo).await?;
        self.notices.push(notice.context("the person was told nothing")?);
        let collect = Wish::Verzamelen {
            aanbieder: self.aanbieder.clone(),
            voor_kind: false,
        };
        self.run("Verzamelen of what is new", &collect, Declares::Once, SOMEBODY)
            .await?;

        for abonnement in self.servers.store.own_abonnementen(None).await? {
            if abonnement.einde(clock::now()).is_some() {
                let end = Wish::end_of(&abonnement);
                self.run("Abonneren: the end", &end, Declares::Once, SOMEBODY).await?;
            }
        }
        let told = self.browser.report_change(dva, &new).await?;
        ensure!(told == 0, "an Abonnement that has ended was told of");

        self.run("Abonneren once more", &wish, Declares::Once, SOMEBODY).await?;
        steps.say("the Aanbieder ends the Abonnement");
        let told = self.browser.report_change(dva, &end).await?;
        ensure!(told > 0, "the end was not taken");
        let notice = self.browser.notice(&self.servers.pgo).await?;
        self.notices.push(notice.context("the person was told nothing")?);
        let kept = self.servers.store.own_abonnementen(None).await?;
        let active = kept
            .iter()
            .filter(|abonnement| abonnement.einde(clock::now()).is_some());
        ensure!(active.count() == 0, "the PGO believes in an Abonnement that has ended");
        Ok(())
    }

    /// What the PGO offers of a kind at the Aanbieder.
    fn wish(&self, is: impl Fn(&Wish) -> bool) -> anyhow::Result<Wish> {
        let mut wishes = self.servers.app.wishes(&self.aanbieder).into_iter();
        let found = wishes.find(|(wish, _)| is(wish));
        Ok(found.context("the Aanbieder does not offer it in this release")?.0)
    }
}

impl Servers {
    /// Where a person finds them.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<_> = self
            .resolve
            .iter()
            .map(|(host, address)| format!("{host} is at {address}"))
            .collect();
        let ca = self.pki.join("ca.pem");
        lines.push(format!(
            "start at https://{}/ and trust {} for this test alone; Ctrl-C ends",
            self.pgo,
            ca.display()
        ));
        lines
    }
}

/// A client of a Node, which goes where its own Whitelist permits.
pub fn backchannel(
    who: &str,
    pki_folder: &Path,
    host: &str,
    resolve: &Resolve,
    lists: &Arc<Lists>,
    steps: &Arc<Steps>,
) -> anyhow::Result<Backchannel> {
    let lists = Arc::clone(lists);
    let permits = Arc::new(move |host: &str| host.parse().is_ok_and(|host| lists.permits(&host)));
    Backchannel::new(who, pki_folder, host, resolve, permits, Arc::clone(steps))
}

/// The Whitelist check of a Node that is a TLS server.
pub fn admits(lists: &Arc<Lists>) -> tls::Admits {
    let lists = Arc::clone(lists);
    Arc::new(move |client| client.names().iter().any(|name| lists.permits(name)))
}

impl Summary {
    /// How the last run ended.
    ///
    /// # Panics
    /// Never: a demo that ran has had a run.
    #[expect(clippy::expect_used, reason = "a demo that ran has had a run")]
    pub fn last(&self) -> &Ended {
        &self.ended.last().expect("a run").1
    }

    /// What is printed at the end.
    pub fn lines(&self) -> Vec<String> {
        let resources: usize = self.added.iter().filter_map(pgo::resources).sum();
        let mut lines: Vec<_> = self
            .ended
            .iter()
            .map(|(what, ended)| format!("{what}: {} ({})", ended.message, ended.outcome))
            .collect();
        lines.extend(
            self.notices
                .iter()
                .map(|notice| format!("the person was told: {notice}")),
        );
        for placed in &self.placed {
            let answer = &placed.answer;
            lines.push(format!(
                "placed with {} / {}: sha256 {}",
                answer.aanbieder, answer.gegevensdienst, placed.placed
            ));
        }
        if !self.added.is_empty() {
            lines.push(format!(
                "{resources} resources in {} answers are stored:",
                self.added.len()
            ));
        }
        for answer in &self.added {
            let naam = answer.gegevensdienstnaam.as_ref().map_or("-", |naam| naam.as_str());
            let count = pgo::resources(answer).map_or_else(|| "-".to_owned(), |count| count.to_string());
            lines.push(format!(
                "  {count:>3} from {} / {naam} / {:<24} sha256 {}",
                answer.aanbieder, answer.path, answer.digest
            ));
            lines.extend(pgo::findings(answer).iter().map(|finding| format!("      {finding}")));
        }
        lines.push(format!(
            "the dossier held {} answers before, and holds {} now",
            self.before,
            self.before + self.added.len()
        ));
        lines
    }
}
