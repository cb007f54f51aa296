//! `tandem key create|list|aws|revoke`.

use bytes::Bytes;
use clap::Subcommand;
use hyper::Method;
use serde_json::{Value, json};

use crate::args::ClientArgs;
use crate::exit;
use crate::http::segment;
use crate::output::{self, Out};

/// Arguments of `key`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a key; its secret is printed once
    Create {
        /// What it is for
        name: String,
        /// A role, as in `submitter` (every loop) or `my-loop:reviewer`; may be repeated
        #[arg(long = "role", value_name = "[LOOP:]ROLE", required = true, value_parser = parse_role)]
        roles: Vec<RoleArg>,
        /// The member it belongs to (id); reviews need one
        #[arg(long, value_name = "ID")]
        member: Option<String>,
        /// When it ends, as in 2027-01-31T00:00:00Z
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
    },
    /// List the keys
    List,
    /// Print AWS credentials of a key, for clients that sign requests (boto3)
    Aws {
        /// Its id
        id: String,
    },
    /// End a key at once
    Revoke {
        /// Its id
        id: String,
    },
}

/// A role for one loop or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoleArg {
    name: String,
    role: tandem_domain::roles::Role,
}

impl RoleArg {
    /// As the API takes it.
    pub(crate) fn to_json(&self) -> Value {
        json!({"loop": self.name, "role": self.role})
    }
}

/// Reads `ROLE` or `LOOP:ROLE`.
pub(crate) fn parse_role(text: &str) -> Result<RoleArg, String> {
    let (name, role) = text.split_once(':').unwrap_or(("*", text));
    Ok(RoleArg { name: name.to_owned(), role: role.parse()? })
}

/// Roles as people read them.
pub(crate) fn roles_text(roles: &Value) -> String {
    let one = |role: &Value| {
        let (name, role) = (role["loop"].as_str().unwrap_or("*"), role["role"].as_str());
        let role = role.unwrap_or_default();
        if name == "*" { role.to_owned() } else { format!("{name}:{role}") }
    };
    roles.as_array().into_iter().flatten().map(one).collect::<Vec<_>>().join(", ")
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let mut client = args.client.client()?;
    match args.what {
        What::Create { name, roles, member, expires } => {
            let mut body = json!({
                "name": name,
                "roles": roles.iter().map(RoleArg::to_json).collect::<Vec<_>>(),
            });
            for (field, value) in [("member", member), ("expires_at", expires)] {
                if let Some(value) = value {
                    body[field] = value.into();
                }
            }
            let key = client.post("/v1/keys", &body).await?;
            let secret = key["secret"].as_str().unwrap_or_default();
            let id = key["id"].as_str().unwrap_or_default();
            out.result(&key, &format!("{secret}\nKey {id}. This is the only time it is shown."));
        }
        What::List => {
            let page = client.get("/v1/keys?limit=500").await?;
            let plain = |value: &Value| value.as_str().unwrap_or("–").to_owned();
            let rows = page["items"].as_array().into_iter().flatten().map(|key| {
                let state = if key["revoked_at"].is_string() { "revoked" } else { "good" };
                vec![
                    plain(&key["id"]),
                    plain(&key["name"]),
                    plain(&key["prefix"]),
                    roles_text(&key["roles"]),
                    plain(&key["last_used_at"]),
                    plain(&key["expires_at"]),
                    state.to_owned(),
                ]
            });
            let head = ["id", "name", "begins", "roles", "last used", "expires", "state"];
            out.result(&page, &output::table(&head, rows).to_string());
        }
        What::Aws { id } => {
            let pair = client.post(&format!("/v1/keys/{}/aws", segment(&id)), &json!({})).await?;
            let part = |name: &str| pair[name].as_str().unwrap_or_default().to_owned();
            let text = format!(
                "export AWS_ACCESS_KEY_ID={}\nexport AWS_SECRET_ACCESS_KEY={}",
                part("access_key_id"),
                part("secret_access_key")
            );
            out.result(&pair, &text);
        }
        What::Revoke { id } => {
            let path = format!("/v1/keys/{}", segment(&id));
            let reply = client.call(Method::DELETE, &path, None, Bytes::new()).await?.ok(&path)?;
            out.result(&reply, &format!("key {id} is revoked"));
        }
    }
    Ok(exit::OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_for_one_loop_or_all() {
        assert_eq!(
            parse_role("auditor").unwrap().to_json(),
            json!({"loop": "*", "role": "auditor"})
        );
        let one = parse_role("digits:reviewer").unwrap();
        assert_eq!(one.to_json(), json!({"loop": "digits", "role": "reviewer"}));
        assert!(parse_role("boss").unwrap_err().contains("submitter"));
        assert_eq!(
            roles_text(&json!([one.to_json(), {"loop": "*", "role": "admin"}])),
            "digits:reviewer, admin"
        );
    }
}
