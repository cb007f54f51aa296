//! Which addresses may be reached.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use super::{HttpError, Target};

/// How far an address reaches (IANA special-purpose registries, RFC 6890 and its successors).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Anybody's.
    Public,
    /// This machine or its own network; reached only where the configuration allows it.
    Private(&'static str),
    /// Never reached: addresses of metadata services, of groups, and of nobody.
    Never(&'static str),
}

/// How far an address reaches. An IPv6 address that carries an IPv4 one is judged by that.
pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    let [a, b, c, d] = address.octets();
    match (a, b, c, d) {
        (0, ..) => Reach::Never("unspecified"),
        (169, 254, ..) => Reach::Never("link-local, where metadata services are"),
        (100, 100, 100, 200) | (168, 63, 129, 16) => Reach::Never("a metadata service"),
        (192, 0, 0 | 2, _) | (198, 51, 100, _) | (203, 0, 113, _) | (192, 88, 99, _) => {
            Reach::Never("reserved")
        }
        (198, 18 | 19, ..) => Reach::Never("for benchmarks"),
        (224..=239, ..) => Reach::Never("multicast"),
        (240..=255, ..) => Reach::Never("reserved"),
        (127, ..) => Reach::Private("loopback"),
        (10, ..) | (172, 16..=31, ..) | (192, 168, ..) => Reach::Private("private"),
        (100, 64..=127, ..) => Reach::Private("shared by a carrier"),
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inner = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        reach_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (a, b) {
        _ if address.is_unspecified() => Reach::Never("unspecified"),
        _ if address.is_loopback() => Reach::Private("loopback"),
        // IPv4-mapped, IPv4-compatible, IPv4-translated.
        (0, 0) if (c, d) == (0, 0) && matches!((e, f), (0, 0xffff | 0) | (0xffff, 0)) => {
            inner(g, h)
        }
        // NAT64 of RFC 6052, 6to4 of RFC 3056.
        (0x64, 0xff9b) if (c, d, e, f) == (0, 0, 0, 0) => inner(g, h),
        (0x2002, high) => inner(high, c),
        (0xfd00, 0xec2) => Reach::Never("a metadata service"),
        (0xfc00..=0xfdff, _) => Reach::Private("private"),
        (0xfe80..=0xfebf, _) => Reach::Never("link-local"),
        (0xff00..=0xffff, _) => Reach::Never("multicast"),
        // Teredo, benchmarks, ORCHID, documentation.
        (0x2001, 0 | 2 | 0x10..=0x2f | 0xdb8) | (0x3fff, 0..=0xfff) => Reach::Never("reserved"),
        (0x2000..=0x3fff, _) => Reach::Public,
        _ => Reach::Never("reserved"),
    }
}

/// Finds the addresses of a name.
pub type Resolve = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// Turns names into addresses.
#[derive(Clone, Default)]
pub enum Resolver {
    /// As the system does.
    #[default]
    System,
    /// As this function does.
    Custom(Arc<Resolve>),
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Custom(_) => "Custom(..)",
        })
    }
}

/// What may be reached.
#[derive(Debug, Clone)]
pub struct Guard {
    /// Whether loopback and private addresses may be reached, and plain `http` spoken with them.
    pub allow_private: bool,
    /// How names are resolved.
    pub resolver: Resolver,
    /// The option of the server that allows private ones, for errors.
    pub option: &'static str,
}

impl Default for Guard {
    fn default() -> Self {
        Self { allow_private: false, resolver: Resolver::System, option: "--webhook-allow-private" }
    }
}

impl Guard {
    /// Resolves the host of a target once and checks every address.
    ///
    /// # Errors
    /// When the name does not resolve, when any of its addresses must not be reached, and for plain
    /// `http` to other than private addresses.
    pub async fn resolve(&self, target: &Target) -> Result<Vec<SocketAddr>, HttpError> {
        if !target.secure && !self.allow_private {
            return Err(HttpError::Forbidden(format!(
                "plain http is refused: use https (a server on this machine or in your own \
                 network takes {})",
                self.option
            )));
        }
        let addresses = self.look_up(target).await.map_err(|error| HttpError::Resolve {
            host: target.host.clone(),
            why: error.to_string(),
        })?;
        if addresses.is_empty() {
            let why = "it has no address".to_owned();
            return Err(HttpError::Resolve { host: target.host.clone(), why });
        }
        for address in &addresses {
            self.check(target, *address)?;
        }
        Ok(addresses.into_iter().map(|ip| SocketAddr::new(ip, target.port)).collect())
    }

