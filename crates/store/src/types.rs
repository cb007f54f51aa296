//! The domain's ids and times as this crate uses them.

macro_rules! id {
    ($name:ident) => {
        /// stand-in
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub uuid::Uuid);
    };
}
id!(CaseId);
id!(LoopId);
/// stand-in
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(pub i64);

impl<'a> From<&'a CaseId> for crate::Param<'a> {
    fn from(id: &'a CaseId) -> Self {
        Self::Blob(id.0.as_bytes())
    }
}
impl<'a> From<&'a LoopId> for crate::Param<'a> {
    fn from(id: &'a LoopId) -> Self {
        Self::Blob(id.0.as_bytes())
    }
}
impl From<Timestamp> for crate::Param<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.0)
    }
}
