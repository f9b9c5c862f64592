//! A store that fails at one step.

use medmij_core::{Bsn, Digest, HttpResponse};
use medmij_oauth::Put;
use medmij_oauth::dva::{
    AccessGrant, CodeGrant, Consent, FoundRefresh, GrantStore, NewTokens, PutTokens, TakenCode, TestResult,
    TestingRefresh, TokenEndpoint,
};

use crate::drivers::now_or_never as wait;
use crate::pair::{Counting, at, certificate};
use crate::scene::Scene;

/// The step at which the store fails.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Fails {
    Take,
    Put,
}

struct Failing<'a>(&'a medmij_oauth::MemoryStore, Fails);

type Result<T> = std::result::Result<T, std::io::Error>;

impl Failing<'_> {
    fn at(&self, step: Fails) -> Result<()> {
        if self.1 == step {
            Err(std::io::Error::other("full"))
        } else {
            Ok(())
        }
    }
}

impl GrantStore for Failing<'_> {
    type Error = std::io::Error;

    async fn put_code(&self, code: Digest, grant: CodeGrant) -> Result<Put> {
        self.at(Fails::Put)?;
        Ok(wait(self.0.put_code(code, grant)).unwrap())
    }

    async fn take_code(&self, code: Digest) -> Result<TakenCode> {
        self.at(Fails::Take)?;
        Ok(wait(self.0.take_code(code)).unwrap())
    }

    async fn put_tokens(&self, tokens: NewTokens) -> Result<PutTokens> {
        self.at(Fails::Put)?;
        Ok(wait(self.0.put_tokens(tokens)).unwrap())
    }

    async fn find_refresh(&self, token: Digest) -> Result<FoundRefresh> {
        self.at(Fails::Take)?;
        Ok(wait(self.0.find_refresh(token)).unwrap())
    }

    async fn replace_refresh(&self, old: Digest, tokens: NewTokens) -> Result<PutTokens> {
        self.at(Fails::Put)?;
        Ok(wait(self.0.replace_refresh(old, tokens)).unwrap())
    }

    async fn find_access(&self, token: Digest) -> Result<Option<AccessGrant>> {
        self.at(Fails::Take)?;
        Ok(wait(self.0.find_access(token)).unwrap())
    }

    async fn revoke(&self, family: Digest) -> Result<()> {
        self.at(Fails::Put)?;
        wait(self.0.revoke(family)).unwrap();
        Ok(())
    }

    async fn consents(&self, bsn: Bsn) -> Result<Vec<Consent>> {
        self.at(Fails::Take)?;
        Ok(wait(self.0.consents(bsn)).unwrap())
    }
}

/// The answer to the token request of a scene whose store fails at this step.
pub(crate) fn answer(scene: &Scene, fails: Fails) -> HttpResponse {
    let tester = |_: &TestingRefresh| std::future::ready(Ok::<_, std::io::Error>(TestResult::negative()));
    let endpoint = TokenEndpoint {
        release: scene.release,
        store: &Failing(&scene.store, fails),
        directory: &scene.lists,
        tester: &tester,
        settings: scene.settings,
    };
    wait(endpoint.answer(&scene.request, Some(&certificate()), at(60), &mut Counting(5))).response
}
