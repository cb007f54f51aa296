//! `tandem model list|register|freeze|evaluate|promote|demote`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::{Map, Value, json};

use crate::args::ClientArgs;
use crate::exit::{self, Coded};
use crate::http::{Client, segment};
use crate::output::{self, Out};

/// Arguments of `model`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List a loop's models: stage, score on the frozen set, and how each does in the shadow
    List {
        /// The loop
        name: String,
    },
    /// Register a model that runs elsewhere, or a version of a prompt
    Register {
        /// The loop
        name: String,
        /// As its proposals name it, such as `intent@8`
        model: String,
        /// A file with the template of a prompt; without it the model is external
        #[arg(long, value_name = "FILE")]
        prompt: Option<PathBuf>,
        /// A figure that you claim, as in `accuracy=0.94`; may be repeated
        #[arg(long = "metric", value_name = "NAME=NUMBER")]
        metrics: Vec<String>,
        /// Where its bytes are; never fetched
        #[arg(long, value_name = "URI")]
        uri: Option<String>,
        /// SHA-256 of its bytes, hex
        #[arg(long, value_name = "HEX")]
        sha256: Option<String>,
    },
    /// Freeze held-out reviewed cases: from now on versions need a score on them
    Freeze {
        /// The loop
        name: String,
        /// What to call the set
        set: String,
        /// How many cases; as many as are held out where absent
        #[arg(long, value_name = "N")]
        size: Option<u32>,
    },
    /// Score a version by its predictions for the newest frozen set; without a file, print its inputs
    Evaluate {
        /// The loop
        name: String,
        /// The version or its name
        #[arg(requires = "file")]
        model: Option<String>,
        /// Predictions, a JSON object a line: `case`, `output`, perhaps `probabilities`; `-` reads standard input
        file: Option<PathBuf>,
    },
    /// Make a version live
    Promote {
        /// The loop
        name: String,
        /// The version or its name
        model: String,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
        /// Although it has no score on the frozen set: for admins, with a reason
        #[arg(long, requires = "reason")]
        force: bool,
    },
    /// Move a version back into the shadow
    Demote {
        /// The loop
        name: String,
        /// The version or its name
        model: String,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let mut client = args.client.client()?;
    let client = &mut client;
    match args.what {
        What::List { name } => {
            let models = client.get(&path(&name, "models")).await?;
            out.result(&models, &table(&models));
        }
        What::Register { name, model, prompt, metrics, uri, sha256 } => {
            let body = registration(&model, prompt, &metrics, uri, sha256)?;
            let made = client.post(&path(&name, "models"), &body).await?;
            out.result(&made, &sentence(&made));
        }
        What::Freeze { name, set, size } => {
            let mut body = json!({"name": set});
            if let Some(size) = size {
                body["size"] = size.into();
            }
            let made = client.post(&path(&name, "evaluation-sets"), &body).await?;
            let text =
                format!("evaluation set {} of {} cases is frozen", made["set"], made["size"]);
            out.result(&made, &text);
        }
        What::Evaluate { name, model: Some(model), file: Some(file) } => {
            let body = json!({"predictions": predictions(&file)?});
            let at = path(&name, &format!("models/{}/evaluation", segment(&model)));
            let made = client.post(&at, &body).await?;
            out.result(&made, &sentence(&made));
        }
        What::Evaluate { name, .. } => inputs(client, &name).await?,
        What::Promote { name, model, reason, force } => {
            let body = json!({"reason": reason, "force": force});
            let at = path(&name, &format!("models/{}/promote", segment(&model)));
            let moved = client.post(&at, &body).await?;
            out.result(&moved, &sentence(&moved));
        }
        What::Demote { name, model, reason } => {
            let at = path(&name, &format!("models/{}/demote", segment(&model)));
            let moved = client.post(&at, &json!({"reason": reason})).await?;
            out.result(&moved, &sentence(&moved));
        }
    }
    Ok(exit::OK)
}

fn path(name: &str, rest: &str) -> String {
    format!("/v1/loops/{}/{rest}", segment(name))
}

