//! As much XML as labelling configurations are written in: elements and attributes.

/// Deepest nesting.
const MAX_DEPTH: usize = 64;

/// An element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a document.
///
/// # Errors
/// What is wrong with it, and in which line.
pub(super) fn parse(text: &str) -> Result<Element, String> {
    let mut open = vec![Element::default()];
    let mut rest = text;
    let line = |rest: &str| text[..text.len() - rest.len()].matches('\n').count() + 1;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let at = line(rest);
        let wrong = |what: &str| format!("{what} in line {at}");
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = after.split_once("-->").ok_or_else(|| wrong("a comment does not end"))?.1;
        } else if let Some(after) = rest.strip_prefix("<?") {
            rest = after.split_once("?>").ok_or_else(|| wrong("`<?` does not end"))?.1;
        } else if rest.starts_with("<!") {
            return Err(wrong("a declaration, which does not belong here,"));
        } else if let Some(after) = rest.strip_prefix("</") {
            let (name, behind) =
                after.split_once('>').ok_or_else(|| wrong("a tag does not end"))?;
            rest = behind;
            let closed = open.pop().filter(|element| element.name == name.trim());
            let closed =
                closed.ok_or_else(|| wrong(&format!("`</{}>` closes nothing", name.trim())))?;
            open.last_mut().ok_or_else(|| wrong("a tag closes nothing"))?.children.push(closed);
        } else {
            let (element, closed, behind) = tag(&rest[1..]).map_err(|what| wrong(&what))?;
            rest = behind;
            if closed {
                open.last_mut().ok_or_else(|| wrong("nothing is open"))?.children.push(element);
            } else {
                open.push(element);
            }
            if open.len() > MAX_DEPTH {
                return Err(wrong("elements are nested too deep"));
            }
        }
    }
    let top = open.pop().unwrap_or_default();
    if !open.is_empty() {
        return Err(format!("`<{}>` is not closed", top.name));
    }
    match <[Element; 1]>::try_from(top.children) {
        Ok([root]) => Ok(root),
        Err(found) => Err(format!("there is one element at the top, not {}", found.len())),
    }
}

/// The inside of a tag that opens: the element, whether it is closed as well, and what follows.
fn tag(text: &str) -> Result<(Element, bool, &str), String> {
    let end = text.find(|c: char| c.is_whitespace() || c == '>' || c == '/');
    let (name, mut rest) = text.split_at(end.ok_or("a tag does not end")?);
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || "-_.:".contains(c)) {
        return Err("a tag has no name".to_owned());
    }
    let mut element = Element { name: name.to_owned(), ..Element::default() };
    loop {
        rest = rest.trim_start();
        if let Some(behind) = rest.strip_prefix("/>") {
            return Ok((element, true, behind));
        }
        if let Some(behind) = rest.strip_prefix('>') {
            return Ok((element, false, behind));
        }
        let (key, after) = rest.split_once('=').ok_or("a tag does not end")?;
        let key = key.trim();
        if key.is_empty() || key.contains(['<', '>', '"', '\'', ' ', '\n']) {
            return Err(format!("an attribute of `{name}` has no value"));
        }
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let quote = quote.ok_or_else(|| format!("the value of `{key}` stands without quotes"))?;
        let (value, behind) = after[1..]
            .split_once(quote)
            .ok_or_else(|| format!("the value of `{key}` does not end"))?;
        element.attributes.push((key.to_owned(), unescaped(value)));
        rest = behind;
    }
}

fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let named = after.split_once(';').and_then(|(name, behind)| {
            let found = match name {
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                "quot" => '"',
                "apos" => '\'',
                _ => {
                    let number = name.strip_prefix('#')?;
                    let code = match number.strip_prefix('x') {
                        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                        None => number.parse().ok()?,
                    };
                    char::from_u32(code)?
                }
            };
            Some((found, behind))
        });
        let (found, behind) = named.unwrap_or(('&', after));
        text.push(found);
        rest = behind;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_attributes_and_entities() {
        let text = "<?xml version=\"1.0\"?>\n<View>\n<!-- a > b -->\n<Text name='t' value=\"$a &amp; &#x41;\"/><X>word</X></View>";
        let root = parse(text).unwrap();
        assert_eq!((root.name.as_str(), root.children.len()), ("View", 2));
        assert_eq!(root.children[0].attribute("value"), Some("$a & A"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, what) in [
            ("<View>\n<Text name=a/></View>", "line 2"),
            ("<View>", "not closed"),
            ("<View></Text>", "closes nothing"),
            ("", "not 0"),
            ("<a/><b/>", "not 2"),
            ("<!DOCTYPE x [<!ENTITY a \"b\">]><a/>", "declaration"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(what), "{text}: {error}");
        }
        assert!(parse(&"<a>".repeat(1_000)).is_err());
    }
}
