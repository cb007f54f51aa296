//! Signature Version 4: what a request says it signed, and the text that it must have signed.
//!
//! The secret stays with the accounts, which compare. Only signatures in the header are taken, with
//! the body's hash among what is signed; signed URLs are not.

use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use sha2::{Digest, Sha256};
use tandem_domain::Timestamp;
use tandem_engine::accounts::AwsSigned;

use super::error::AwsError;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How far the clocks of client and server may be apart, in microseconds.
const SKEW_US: i64 = 15 * 60 * 1_000_000;
/// Most headers that may be signed.
const MOST_HEADERS: usize = 64;

/// What the header `Authorization` says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked<'a> {
    pub(super) access_key_id: &'a str,
    pub(super) date: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    /// Names of the signed headers, in order.
    pub(super) headers: Vec<&'a str>,
    pub(super) signature: Vec<u8>,
    /// When it was signed, as in `20260101T000000Z`.
    pub(super) time: &'a str,
}

impl<'a> Asked<'a> {
    pub(super) fn signed(&'a self, text: &'a str) -> AwsSigned<'a> {
        AwsSigned {
            access_key_id: self.access_key_id,
            date: self.date,
            region: self.region,
            service: self.service,
            text,
            signature: &self.signature,
        }
    }
}

/// Reads who is said to have signed what, for this service.
pub(super) fn parse<'a>(headers: &'a HeaderMap, service: &str) -> Result<Asked<'a>, AwsError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let authorization = text(header::AUTHORIZATION.as_str()).ok_or_else(AwsError::unsigned)?;
    let rest = authorization.strip_prefix(ALGORITHM).ok_or_else(AwsError::unsigned)?;
    let part = |name: &str| {
        let mut parts = rest.split(',').filter_map(|part| part.trim().split_once('='));
        parts.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let (Some(credential), Some(signed), Some(signature)) =
        (part("Credential"), part("SignedHeaders"), part("Signature"))
    else {
        let message = "`Authorization` takes Credential, SignedHeaders and Signature";
        return Err(AwsError::incomplete(message));
    };
    let scope: Vec<&str> = credential.split('/').collect();
    let [access_key_id, date, region, of, "aws4_request"] = scope[..] else {
        let message = "the credential takes KEY/DATE/REGION/SERVICE/aws4_request";
        return Err(AwsError::incomplete(message));
    };
    if of != service {
        return Err(AwsError::incomplete("the credential is for another service"));
    }
    let time = text("x-amz-date").filter(|time| time.starts_with(date));
    let time = time.ok_or_else(|| AwsError::incomplete("`X-Amz-Date` is of another day"))?;
    let names: Vec<&str> = signed.split(';').collect();
    check_headers(headers, &names)?;
    let signature = hex::decode(signature).map_err(|_| AwsError::wrong_signature())?;
    let (headers, service) = (names, of);
    Ok(Asked { access_key_id, date, region, service, headers, signature, time })
}

/// The host and whatever is AWS's own must be signed.
fn check_headers(headers: &HeaderMap, signed: &[&str]) -> Result<(), AwsError> {
    let own = headers.keys().map(axum::http::HeaderName::as_str);
    let own = own.filter(|name| name.starts_with("x-amz-"));
    let missing = own.chain(["host"]).find(|name| !signed.contains(name));
    if missing.is_some() || signed.len() > MOST_HEADERS || !signed.is_sorted() {
        return Err(AwsError::incomplete(
            "sign `host` and every header `x-amz-…`, each once and in order",
        ));
    }
    Ok(())
}

/// Refuses what was signed long ago or in the future.
pub(super) fn check_time(time: &str, now: Timestamp) -> Result<(), AwsError> {
    let digits = time.as_bytes();
    let form = digits.len() == 16 && digits[8] == b'T' && digits[15] == b'Z' && time.is_ascii();
    let text = form.then(|| {
        format!(
            "{}-{}-{}T{}:{}:{}Z",
            &time[..4],
            &time[4..6],
            &time[6..8],
            &time[9..11],
            &time[11..13],
            &time[13..15]
        )
    });
    let at = text.and_then(|text| text.parse::<Timestamp>().ok());
    match at {
        None => Err(AwsError::incomplete("`X-Amz-Date` is written as 20260101T000000Z")),
        Some(at) if (at.0 - now.0).abs() > SKEW_US => Err(AwsError::stale()),
        Some(_) => Ok(()),
    }
}

