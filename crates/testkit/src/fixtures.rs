//! Loops and cases that tests share.

use serde_json::{Value, json};

/// A loop over tickets; `more` is YAML for its policy, review and the rest.
pub fn tickets(name: &str, more: &str) -> String {
    format!(
        "loop: {name}\ninput: {{ text: {{ kind: text }} }}\n\
         answer: {{ intent: {{ kind: choice, options: [card_arrival, lost_card, other] }} }}\n{more}"
    )
}

/// A loop where nothing passes without a person, and decisions take effect at once.
pub fn by_hand(name: &str) -> String {
    tickets(name, "review: { undo: 0s, lease: 60s }\n")
}

/// A loop where confident proposals pass.
pub fn selective(name: &str) -> String {
    tickets(
        name,
        "coverage: selective\npolicy: { confidence: { auto_at: 0.9, audit_rate: 0.0 } }\n\
         review: { undo: 0s }\n",
    )
}

/// A case with a proposal of this confidence.
pub fn case(confidence: f64) -> Value {
    json!({
        "input": {"text": "my card still hasn't arrived"},
        "proposal": {
            "output": {"intent": "card_arrival"},
            "confidence": confidence,
            "model": "intent@7",
        },
    })
}
