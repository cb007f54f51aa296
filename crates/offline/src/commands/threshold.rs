//! `threshold`.

use crate::{OfflineError, Report};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args) -> Result<Report, OfflineError> {
    Err(OfflineError::Usage("this command is not there yet".to_owned()))
}
