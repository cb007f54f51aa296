//! Browser sessions: opened by a password or a link, each with a token against cross-site requests.

use std::sync::Arc;

use tandem_domain::{MemberId, Span, Timestamp};
use tandem_store::sessions as rows;
use tandem_store::{Tx, members};

use super::members::{normal_email, principal, text, view};
use super::{Accounts, DEFAULT_SPACE, MemberView, record, secrets};
use crate::errors::{EngineError, Result};
use crate::gates::absences::{StandIns, stand_ins};
use crate::principal::Principal;

/// How long a session lasts: a working day.
const LASTS: Span = Span::seconds(12 * 3_600);

/// A session that a request came with.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub principal: Arc<Principal>,
    /// The member.
    pub member: MemberView,
    /// What requests that change something must repeat.
    pub csrf: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A session that was opened.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The secret for the cookie.
    pub token: String,
}

impl Accounts {
    /// Opens a session by password. `old` is the cookie the browser came with: its session ends.
    /// Unknown addresses and wrong passwords take equal time and give the same answer.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        old: Option<&str>,
    ) -> Result<SignedIn> {
        let email = normal_email(email)?;
        self.inner.limiter.attempt(&email, self.now())?;
        let wanted = email.clone();
        let member = self
            .inner
            .store
            .read(move |tx: &mut dyn Tx| {
                Ok::<_, EngineError>(members::by_email(tx, DEFAULT_SPACE, &wanted)?)
            })
            .await?
            .filter(|member| member.disabled_at.is_none());
        let hash = member.as_ref().and_then(|member| member.password_hash.clone());
        let fits = self.inner.passwords.verify(password, hash).await?;
        let Some(member) = member.filter(|_| fits) else {
            return Err(EngineError::Unauthenticated);
        };
        self.inner.limiter.succeeded(&email);
        self.open(old, move |_| Ok(member.id), "password").await
    }

    /// Opens a session by a sign-in link, which is used up.
    pub async fn sign_in_by_link(&self, link: &str, old: Option<&str>) -> Result<SignedIn> {
        let hash = secrets::hash(link);
        let find = move |tx: &mut dyn Tx| {
            rows::use_link(tx, &hash)?.map(|(_, member)| member).ok_or(EngineError::Unauthenticated)
        };
        self.open(old, find, "link").await
    }

    async fn open(
        &self,
        old: Option<&str>,
        find: impl Fn(&mut dyn Tx) -> Result<MemberId> + Send + 'static,
        how: &'static str,
    ) -> Result<SignedIn> {
        let ids = self.inner.ids.clone();
        let (token, csrf) = (secrets::fresh(&ids)?, secrets::fresh(&ids)?);
        let (hash, old) = (secrets::hash(&token), old.map(secrets::hash));
        let session = self
            .inner
            .store
            .write(move |tx: &mut dyn Tx| {
                let id = find(tx)?;
                let member = members::get(tx, id)?.filter(|member| member.disabled_at.is_none());
                let member = member.ok_or(EngineError::Unauthenticated)?;
                if let Some(old) = &old {
                    rows::delete(tx, old)?;
                }
                let (now, space) = (tx.now(), member.space.clone());
                let roles = members::roles(tx, id)?;
                let member = view(member, &roles);
                let row = rows::Session {
                    hash: hash.to_vec(),
                    space: space.clone(),
                    member_id: id,
                    csrf: csrf.clone(),
                    created_at: now,
                    expires_at: now + LASTS,
                };
                rows::insert(tx, &row)?;
                let stands_in = stand_ins(tx, member.id)?;
                let session = to_session(member, &space, row, stands_in);
                let data = [("how", text(how)), ("member", text(id))];
                record::note(tx, &ids, &session.principal, "session.opened", data)?;
                Ok::<_, EngineError>(session)
            })
            .await?;
        self.inner.sessions.clear();
        Ok(SignedIn { session, token })
    }

    /// Ends a session.
    pub async fn sign_out(&self, token: &str) -> Result<()> {
        let hash = secrets::hash(token);
        let done = self
            .inner
            .store
            .write(move |tx: &mut dyn Tx| Ok::<_, EngineError>(rows::delete(tx, &hash)?))
            .await;
        self.inner.sessions.clear();
        done.map(|_| ())
    }

    /// Whose cookie this is.
    ///
    /// # Errors
    /// [`EngineError::Unauthenticated`] for an unknown or ended session or a disabled member.
    pub async fn by_session(&self, token: &str) -> Result<Arc<Session>> {
        if token.len() > 200 {
            return Err(EngineError::Unauthenticated);
        }
        let hash = secrets::hash(token);
        let session = match self.inner.sessions.get(&hash) {
            Some(session) => session,
            None => self.load_session(hash).await?,
        };
        if session.expires_at <= self.now() {
            return Err(EngineError::Unauthenticated);
        }
        Ok(session)
    }

    async fn load_session(&self, hash: [u8; 32]) -> Result<Arc<Session>> {
        let generation = self.inner.sessions.generation();
        let session = self
            .inner
            .store
            .read(move |tx: &mut dyn Tx| {
                let row = rows::get(tx, &hash)?.ok_or(EngineError::Unauthenticated)?;
                let member = members::get(tx, row.member_id)?;
                let member = member.filter(|member| member.disabled_at.is_none());
                let member = member.ok_or(EngineError::Unauthenticated)?;
                let (space, roles) = (member.space.clone(), members::roles(tx, member.id)?);
                let stands_in = stand_ins(tx, member.id)?;
                let member = view(member, &roles);
                Ok::<_, EngineError>(Arc::new(to_session(member, &space, row, stands_in)))
            })
            .await?;
        self.inner.sessions.put(hash, generation, Arc::clone(&session));
        Ok(session)
    }
}

fn to_session(member: MemberView, space: &str, row: rows::Session, stands_in: StandIns) -> Session {
    Session {
        principal: Arc::new(principal(&member, space, stands_in)),
        member,
        csrf: row.csrf,
        expires_at: row.expires_at,
    }
}