/// The text that must have been signed.
pub(super) fn string_to_sign(
    asked: &Asked<'_>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<String, AwsError> {
    let actual = hex::encode(Sha256::digest(body));
    // Where the client names the body's hash, that is what it signed; it must be the body's.
    let hash = match headers.get("x-amz-content-sha256").map(HeaderValue::as_bytes) {
        None => actual,
        Some(said) if said == actual.as_bytes() => actual,
        Some(b"UNSIGNED-PAYLOAD") if body.is_empty() => "UNSIGNED-PAYLOAD".to_owned(),
        Some(_) => return Err(AwsError::wrong_signature()),
    };
    // S3 signs the path as it is sent, everybody else encodes it once more.
    let path = if asked.service == "s3" { uri.path().to_owned() } else { encoded(uri.path()) };
    let mut canonical = format!("{method}\n{path}\n{}\n", sorted(uri.query().unwrap_or_default()));
    for name in &asked.headers {
        canonical.push_str(name);
        canonical.push(':');
        for (at, value) in headers.get_all(*name).iter().enumerate() {
            if at > 0 {
                canonical.push(',');
            }
            let value = String::from_utf8_lossy(value.as_bytes());
            let words: Vec<&str> = value.split_whitespace().collect();
            canonical.push_str(&words.join(" "));
        }
        canonical.push('\n');
    }
    canonical.push('\n');
    canonical.push_str(&asked.headers.join(";"));
    canonical.push('\n');
    canonical.push_str(&hash);
    Ok(format!(
        "{ALGORITHM}\n{}\n{}/{}/{}/aws4_request\n{}",
        asked.time,
        asked.date,
        asked.region,
        asked.service,
        hex::encode(Sha256::digest(canonical.as_bytes()))
    ))
}

/// Percent-encodes everything but unreserved characters and slashes.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 8);
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&hex::encode_upper([byte]));
        }
    }
    out
}

/// Parameters in order of name and value, as they were sent.
fn sorted(query: &str) -> String {
    let mut pairs: Vec<(&str, &str)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    /// The example of AWS's documentation of Signature Version 4 (`get-vanilla-query-order-key-case`
    /// of its published suite): the hash of the canonical request is theirs.
    #[test]
    fn the_text_is_that_of_the_published_suite() {
        let headers = headers(&[
            ("host", "example.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders=host;x-amz-date, \
                 Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
        ]);
        let asked = parse(&headers, "service").unwrap();
        let uri: Uri = "/?Param2=value2&Param1=value1".parse().unwrap();
        let text = string_to_sign(&asked, &Method::GET, &uri, &headers, b"").unwrap();
        assert_eq!(
            text,
            "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n\
             816cd5b414d056048ba4f7c5386d6e0533120fb1fcfa93762cf0fc39e2cf19e0"
        );
    }

    #[test]
    fn what_is_not_signed_is_refused() {
        let good = "AWS4-HMAC-SHA256 Credential=K/20150830/r/s/aws4_request, \
                    SignedHeaders=host;x-amz-date, Signature=00";
        let parsed = |authorization: &'static str, more: &[(&'static str, &'static str)]| {
            let base = [
                ("host", "h"),
                ("x-amz-date", "20150830T123600Z"),
                ("authorization", authorization),
            ];
            parse(&headers(&[&base, more].concat()), "s").is_ok()
        };
        assert!(parsed(good, &[]));
        assert!(!parsed(good, &[("x-amz-target", "SageMaker.DeleteEverything")]));
        assert!(!parsed("Bearer tdm_x", &[]));
        assert!(!parsed(
            "AWS4-HMAC-SHA256 Credential=K/20150830/r/s/aws4_request, SignedHeaders=x-amz-date, \
             Signature=00",
            &[]
        ));
        assert!(parse(&headers(&[("host", "h")]), "s").is_err());
    }

    #[test]
    fn signatures_grow_old() {
        let now: Timestamp = "2015-08-30T12:36:00Z".parse().unwrap();
        assert!(check_time("20150830T122200Z", now).is_ok());
        assert!(check_time("20150830T122000Z", now).is_err());
        assert!(check_time("20150830T125200Z", now).is_err());
        assert!(check_time("20150830T12Z", now).is_err());
        assert!(check_time("2015083éT12360Z", now).is_err());
    }

    #[test]
    fn a_body_of_another_hash_is_refused() {
        let headers = headers(&[
            ("host", "h"),
            ("x-amz-date", "20150830T123600Z"),
            ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=K/20150830/r/s3/aws4_request, \
                 SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=00",
            ),
        ]);
        let asked = parse(&headers, "s3").unwrap();
        let uri: Uri = "/b/k".parse().unwrap();
        assert!(string_to_sign(&asked, &Method::GET, &uri, &headers, b"").is_ok());
        assert!(string_to_sign(&asked, &Method::PUT, &uri, &headers, b"x").is_err());
    }
}
