//! The contract of the stores as functions, for the tests of any store (feature `contract-tests`).
//!
//! Each function takes a way to make an empty store, tries every sentence of its trait's contract on one, and panics with
//! the name of the sentence that does not hold. What they try at once is polled at once, in one task; a store that is to
//! serve several processes is to be tried from several threads too.
//!
//! ```
//! # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
//! use medmij_oauth::{MemoryStore, contract};
//!
//! async fn keeps_its_contract() {
//!     contract::grant_store(async || MemoryStore::new()).await;
//!     contract::session_store(async || MemoryStore::new()).await;
//!     contract::abonnement_store(async || MemoryStore::new()).await;
//!     contract::pending_store(async || MemoryStore::new()).await;
//!     contract::token_store(async || MemoryStore::new()).await;
//! }
//! # assert_eq!(pin!(keeps_its_contract()).poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(()));
//! ```

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::future_not_send,
    reason = "a test that fails panics, and runs where its caller likes"
)]

mod dva;
mod dvp;
mod samples;

use std::future::Future;
use std::task::Poll;

pub use dva::{abonnement_store, grant_store, session_store};
pub use dvp::{pending_store, token_store};

/// All of the futures at once: each is polled before any of them is polled again.
async fn at_once<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let start = |future: F| (Box::pin(future), None::<F::Output>);
    let mut running: Vec<_> = futures.into_iter().map(start).collect();
    std::future::poll_fn(|context| {
        for (future, output) in &mut running {
            if output.is_none()
                && let Poll::Ready(value) = future.as_mut().poll(context)
            {
                *output = Some(value);
            }
        }
        if running.iter().all(|(_, output)| output.is_some()) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    running.into_iter().filter_map(|(_, output)| output).collect()
}

/// The value of a store that did not fail.
fn works<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    result.expect("the store works")
}
