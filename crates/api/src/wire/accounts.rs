//! Members, keys and sessions.

use serde::{Deserialize, Serialize};
use tandem_domain::{KeyId, MemberId, PersonId, Timestamp};
use tandem_engine::accounts::{KeyView, MemberView, NewKey, NewMember};
use utoipa::ToSchema;

use super::common::{RoleGrant, from_grants, to_grants};

/// A member.
#[derive(Debug, Serialize, ToSchema)]
pub struct Member {
    /// Its id.
    #[schema(value_type = String)]
    pub id: MemberId,
    /// The natural person behind it.
    #[schema(value_type = String)]
    pub person: PersonId,
    /// Its name.
    pub name: String,
    /// Its e-mail address.
    pub email: String,
    /// Its roles.
    pub roles: Vec<RoleGrant>,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Since when it may not sign in.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Timestamp>,
    /// Since when two admins agree which natural person's it is.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub identified_at: Option<Timestamp>,
    /// What the person can do, as queues ask for it.
    pub skills: Vec<String>,
    /// A link that signs in once; only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signin_link: Option<String>,
}

impl Member {
    /// A member, with its sign-in link where one was made.
    pub fn new(view: MemberView, signin_link: Option<String>) -> Self {
        Self {
            id: view.id,
            person: view.person,
            name: view.name,
            email: view.email,
            roles: from_grants(&view.grants),
            created_at: view.created_at,
            disabled_at: view.disabled_at,
            identified_at: view.identified_at,
            skills: view.skills,
            signin_link,
        }
    }
}

/// A member to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMember)]
pub struct MemberIn {
    /// Its name.
    pub name: String,
    /// Its e-mail address.
    pub email: String,
    /// Its password; without one the answer holds a sign-in link.
    #[serde(default)]
    pub password: Option<String>,
    /// Its roles.
    #[serde(default)]
    pub roles: Vec<RoleGrant>,
    /// The person, when they have an account already.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub person: Option<PersonId>,
}

impl MemberIn {
    /// The member as the engine takes it.
    pub fn into_domain(self) -> NewMember {
        NewMember {
            name: self.name,
            email: self.email,
            password: self.password,
            grants: to_grants(self.roles),
            person: self.person,
        }
    }
}

/// What to change about a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberPatch {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// All its roles.
    #[serde(default)]
    pub roles: Option<Vec<RoleGrant>>,
    /// Whether it is shut out.
    #[serde(default)]
    pub disabled: Option<bool>,
    /// All its skills, as queues ask for them.
    #[serde(default)]
    pub skills: Option<Vec<String>>,
}

/// A key.
#[derive(Debug, Serialize, ToSchema)]
pub struct Key {
    /// Its id.
    #[schema(value_type = String)]
    pub id: KeyId,
    /// Its name.
    pub name: String,
    /// The first characters of its secret.
    pub prefix: String,
    /// Its roles.
    pub roles: Vec<RoleGrant>,
    /// What it is limited to; empty for no limit.
    pub scopes: Vec<String>,
    /// Whose it is; null for a machine's.
    #[schema(value_type = Option<String>)]
    pub member: Option<MemberId>,
    /// When it ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last used, to half a minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    /// The secret; only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl Key {
    /// A key, with its secret where it was just made.
    pub fn new(view: KeyView, secret: Option<String>) -> Self {
        Self {
            id: view.id,
            name: view.name,
            prefix: view.prefix,
            roles: from_grants(&view.grants),
            scopes: view.scopes,
            member: view.member,
            expires_at: view.expires_at,
            created_at: view.created_at,
            last_used_at: view.last_used_at,
            revoked_at: view.revoked_at,
            secret,
        }
    }
}

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewKey)]
pub struct KeyIn {
    /// Its name.
    pub name: String,
    /// Its roles; a member's key has the member's where it names none.
    #[serde(default)]
    pub roles: Vec<RoleGrant>,
    /// What it is limited to: `read`, `submit`, `review`, `manage`, `admin`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// When it ends.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// Whose it is.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub member: Option<MemberId>,
}

impl KeyIn {
    /// The key as the engine takes it.
    pub fn into_domain(self) -> NewKey {
        NewKey {
            name: self.name,
            grants: to_grants(self.roles),
            scopes: self.scopes,
            expires_at: self.expires_at,
            member: self.member,
        }
    }
}

/// An address and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// The token of a sign-in link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The token.
    pub token: String,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    /// Who is signed in; null for a key that is nobody's.
    #[schema(value_type = Option<Who>)]
    pub member: Option<Who>,
    /// What requests that change something must repeat in `X-CSRF-Token`; null for keys.
    pub csrf: Option<String>,
    /// The space.
    pub space: String,
    /// Roles.
    pub roles: Vec<RoleGrant>,
    /// Whether checkpoints of the ledger are kept outside.
    pub ledger_anchored: bool,
}

/// Whoever is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Who {
    /// The member.
    #[schema(value_type = String)]
    pub id: MemberId,
    /// Its name.
    pub name: String,
    /// Its e-mail address.
    pub email: String,
}

/// AWS credentials of a key.
#[derive(Debug, Serialize, ToSchema)]
pub struct AwsCredentials {
    /// Names the key.
    #[schema(example = "TDMA…")]
    pub access_key_id: String,
    /// Signs. It is derived and not stored; asked for again it is the same.
    pub secret_access_key: String,
}

impl From<tandem_engine::accounts::AwsPair> for AwsCredentials {
    fn from(pair: tandem_engine::accounts::AwsPair) -> Self {
        let (access_key_id, secret_access_key) = (pair.access_key_id, pair.secret_access_key);
        Self { access_key_id, secret_access_key }
    }
}
