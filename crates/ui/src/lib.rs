//! The web app's built files, embedded: what the HTTP server hands to a browser.
//!
//! `build.rs` builds `web/` and lists its files; this crate looks them up. It knows nothing of
//! HTTP: who serves a file sets the headers.

use std::borrow::Cow;

/// Every file of the app: path, bytes, entity tag.
static FILES: &[(&str, &[u8], &str)] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// What `index.html` holds where the nonce of a response goes.
const NONCE_PLACEHOLDER: &str = "__NONCE__";

/// A file of the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its content.
    pub bytes: Cow<'static, [u8]>,
    /// Its media type, for `Content-Type`.
    pub mime: &'static str,
    /// Whether its name carries a hash of its content, so that it may be cached for ever.
    pub immutable: bool,
    /// Its strong entity tag, in quotes, for `ETag`.
    pub etag: &'static str,
}

/// The file at `path`, with or without a leading slash. `index.html` is not among them: its nonce
/// differs by response, see [`index`].
pub fn asset(path: &str) -> Option<Asset> {
    let path = path.strip_prefix('/').unwrap_or(path);
    if path == "index.html" {
        return None;
    }
    let (name, bytes, etag) = find(path)?;
    Some(Asset {
        bytes: Cow::Borrowed(bytes),
        mime: mime(name),
        immutable: name.starts_with("assets/"),
        etag,
    })
}

/// The page of the app with the response's nonce in it. `nonce` must be the one in the response's
/// `Content-Security-Policy`, of base64 characters only: others are left out.
pub fn index(nonce: &str) -> String {
    let nonce: String = nonce
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_'))
        .collect();
    let page = find("index.html")
        .map_or(Cow::Borrowed(""), |(_, bytes, _)| String::from_utf8_lossy(bytes));
    page.replace(NONCE_PLACEHOLDER, &nonce)
}

fn find(path: &str) -> Option<(&'static str, &'static [u8], &'static str)> {
    let at = FILES.binary_search_by(|(name, _, _)| (*name).cmp(path)).ok()?;
    FILES.get(at).copied()
}

fn mime(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_carries_the_nonce_and_no_placeholder() {
        let page = index("abc123+/=");
        assert!(page.contains("data-nonce=\"abc123+/=\""), "{page}");
        assert!(!page.contains(NONCE_PLACEHOLDER));
    }

    #[test]
    fn index_drops_what_could_leave_the_attribute() {
        assert!(!index("x\"><script>").contains("x\"><script>"));
    }

    #[test]
    fn files_are_sorted_and_every_one_but_the_page_is_found() {
        assert!(FILES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (name, bytes, _) in FILES.iter().filter(|(name, _, _)| *name != "index.html") {
            let found = asset(&format!("/{name}")).expect(name);
            assert_eq!(found.bytes.as_ref(), *bytes);
            assert_eq!(found.immutable, name.starts_with("assets/"));
            assert!(found.etag.starts_with('"') && found.etag.ends_with('"'));
        }
    }

    #[test]
    fn unknown_paths_and_the_raw_page_are_not_assets() {
        assert_eq!(asset("/nope.js"), None);
        assert_eq!(asset("../Cargo.toml"), None);
        assert_eq!(asset("/index.html"), None);
    }

    #[test]
    fn scripts_and_styles_have_types_a_browser_takes() {
        assert_eq!(mime("assets/a.js"), "text/javascript; charset=utf-8");
        assert_eq!(mime("assets/a.css"), "text/css; charset=utf-8");
        assert_eq!(mime("favicon.svg"), "image/svg+xml");
        assert_eq!(mime("x"), "application/octet-stream");
    }
}
