//! Little-endian writer and checked reader for the crate's stored states.
//!
//! Every state starts with a four-byte name and a version byte. Reading never panics and never
//! allocates more than the remaining bytes can fill, whatever the input.

use crate::LearnError;

/// Appends numbers to a byte string.
pub(crate) struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// A writer that has already written `name` and `version`.
    pub(crate) fn new(name: [u8; 4], version: u8) -> Self {
        let mut out = name.to_vec();
        out.push(version);
        Self { out }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.out
    }

    pub(crate) fn u8(&mut self, x: u8) {
        self.out.push(x);
    }

    pub(crate) fn u32(&mut self, x: u32) {
        self.out.extend_from_slice(&x.to_le_bytes());
    }

    pub(crate) fn u64(&mut self, x: u64) {
        self.out.extend_from_slice(&x.to_le_bytes());
    }

    pub(crate) fn f32(&mut self, x: f32) {
        self.out.extend_from_slice(&x.to_le_bytes());
    }

    pub(crate) fn f64(&mut self, x: f64) {
        self.out.extend_from_slice(&x.to_le_bytes());
    }

    pub(crate) fn len(&mut self, n: usize) {
        self.u64(n as u64);
    }

    pub(crate) fn str(&mut self, s: &str) {
        self.bytes(s.as_bytes());
    }

    pub(crate) fn bytes(&mut self, b: &[u8]) {
        self.len(b.len());
        self.out.extend_from_slice(b);
    }

    pub(crate) fn f32s(&mut self, xs: &[f32]) {
        self.len(xs.len());
        for &x in xs {
            self.f32(x);
        }
    }
}

/// Takes numbers from a byte string.
pub(crate) struct Reader<'a> {
    what: &'static str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader that has checked `name` and `version`.
    pub(crate) fn new(
        what: &'static str,
        name: [u8; 4],
        version: u8,
        bytes: &'a [u8],
    ) -> Result<Self, LearnError> {
        let mut reader = Self { what, bytes, at: 0 };
        if reader.take(4)? != name {
            return Err(LearnError::Bytes {
                what,
                at: 0,
                why: "these are bytes of something else",
            });
        }
        if reader.u8()? != version {
            return Err(LearnError::Bytes { what, at: 4, why: "unknown version" });
        }
        Ok(reader)
    }

    /// The error for something wrong just before the current offset.
    pub(crate) fn wrong(&self, why: &'static str) -> LearnError {
        LearnError::Bytes { what: self.what, at: self.at, why }
    }

    /// Checks that nothing is left over.
    pub(crate) fn finish(self) -> Result<(), LearnError> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.wrong("bytes left over")) }
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], LearnError> {
        let rest = &self.bytes[self.at..];
        if n > rest.len() {
            return Err(self.wrong("cut short"));
        }
        self.at += n;
        Ok(&rest[..n])
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], LearnError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, LearnError> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn u32(&mut self) -> Result<u32, LearnError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, LearnError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(crate) fn f32(&mut self) -> Result<f32, LearnError> {
        let x = f32::from_le_bytes(self.array()?);
        if x.is_finite() { Ok(x) } else { Err(self.wrong("a number is not finite")) }
    }

    pub(crate) fn f64(&mut self) -> Result<f64, LearnError> {
        let x = f64::from_le_bytes(self.array()?);
        if x.is_finite() { Ok(x) } else { Err(self.wrong("a number is not finite")) }
    }

    /// A count of items of at least `size` bytes each.
    pub(crate) fn len(&mut self, size: usize) -> Result<usize, LearnError> {
        let n = self.u64()?;
        let most = (self.bytes.len() - self.at) / size.max(1);
        if n > most as u64 {
            return Err(self.wrong("a length exceeds the bytes that follow"));
        }
        Ok(n as usize)
    }

    pub(crate) fn str(&mut self) -> Result<&'a str, LearnError> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map_err(|_| self.wrong("a name is not UTF-8"))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], LearnError> {
        let n = self.len(1)?;
        self.take(n)
    }

    pub(crate) fn f32s(&mut self) -> Result<Vec<f32>, LearnError> {
        let n = self.len(4)?;
        (0..n).map(|_| self.f32()).collect()
    }
}
