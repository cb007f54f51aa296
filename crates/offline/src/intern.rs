//! Names as small numbers, so that ten million rows hold no ten million strings.

use std::collections::HashMap;

/// Gives every distinct name a code, in the order of first appearance.
#[derive(Debug, Default)]
pub struct Interner {
    codes: HashMap<Box<str>, u32>,
    names: Vec<Box<str>>,
}

impl Interner {
    /// The code of a name, made if need be.
    pub fn code(&mut self, name: &str) -> u32 {
        if let Some(code) = self.codes.get(name) {
            return *code;
        }
        let code = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.codes.insert(name.into(), code);
        self.names.push(name.into());
        code
    }

    /// The code of a name that was seen.
    pub fn get(&self, name: &str) -> Option<u32> {
        self.codes.get(name).copied()
    }

    /// The names, by code.
    pub fn names(&self) -> &[Box<str>] {
        &self.names
    }

    /// The name of a code; empty for a code that was never given.
    pub fn name(&self, code: u32) -> &str {
        self.names.get(code as usize).map_or("", |name| name)
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether no name was seen.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_follow_the_first_appearance() {
        let mut names = Interner::default();
        assert_eq!([names.code("b"), names.code("a"), names.code("b")], [0, 1, 0]);
        assert_eq!((names.name(1), names.name(7), names.get("c"), names.len()), ("a", "", None, 2));
    }
}
