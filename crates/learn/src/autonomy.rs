//! Earned autonomy: which thresholds may act alone, and when they may no longer.
//!
//! # Setting
//!
//! A case arrives with a score (a calibrated top probability, or one minus a conformal p-value).
//! At or above the acting threshold it is decided automatically and audited with a known
//! probability; below, a person decides. Three claims are made about such a stream, and **never
//! merged**; below, `target` is the share of wrong automatic cases that can be accepted and `delta`
//! is one minus the certainty.
//!
//! 1. **Certificate** ([`Certificate`]): the probability that a threshold whose error rate exceeds
//!    the target is *ever* certified is at most `delta`. It needs exchangeable cases while the
//!    epoch lasts (one model, one calibration map, one grid), secret audit coins, and judgments
//!    that are right (or a bound on how often people miss: [`SecondLooks`]).
//! 2. **Realised bound** ([`crate::sequential::AuditSequence`]): whatever the order, drift or
//!    dependence, the share wrong among the automatic cases that passed is below the bound shown,
//!    at every moment at once. It says nothing about the next case.
//! 3. **Current error** ([`Detector`]): no bound, but an alarm with a stated rate of false alarms
//!    and a measured delay, at which autonomy is taken back at once. Evidence of the past is never
//!    what keeps a threshold acting.
//!
//! [`Controller`] joins 1 and 3 for one stratum of cases: full review until the certificate is
//! worth acting on, then automatic above the threshold with audits, and back to full review at the
//! first alarm. Raising is only proposed; the caller has it signed. [`Groups`] keeps one controller
//! for each predicted class or slice. Everything is a pure state: `Clone`, `PartialEq`, bytes.
//!
//! # What a caller does, case by case
//!
//! ```text
//! route = controller.route(score)              // automatic? with which audit probability?
//! flip the secret coin with route.propensity   // a review has 1
//! controller.apply(Event::Case { .. })         // at the decision, in case order
//! controller.apply(Event::Judged { .. })       // when a person judged a review or an audit
//! controller.apply(Event::Lapsed { .. })       // when an audit was skipped, expired or cancelled
//! controller.apply(Event::Corrected { .. })    // when others overruled it
//! controller.apply(Event::Retracted { .. })    // when it was taken back, and another is awaited
//! controller.apply(Event::MissRate { .. })     // when more is known of how often people miss
//! -> verdicts: Propose (have it signed, then Event::Raised), Demoted (stop at once), Surge
//! ```

mod certificate;
mod controller;
mod corrections;
mod detector;
mod events;
mod grid;
mod groups;
mod looks;
mod misses;
mod progress;
mod stored;
mod wealth;

pub use certificate::{Certificate, MAX_WAITING};
pub use controller::Controller;
pub use detector::{Alarm, Detector};
pub use events::{Counts, Demotion, Event, Phase, Proposal, Route, Terms, Verdict};
pub use grid::{DEFAULT_LEVELS, Grid, Start};
pub use groups::{GroupRule, Groups};
pub use looks::{MAX_LOOKS, SecondLooks, Seen};
pub use misses::MissRate;
pub use progress::{Claim, Progress, Standing};

#[cfg(test)]
mod tests;