fn registration(
    model: &str,
    prompt: Option<PathBuf>,
    metrics: &[String],
    uri: Option<String>,
    sha256: Option<String>,
) -> anyhow::Result<Value> {
    let mut claimed = Map::new();
    for metric in metrics {
        let figure = metric.split_once('=').and_then(|(name, number)| {
            Some((name, number.parse::<f64>().ok().filter(|number| number.is_finite())?))
        });
        let (name, number) = figure.ok_or_else(|| {
            Coded::usage(format!("`{metric}` is no figure; write it as `accuracy=0.94`"))
        })?;
        claimed.insert(name.to_owned(), number.into());
    }
    let mut body = json!({"name": model, "kind": "external", "metrics": claimed});
    if let Some(file) = prompt {
        let template = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        body["kind"] = "prompt".into();
        body["prompt"] = json!({"template": template});
    }
    if uri.is_some() || sha256.is_some() {
        body["artefact"] = json!({"uri": uri, "sha256": sha256});
    }
    Ok(body)
}

fn predictions(file: &PathBuf) -> anyhow::Result<Vec<Value>> {
    let text = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin()).context("cannot read standard input")?
    } else {
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
    };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            serde_json::from_str(line).map_err(|error| {
                Coded::usage(format!("{} line {}: {error}", file.display(), at + 1)).into()
            })
        })
        .collect()
}

/// Prints the inputs of the newest set, a JSON object a line.
async fn inputs(client: &mut Client, name: &str) -> anyhow::Result<()> {
    let sets = client.get(&path(name, "evaluation-sets")).await?;
    let Some(set) = sets["items"][0]["set"].as_u64() else {
        anyhow::bail!("loop `{name}` has no frozen evaluation set; see `tandem model freeze`");
    };
    let mut cursor = String::new();
    loop {
        let at = path(name, &format!("evaluation-sets/{set}/cases?limit=500{cursor}"));
        let page = client.get(&at).await?;
        for case in page["items"].as_array().into_iter().flatten() {
            output::line(&case.to_string());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(()),
        }
    }
}

fn share(share: &Value) -> Option<String> {
    let percent = |name: &str| share[name].as_f64().map(|part| part * 100.0);
    let (estimate, lower, upper) = (percent("estimate")?, percent("lower")?, percent("upper")?);
    Some(format!("{estimate:.1} % [{lower:.1}, {upper:.1}] of {}", share["n"]))
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn sentence(model: &Value) -> String {
    let mut parts = vec![format!("{} is {}", word(&model["name"]), word(&model["stage"]))];
    if let Some(score) = share(&model["score"]["accuracy"]) {
        parts.push(format!("on evaluation set {}: {score} right", model["score"]["set"]));
    }
    if let Some(against) = model["compared"]["against"].as_str() {
        let compared = &model["compared"];
        let p = compared["p_value"].as_f64().unwrap_or(1.0);
        parts.push(format!(
            "only it is right on {}, only {against} on {} (exact sign test: p = {p:.3})",
            compared["candidate"], compared["current"]
        ));
    }
    if model["refusal"].as_str() == Some("not_evaluated") {
        let missing = "it needs a score on the frozen evaluation set before it is promoted";
        parts.push(missing.to_owned());
    }
    parts.join("; ")
}

fn table(models: &Value) -> String {
    let rows: Vec<Vec<String>> = models["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|model| {
            let none = || "–".to_owned();
            vec![
                word(&model["name"]).to_owned(),
                word(&model["kind"]).to_owned(),
                word(&model["stage"]).to_owned(),
                share(&model["score"]["accuracy"]).unwrap_or_else(none),
                share(&model["shadow"]["right"]).unwrap_or_else(none),
            ]
        })
        .collect();
    if rows.is_empty() {
        return "no models".to_owned();
    }
    output::table(&["model", "kind", "stage", "frozen set", "in the shadow"], rows).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_and_models_are_told_in_words() {
        let body = registration("m@1", None, &["accuracy=0.9".to_owned()], None, None).unwrap();
        assert_eq!(body["metrics"]["accuracy"], 0.9);
        assert!(registration("m@1", None, &["accuracy".to_owned()], None, None).is_err());
        let share = json!({"estimate": 0.9, "lower": 0.8, "upper": 0.95, "n": 40});
        let model = json!({"name": "m@1", "kind": "external", "stage": "shadow",
            "score": {"set": 1, "accuracy": share},
            "compared": {"against": "m@0", "candidate": 5, "current": 0, "p_value": 0.0625}});
        assert_eq!(
            sentence(&model),
            "m@1 is shadow; on evaluation set 1: 90.0 % [80.0, 95.0] of 40 right; only it is right \
             on 5, only m@0 on 0 (exact sign test: p = 0.062)"
        );
        let text = table(&json!({"items": [model]}));
        assert!(text.contains("90.0 % [80.0, 95.0] of 40"), "{text}");
    }
}
