//! One line on standard error for every request.

use std::fmt::Display;

use aid1_server_traits::{Handled, Observe};

use crate::writer::LOG;

/// `POST /v1/statuses/{msp_token} 422 91 <CMP-request-id> <correlation-id> eid: no value`: method, path, status, code and
/// ids, a dash for what there is none of; then what is wrong with a refused call, and what was tolerated in any.
pub(crate) struct Log;

impl Observe for Log {
    fn handled(&self, handled: &Handled<'_>) {
        let mut line = format!(
            "{} {} {} {} {} {}",
            handled.method,
            handled.path_template(),
            handled.status.as_u16(),
            or_dash(handled.code),
            or_dash(handled.ids.map(|ids| ids.cmp_request_id)),
            or_dash(handled.ids.map(|ids| ids.correlation_id)),
        );
        if let Some(detail) = handled.internal_detail() {
            line.extend([" ", detail]);
        }
        for tolerated in handled.tolerated {
            line.push_str(&format!(" (tolerated: {tolerated})"));
        }
        LOG.tell(line);
    }
}

fn or_dash(value: Option<impl Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}
