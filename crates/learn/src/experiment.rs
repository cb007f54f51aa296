//! Tests that may be looked at any time: mSPRT, betting confidence sequences, discordance.
