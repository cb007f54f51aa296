//! One file per command.

pub mod aggregate;
pub mod agreement;
pub mod calibrate;
pub mod conformal;
pub mod drift;
pub mod evaluate;
pub mod fairness;
pub mod label_errors;
pub mod preferences;
pub mod simulate;
pub mod threshold;

use crate::{OfflineError, Report};

/// Statistics over files, without a server.
#[derive(Debug, clap::Subcommand)]
pub enum LearnCommand {
    /// Make one label of several people's, and say how far to believe it and them
    Aggregate(aggregate::Args),
    /// Measure how far people agree beyond chance
    Agreement(agreement::Args),
    /// Calibrate prediction sets that hold the truth as often as you say
    Conformal(conformal::Args),
    /// Measure how far probabilities can be believed, and mend them
    Calibrate(calibrate::Args),
    /// Find the threshold from which the machine may answer alone
    Threshold(threshold::Args),
    /// Find labels that are probably wrong
    LabelErrors(label_errors::Args),
    /// Rank items by which of two people preferred
    Preferences(preferences::Args),
    /// Compare rates between groups, with intervals
    Fairness(fairness::Args),
    /// Tell whether new data differ from old
    Drift(drift::Args),
    /// Score predictions against labels
    Evaluate(evaluate::Args),
}

/// Runs a command of `tandem learn`.
pub fn run(command: &LearnCommand) -> Result<Report, OfflineError> {
    match command {
        LearnCommand::Aggregate(args) => aggregate::run(args),
        LearnCommand::Agreement(args) => agreement::run(args),
        LearnCommand::Conformal(args) => conformal::run(args),
        LearnCommand::Calibrate(args) => calibrate::run(args),
        LearnCommand::Threshold(args) => threshold::run(args),
        LearnCommand::LabelErrors(args) => label_errors::run(args),
        LearnCommand::Preferences(args) => preferences::run(args),
        LearnCommand::Fairness(args) => fairness::run(args),
        LearnCommand::Drift(args) => drift::run(args),
        LearnCommand::Evaluate(args) => evaluate::run(args),
    }
}
