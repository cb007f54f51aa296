//! Links in messages: each opens one page, for one member, once, after that member signed in.
//!
//! Fetching a link changes nothing: its secret stands behind `#`, which no browser sends, and is
//! used up by a request of the signed-in page. Opening decides nothing either.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tandem_domain::{CaseId, MemberId, Span};
use tandem_store::Tx;
use tandem_store::notifications::{self as rows, Link};

use super::own::own;
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::principal::Principal;

/// How long a link is good for.
pub const LINK_VALID: Span = Span::seconds(7 * 86_400);

/// Where a link led.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// The case.
    pub case: CaseId,
}

/// A fresh secret and its hash.
pub(super) fn secret(inner: &Inner) -> Result<(String, [u8; 32])> {
    let text = URL_SAFE_NO_PAD.encode(inner.ids.bytes::<32>()?);
    let hash = hash(&text);
    Ok((text, hash))
}

pub(super) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Makes a link and returns its secret.
pub(super) fn make(tx: &mut dyn Tx, inner: &Inner, link: &Link) -> Result<String> {
    let (secret, hash) = secret(inner)?;
    let expires_at = tx.now() + LINK_VALID;
    rows::add_link(tx, &hash, link, expires_at)?;
    Ok(secret)
}

/// Uses a member's link up.
pub(super) fn take(
    tx: &mut dyn Tx,
    secret: &str,
    member: MemberId,
    purpose: &str,
) -> Result<String> {
    rows::use_link(tx, &hash(secret), member, purpose)?.ok_or_else(|| EngineError::Conflict {
        code: "link_used",
        message: "the link was used, has ended, or was sent to another member; \
                  what it is about is in the app"
            .to_owned(),
        resource: None,
    })
}

impl Engine {
    /// Uses a link to a case up, and says which case. The case is read with the member's own rights.
    ///
    /// # Errors
    /// `link_used` for one that was used, has ended, or is another member's.
    pub async fn open_link(&self, principal: &Principal, secret: &str) -> Result<Opened> {
        let member = own(principal)?;
        let secret = secret.to_owned();
        let target = self.inner.store.write(move |tx| take(tx, &secret, member, "case")).await?;
        let case: CaseId = target.parse().map_err(EngineError::internal)?;
        self.get(principal, case).await?;
        Ok(Opened { case })
    }
}
