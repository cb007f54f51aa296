//! Secrets that loop files may name. Their values are read from the environment once and shown nowhere.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use tandem_connect::broker::Address;
use tandem_connect::http::Target;
use tandem_engine::chain::Secret;

use crate::env;

/// The names alone, for whoever looks at the configuration.
pub(crate) fn names(given: &[String]) -> Vec<String> {
    given.iter().filter_map(|text| Some(text.split_once('=')?.0.to_owned())).collect()
}

/// Reads `NAME=VARIABLE[@ORIGIN]` for each.
pub(crate) fn read(given: &[String]) -> anyhow::Result<BTreeMap<String, Secret>> {
    let mut secrets = BTreeMap::new();
    for text in given {
        let (name, rest) = text.split_once('=').context(
            "a secret is given as NAME=VARIABLE, the name of a variable, never its value",
        )?;
        let (variable, only) = match rest.split_once('@') {
            None => (rest, None),
            Some((variable, place)) => (
                variable,
                Some(origin(place).with_context(|| {
                    format!(
                        "the place of the secret `{name}` is written as https://host (or, for a \
                         broker, tls://host or amqps://host)"
                    )
                })?),
            ),
        };
        let good = |text: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if !good(name) || !good(variable) {
            // What stands there may be the secret itself, so it is not repeated.
            bail!("a secret is given as NAME=VARIABLE in letters, digits and underscores");
        }
        let value = env::get(variable).filter(|value| !value.is_empty());
        let value = value.with_context(|| {
            format!("the environment has no `{variable}`, which should hold the secret `{name}`")
        })?;
        if secrets.insert(name.to_owned(), Secret { value, only }).is_some() {
            bail!("the secret `{name}` is given twice");
        }
    }
    Ok(secrets)
}

/// Where a secret may be sent, as an address of HTTP or of a broker.
fn origin(place: &str) -> anyhow::Result<String> {
    let web = place.starts_with("https://") || place.starts_with("http://");
    if !web && place.contains("://") {
        return Ok(place.parse::<Address>()?.origin());
    }
    Ok(place.parse::<Target>()?.origin())
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_secret_is_the_value_of_a_variable_and_bound_to_a_place() {
        let secrets = read(&["KEY=PATH@https://api.example".to_owned()]).unwrap();
        assert_eq!(secrets["KEY"].only.as_deref(), Some("https://api.example:443"));
        assert_eq!(secrets["KEY"].value, std::env::var("PATH").unwrap());
        assert!(!format!("{secrets:?}").contains(&secrets["KEY"].value));
    }

    #[test]
    fn what_is_no_secret_is_refused_without_repeating_it() {
        for text in ["sk-abc", "KEY=sk-abc", "KEY=NO_SUCH_VARIABLE_HERE", "KEY=PATH@nowhere"] {
            let error = format!("{:#}", read(&[text.to_owned()]).unwrap_err());
            assert!(!error.contains("sk-abc"), "{error}");
        }
    }
}
