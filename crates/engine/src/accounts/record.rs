//! Events of accounts: who changed which rights, by ids only.

use serde_json::{Map, Value};
use tandem_domain::EventId;
use tandem_store::Tx;

use crate::errors::Result;
use crate::ids::IdGen;
use crate::principal::Principal;
use crate::record::{By, Place, event_record};

pub(crate) fn note<const N: usize>(
    tx: &mut dyn Tx,
    ids: &IdGen,
    by: &Principal,
    kind: &str,
    data: [(&str, Value); N],
) -> Result<()> {
    let now = tx.now();
    let id = EventId(ids.uuid(now)?).to_string();
    let data: Map<String, Value> =
        data.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let place = Place { space: &by.space, of_loop: None, case: None };
    tx.append_event(event_record(place, &id, kind, &By::principal(by), now, &data, &[])?);
    Ok(())
}

/// Roles as events name them: `loop/role`.
pub(super) fn roles(grants: &[tandem_store::members::RoleGrant]) -> Value {
    grants.iter().map(|grant| format!("{}/{}", grant.scope, grant.role)).collect()
}
