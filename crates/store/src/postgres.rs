//! The PostgreSQL driver.
use std::sync::Arc;

use crate::store::Shared;
use crate::{Result, StoreError};

pub(crate) struct Driver;

impl Driver {
    pub(crate) fn open(_url: &str, _shared: &Arc<Shared>) -> Result<Self> {
        Err(StoreError::Setup("not here yet".to_owned()))
    }
    pub(crate) fn join(&self) {}
}
