//! The label of every task, as CSV or JSONL.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::TaskLine;
use super::input::Input;
use crate::OfflineError;

/// Writes to a file; its name says whether CSV or JSONL.
pub(super) fn write(path: &str, input: &Input, tasks: &[TaskLine]) -> Result<(), OfflineError> {
    let io = |source| OfflineError::Io { file: path.to_owned(), source };
    let mut file = BufWriter::new(File::create(path).map_err(io)?);
    let ending = Path::new(path).extension().unwrap_or_default().to_ascii_lowercase();
    if ending == "jsonl" || ending == "ndjson" {
        for (code, line) in tasks.iter().enumerate() {
            writeln!(file, "{}", object(input, code, line)).map_err(io)?;
        }
    } else {
        csv(&mut file, input, tasks).map_err(|error| io(error.into()))?;
    }
    file.flush().map_err(io)
}

/// The CSV as text.
pub(super) fn text(input: &Input, tasks: &[TaskLine]) -> Result<String, OfflineError> {
    let mut bytes = Vec::new();
    csv(&mut bytes, input, tasks).map_err(|error| OfflineError::Io {
        file: "standard output".to_owned(),
        source: error.into(),
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn csv(to: &mut impl Write, input: &Input, tasks: &[TaskLine]) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(to);
    let asked = tasks.iter().any(|line| line.ask.is_some());
    let head = ["task", "label", "confidence", "agreement", "answers", "ask"];
    writer.write_record(&head[..if asked { 6 } else { 5 }])?;
    for (code, line) in tasks.iter().enumerate() {
        let label = line.label.map_or("", |label| input.labels.name(label as u32));
        let mut record = vec![
            input.tasks.name(code as u32).to_owned(),
            label.to_owned(),
            format!("{:.6}", line.confidence),
            line.agreement.map_or_else(String::new, |share| format!("{share:.6}")),
            line.answers.to_string(),
        ];
        if asked {
            record.push(line.ask.unwrap_or(false).to_string());
        }
        writer.write_record(&record)?;
    }
    writer.flush()?;
    Ok(())
}

/// A task as a JSON object.
pub(super) fn object(input: &Input, code: usize, line: &TaskLine) -> Value {
    let mut object = Map::new();
    object.insert("task".to_owned(), json!(input.tasks.name(code as u32)));
    let label = line.label.map(|label| input.labels.name(label as u32));
    object.insert("label".to_owned(), json!(label));
    object.insert("confidence".to_owned(), json!(line.confidence));
    object.insert("agreement".to_owned(), json!(line.agreement));
    object.insert("answers".to_owned(), json!(line.answers));
    if let Some(ask) = line.ask {
        object.insert("ask".to_owned(), json!(ask));
    }
    Value::Object(object)
}
