//! People
