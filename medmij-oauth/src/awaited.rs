//! A request that was sent and whose answer is awaited: what the own log tells of it [P&I 19, 1.1.2].

use medmij_core::{CorrelationId, HttpResponse, LogEvent, RequestId};
use time::{Duration, UtcDateTime};

use crate::flow::Row;

/// The ids and the moment of a request, and the status of its answer once that has come.
#[derive(Clone, Debug)]
pub(crate) struct Awaited {
    pub(crate) correlation_id: CorrelationId,
    pub(crate) request_id: RequestId,
    pub(crate) sent_at: UtcDateTime,
    status: Option<u16>,
}

impl Awaited {
    pub(crate) const fn new(correlation_id: CorrelationId, request_id: RequestId, sent_at: UtcDateTime) -> Self {
        Self {
            correlation_id,
            request_id,
            sent_at,
            status: None,
        }
    }

    /// Its answer has come: what is logged from now on tells the status.
    pub(crate) fn answered(&mut self, response: &HttpResponse) {
        self.status = Some(response.status().as_u16());
    }

    /// The moment from which on the answer is too late.
    pub(crate) fn deadline(&self, within: Duration) -> UtcDateTime {
        self.sent_at.saturating_add(within)
    }

    /// The events of a row, with how long after the request it was.
    pub(crate) fn log(&self, row: &'static Row, now: UtcDateTime) -> Vec<LogEvent> {
        let took = (now - self.sent_at).try_into().ok();
        let events = row.log(now, Some(&self.correlation_id), Some(&self.request_id));
        let answered = |event: LogEvent| event.answered(self.status, took);
        events.into_iter().map(answered).collect()
    }
}
