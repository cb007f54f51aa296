//! What wraps every request: security headers, origin, rates, what is left of its body, and the time it took.

pub mod linger;
pub mod rate;
pub mod security;
pub mod timing;
