//! Alerts: each has the bound that goes with what it watches. Calendars and quiet hours: they can be
//! read. Capacity: it is about queues that exist.

use tandem_domain::answer::nearest;
use tandem_domain::loops::{APPEAL_QUEUE, ARBITER_QUEUE, DEFAULT_QUEUE, Lesser};

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
        queue_exists(file, report, &at, queue);
    }
}

/// Most holidays of a calendar.
const MAX_HOLIDAYS: usize = 1_000;

/// Zone, hours and days can be read, of the loop's calendar and of each queue's.
pub(super) fn calendars(file: &File<'_>, report: &mut Report<'_>) {
    let own = file.spec.calendar.as_ref().map(|calendar| ("/calendar".to_owned(), calendar));
    let of_queues = file.spec.queues.iter().filter_map(|(name, queue)| {
        let path = format!("{}/calendar", tandem_domain::answer::pointer("/queues", name));
        Some((path, queue.calendar.as_ref()?))
    });
    for (path, calendar) in own.into_iter().chain(of_queues) {
        if calendar.holidays.len() > MAX_HOLIDAYS {
            let message = format!("there are more than {MAX_HOLIDAYS} holidays");
            report.at(&format!("{path}/holidays"), "too_large", message);
        } else if let Err((at, message)) = calendar.compile() {
            report.at(&format!("{path}{at}"), "bad_calendar", message);
        }
    }
}

/// Quiet hours can be read, and are about a ladder.
pub(super) fn quiet_hours(file: &File<'_>, report: &mut Report<'_>) {
    let review = &file.spec.review;
    let Some(quiet) = &review.quiet_hours else { return };
    if let Err((at, message)) = quiet.compile() {
        report.at(&format!("/review/quiet_hours{at}"), "bad_calendar", message);
    }
    if review.escalation.is_empty() {
        let message = "quiet hours are about the ladder, and there is none";
        report.at_key("/review/quiet_hours", "conflict", message).hint =
            Some("add `escalation`, or remove `quiet_hours`".to_owned());
    }
    if quiet.except_risk.is_some() && !file.spec.holds_action() {
        let message = "only calls of tools have a risk; this answer holds none";
        report.at_key("/review/quiet_hours/except_risk", "conflict", message).hint =
            Some("use `except_priority`".to_owned());
    }
}

/// Capacity is said for queues that exist, in one unit; what gives way can.
pub(super) fn capacity(file: &File<'_>, report: &mut Report<'_>) {
    let review = &file.spec.review;
    for (i, lesser) in review.overload.iter().enumerate() {
        let path = format!("/review/overload/{i}");
        if review.overload[..i].contains(lesser) {
            let message = format!("`{}` stands here a second time", lesser.as_str());
            report.at(&path, "not_unique", message);
        }
        if *lesser == Lesser::LowValue && file.spec.low_value_doubt().is_none() {
            let (message, hint) = if file.spec.holds_action() {
                ("nothing that lets a tool run gives way", "remove `low_value`")
            } else {
                let costs = "add `policy.autonomy.costs`, or remove `low_value`";
                ("nobody says what an error and a look cost", costs)
            };
            report.at(&path, "conflict", message).hint = Some(hint.to_owned());
        }
    }
    let Some(capacity) = &review.capacity else {
        if !review.overload.is_empty() {
            let message = "what gives way depends on `capacity`, and there is none";
            report.at_key("/review/overload", "conflict", message).hint =
                Some("say `capacity: { wait: 4h }`".to_owned());
        }
        return;
    };
    for (queue, day) in &capacity.queues {
        let path = tandem_domain::answer::pointer("/review/capacity/queues", queue);
        queue_exists(file, report, &path, queue);
        if day.hours.is_some() == day.looks.is_some() {
            report.at(&path, "conflict", "a day's capacity is `hours` or `looks`").hint =
                Some("say one of both, as in `hours: 16`".to_owned());
        }
    }
}

fn queue_exists(file: &File<'_>, report: &mut Report<'_>, at: &str, queue: &str) {
    let appeals = file.spec.appeals.as_ref().map(|_| APPEAL_QUEUE);
    let known = [Some(DEFAULT_QUEUE), Some(ARBITER_QUEUE), appeals].contains(&Some(queue))
        || file.spec.queues.contains_key(queue);
    if !known {
        let queues = || {
            let own = file.spec.queues.keys().map(String::as_str);
            own.chain([DEFAULT_QUEUE, ARBITER_QUEUE]).chain(appeals)
        };
        let hint = match nearest(queue, queues()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare it under `queues`; there are {}", names(queues())),
        };
        let message = format!("the queue `{}` is not declared", shorten(queue));
        report.at(at, "not_declared", message).hint = Some(hint);
    }
}