    async fn look_up(&self, target: &Target) -> io::Result<Vec<IpAddr>> {
        if let Ok(address) = target.host.parse::<IpAddr>() {
            return Ok(vec![address]);
        }
        match &self.resolver {
            Resolver::Custom(resolve) => resolve(&target.host),
            Resolver::System => {
                let found = tokio::net::lookup_host((target.host.as_str(), target.port)).await?;
                Ok(found.map(|address| address.ip()).collect())
            }
        }
    }

    fn check(&self, target: &Target, address: IpAddr) -> Result<(), HttpError> {
        let why = match reach(address) {
            Reach::Public if target.secure => return Ok(()),
            Reach::Public => "public, and plain http is only for private ones: use https",
            Reach::Private(_) if self.allow_private => return Ok(()),
            Reach::Private(why) | Reach::Never(why) => why,
        };
        let host = &target.host;
        let hint = if matches!(reach(address), Reach::Private(_)) {
            format!("; the server takes such addresses with {}", self.option)
        } else {
            String::new()
        };
        Err(HttpError::Forbidden(format!(
            "`{host}` is at {address}, which is not reached from here ({why}){hint}"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every form of an address that is not public, each as a host of its own.
    const INSIDE: &[&str] = &[
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "100.100.100.200",
        "127.0.0.1",
        "127.0.0.2",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.0.1",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "192.168.255.255",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:127.0.0.1",
        "::ffff:192.168.1.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a00:1::",
        "2002:a9fe:a9fe::",
        "2002:c0a8:101::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "3fff::1",
        "3fff:fff::1",
        "100::1",
        "5f00::1",
        "fc00::1",
        "fd00::1",
        "fd00:ec2::254",
        "fdff:ffff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "1::1",
        "4000::1",
    ];

    const OUTSIDE: &[&str] = &[
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.167.0.1",
        "198.17.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "2a00::1",
    ];

    #[test]
    fn what_is_inside_is_told_from_what_is_outside() {
        for text in INSIDE {
            assert_ne!(reach(text.parse().unwrap()), Reach::Public, "{text}");
        }
        for text in OUTSIDE {
            assert_eq!(reach(text.parse().unwrap()), Reach::Public, "{text}");
        }
    }

    fn target(text: &str) -> Target {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn one_bad_address_of_a_name_is_enough() {
        let resolver = Resolver::Custom(Arc::new(|_| {
            Ok(vec!["8.8.8.8".parse().unwrap(), "10.0.0.7".parse().unwrap()])
        }));
        let guard = Guard { resolver, ..Guard::default() };
        let error = guard.resolve(&target("https://mixed.example/")).await.unwrap_err();
        assert!(error.to_string().contains("10.0.0.7"), "{error}");
        let guard = Guard { allow_private: true, ..guard };
        assert_eq!(guard.resolve(&target("https://mixed.example/")).await.unwrap().len(), 2);
        let error = guard.resolve(&target("http://mixed.example/")).await.unwrap_err();
        assert!(error.to_string().contains("use https"), "{error}");
    }

    #[tokio::test]
    async fn a_name_for_this_machine_is_refused_and_metadata_is_never_reached() {
        let guard = Guard::default();
        let error = guard.resolve(&target("https://localhost/")).await.unwrap_err();
        assert!(error.to_string().contains("loopback"), "{error}");
        let error = guard.resolve(&target("http://example.org/")).await.unwrap_err();
        assert!(error.to_string().contains("use https"), "{error}");
        let guard = Guard { allow_private: true, ..guard };
        assert!(guard.resolve(&target("http://localhost:9/")).await.is_ok());
        for text in ["http://169.254.169.254/latest", "http://[fd00:ec2::254]/", "http://0.0.0.0/"]
        {
            assert!(guard.resolve(&target(text)).await.is_err(), "{text}");
        }
    }
}
