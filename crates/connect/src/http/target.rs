//! An address to send to, checked as text.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::Uri;

/// Longest address taken.
const LONGEST: usize = 2_000;

/// An absolute `http` or `https` address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Whether it is `https`.
    pub secure: bool,
    /// The host as it is resolved: a name in lower case, or an address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// As the `Host` header says it.
    pub(super) authority: String,
    /// Path and query.
    pub(super) path: String,
}

/// Text that is no address to send to; it says how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TargetError(String);

impl TargetError {
    pub(crate) fn new(why: &str) -> Self {
        Self(why.to_owned())
    }
}

fn refuse<T>(why: &str) -> Result<T, TargetError> {
    Err(TargetError(why.to_owned()))
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        if text.len() > LONGEST {
            return refuse("an address takes at most 2000 characters");
        }
        if text.contains('#') {
            return refuse("leave out the part after `#`: it is never sent");
        }
        if !text.is_ascii() {
            return refuse(
                "write the host in its ASCII form (`xn--…`) and escape the path (`%C3%A9`)",
            );
        }
        let uri: Uri = text.parse().map_err(|error| {
            TargetError(format!("this is no address: {error}; write it as https://host/path"))
        })?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) => {
                return refuse("only http and https are spoken here; write https://host/path");
            }
            None => return refuse("the scheme is missing; write https://host/path"),
        };
        let Some(authority) = uri.authority() else {
            return refuse("the host is missing; write https://host/path");
        };
        if authority.as_str().contains('@') {
            return refuse("leave out user and password: messages are signed instead");
        }
        let host = check_host(authority.host())?;
        let port = match authority.port_u16() {
            Some(0) => return refuse("port 0 is no port"),
            None if authority.as_str().ends_with(':') || authority.port().is_some() => {
                return refuse("the port is not a number from 1 to 65535");
            }
            Some(port) => port,
            None if secure => 443,
            None => 80,
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { secure, host, port, authority: authority.as_str().to_ascii_lowercase(), path })
    }
}

fn check_host(host: &str) -> Result<String, TargetError> {
    if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return match inner.parse::<Ipv6Addr>() {
            Ok(_) => Ok(inner.to_ascii_lowercase()),
            Err(_) => refuse("what is in brackets is no IPv6 address"),
        };
    }
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    if host.is_empty() {
        return refuse("the host is missing; write https://host/path");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if host.len() > 253 || !host.chars().all(plain) || host.split('.').any(str::is_empty) {
        return refuse("the host takes letters, digits, hyphens and single dots");
    }
    // `2130706433`, `0x7f.1` and `0177.0.0.1` are addresses to the C library; nobody writes them so.
    let last = host.rsplit('.').next().unwrap_or_default();
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit())
        || last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    if numeric && host.parse::<Ipv4Addr>().is_err() {
        return refuse("write an IPv4 address as four decimal numbers, as in 192.0.2.7");
    }
    Ok(host)
}

impl Target {
    /// Scheme, host and port, as in `https://api.example:443`.
    pub fn origin(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.host, self.port)
    }

    /// The host and, where it is not the usual one, the port: what may be shown and recorded. The
    /// path may hold a secret.
    pub fn place(&self) -> &str {
        &self.authority
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let target: Target = "https://Hooks.Example.org/a?b=c".parse().unwrap();
        assert_eq!(
            (target.secure, target.host.as_str(), target.port),
            (true, "hooks.example.org", 443)
        );
        assert_eq!((target.place(), target.path.as_str()), ("hooks.example.org", "/a?b=c"));
        let target: Target = "http://[::1]:8080".parse().unwrap();
        assert_eq!((target.host.as_str(), target.port, target.path.as_str()), ("::1", 8080, "/"));
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_mend() {
        for (text, part) in [
            ("", "no address"),
            ("example.org/x", "no address"),
            ("/x", "scheme"),
            ("ftp://example.org/", "only http"),
            ("file:///etc/passwd", "address"),
            ("gopher://127.0.0.1:70/", "only http"),
            ("https://", "address"),
            ("https://user:pass@example.org/", "password"),
            ("https://example.org/#x", "`#`"),
            ("https://exämple.org/", "xn--"),
            ("https://2130706433/", "four decimal"),
            ("https://0177.0.0.1/", "four decimal"),
            ("https://0x7f000001/", "four decimal"),
            ("https://127.1/", "four decimal"),
            ("https://1.2.3.4.5/", "four decimal"),
            ("https://256.1.1.1/", "four decimal"),
            ("https://a..b/", "single dots"),
            ("https://example.org:0/", "port"),
            ("https://[::1/", "address"),
            ("https://[v1.x]/", "address"),
        ] {
            let error = text.parse::<Target>().expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
