//! Alerts: each has the bound that goes with what it watches. Calendars: they can be read.

use tandem_domain::answer::nearest;
use tandem_domain::loops::{ARBITER_QUEUE, DEFAULT_QUEUE};

use super::{File, Report};
use crate::shape::{names, shorten};

/// Most alerts of a loop.
const MAX_ALERTS: usize = 20;

/// Bounds that fit, queues that exist, and nothing watched twice.
pub(super) fn bounds(file: &File<'_>, report: &mut Report<'_>) {
    let alerts = &file.spec.alerts;
    if alerts.len() > MAX_ALERTS {
        let message = format!("there are {} alerts, more than {MAX_ALERTS}", alerts.len());
        report.at("/alerts", "too_large", message);
    }
    for (i, alert) in alerts.iter().enumerate() {
        let path = format!("/alerts/{i}");
        let name = alert.on.as_str();
        let (wanted, hint) = if alert.on.is_time() {
            (alert.above.is_some() && alert.share.is_none(), "say `above`, as in `above: 2h`")
        } else {
            (alert.share.is_some() && alert.above.is_none(), "say `share`, as in `share: 0.1`")
        };
        if !wanted {
            let message = format!("`{name}` has one bound of its kind");
            report.at(&path, "conflict", message).hint = Some(hint.to_owned());
        }
        let same = |other: &&tandem_domain::loops::AlertSpec| {
            other.on == alert.on
                && (other.queue == alert.queue || other.queue.is_none() || alert.queue.is_none())
        };
        if alerts[..i].iter().any(|other| same(&other)) {
            report.at(&path, "duplicate", format!("`{name}` is watched twice here"));
        }
        let Some(queue) = &alert.queue else { continue };
        let at = format!("{path}/queue");
        if !alert.on.of_queue() {
            report.at(&at, "conflict", format!("`{name}` is about the whole loop"));
        }
        let known = [DEFAULT_QUEUE, ARBITER_QUEUE].contains(&queue.as_str())
            || file.spec.queues.contains_key(queue);
        if !known {
            let queues = || {
                let own = file.spec.queues.keys().map(String::as_str);
                own.chain([DEFAULT_QUEUE, ARBITER_QUEUE])
            };
            let hint = match nearest(queue, queues()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declare it under `queues`; there are {}", names(queues())),
            };
            let message = format!("the queue `{}` is not declared", shorten(queue));
            report.at(&at, "not_declared", message).hint = Some(hint);
        }
    }
}

/// Most holidays of a calendar.
const MAX_HOLIDAYS: usize = 1_000;

/// Zone, hours and days can be read.
pub(super) fn calendar(file: &File<'_>, report: &mut Report<'_>) {
    let Some(calendar) = &file.spec.calendar else { return };
    if calendar.holidays.len() > MAX_HOLIDAYS {
        let message = format!("there are more than {MAX_HOLIDAYS} holidays");
        report.at("/calendar/holidays", "too_large", message);
    } else if let Err((at, message)) = calendar.compile() {
        report.at(&format!("/calendar{at}"), "bad_calendar", message);
    }
}
