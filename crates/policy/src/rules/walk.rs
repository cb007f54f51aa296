//! Checks a parsed expression: names, functions, macros and size.

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue};
use cel::parser::Parser;
use cel::{IdedExpr, Program};
use tandem_domain::LoopSpec;
use tandem_domain::answer::nearest;

use super::values::{ENV, Fields, Needs};
use super::{MAX_EXPRESSION, MAX_LOOPING_WORK, MAX_MACROS, MAX_NESTING, MAX_TERMS, MAX_WEIGHT};
use crate::shape::names;

/// Something wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where it starts, in characters from 0.
    pub(crate) offset: usize,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

/// What an expression may speak of.
pub(crate) struct Scope<'a> {
    pub(crate) spec: &'a LoopSpec,
}

const OPERATORS: [&str; 18] = [
    "_?_:_", "_&&_", "_||_", "!_", "_-_", "_+_", "_*_", "_/_", "_%_", "_==_", "_!=_", "_>=_",
    "_<=_", "_>_", "_<_", "-_", "_[_]", "@in",
];
const FUNCTIONS: [&str; 13] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "lowerAscii",
    "upperAscii",
    "trim",
    "string",
    "int",
    "uint",
    "double",
    "bool",
    "type",
];
const MACROS: [&str; 5] = ["has", "exists", "all", "exists_one", "filter"];
const TYPES: [&str; 9] =
    ["int", "uint", "double", "string", "bool", "bytes", "list", "map", "null_type"];
const VARIABLES: [&str; 6] = ["input", "proposal", "tags", "group", "model", "run"];
const PROPOSAL: [&str; 6] = ["output", "confidence", "confidences", "probabilities", "model", "by"];
/// Internal to macros; never written by an author.
const NOT_STRICTLY_FALSE: &str = "@not_strictly_false";

fn fault(offset: usize, message: impl Into<String>) -> Fault {
    Fault { offset, code: "bad_rule", message: message.into(), hint: None }
}

/// Parses an expression within the limits.
pub(super) fn parse(text: &str) -> Result<Program, Vec<Fault>> {
    let length = text.chars().count();
    if length > MAX_EXPRESSION {
        let message = format!("the expression has {length} characters, more than {MAX_EXPRESSION}");
        return Err(vec![fault(0, message)]);
    }
    if text.trim().is_empty() {
        return Err(vec![fault(0, "the expression is empty")]);
    }
    if let Some(offset) = too_nested(text) {
        let message = format!("the expression is nested deeper than {MAX_NESTING} levels");
        return Err(vec![fault(offset, message)]);
    }
    // The parser bounds recursion; compiling again with the shared environment expands its macros.
    let limited = Parser::new().max_recursion_depth(4 * MAX_NESTING).parse(text).map(|_| ());
    limited.and_then(|()| ENV.compile(text)).map_err(|errors| {
        let mut faults: Vec<Fault> = errors
            .errors
            .iter()
            .map(|error| fault(offset_of(text, error.pos), tidy(&error.msg)))
            .collect();
        // One slip makes the parser stumble over what follows as well.
        faults.truncate(1);
        if faults.is_empty() {
            faults.push(fault(0, "this is no CEL expression"));
        }
        faults
    })
}

/// Where brackets and prefix operators nest too deep. The parser recurses with each of them.
fn too_nested(text: &str) -> Option<usize> {
    let limit = usize::from(MAX_NESTING);
    let (mut depth, mut prefixes) = (0_usize, 0_usize);
    for (offset, found) in text.chars().enumerate() {
        match found {
            '(' | '[' | '{' | '?' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match found {
            '!' | '-' => prefixes += 1,
            ' ' => {}
            _ => prefixes = 0,
        }
        if depth > limit || prefixes > limit {
            return Some(offset);
        }
    }
    None
}

/// Line (from 1) and column (from 1) as an offset in characters.
fn offset_of(text: &str, (line, column): (isize, isize)) -> usize {
    let before = usize::try_from(line - 1).unwrap_or(0);
    let lines: usize = text.split_inclusive('\n').take(before).map(|l| l.chars().count()).sum();
    let offset = lines + usize::try_from(column - 1).unwrap_or(0);
    offset.min(text.chars().count())
}

fn tidy(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    let first = first.strip_prefix("Syntax error: ").unwrap_or(first);
    format!("the expression does not parse: {}", crate::shape::shorten(first))
}

/// Checks names, functions, macros and size; returns what the expression looks at and the most
/// this may weigh.
pub(super) fn check(
    program: &Program,
    text: &str,
    scope: &Scope<'_>,
) -> Result<(Needs, usize), Vec<Fault>> {
    let mut walk = Walk {
        program,
        text,
        scope,
        locals: Vec::new(),
        needs: Needs::default(),
        terms: 0,
        macros: 0,
        in_macro: false,
        faults: Vec::new(),
    };
    walk.expr(program.expression());
    if walk.terms > MAX_TERMS {
        let message = format!("the expression has {} terms, more than {MAX_TERMS}", walk.terms);
        walk.faults.push(fault(0, message));
    }
    if walk.macros > MAX_MACROS {
        let message = format!("the expression goes over lists more than {MAX_MACROS} times");
        walk.faults.push(fault(0, message));
    }
    if walk.faults.is_empty() && !may_be_bool(program.expression()) {
        let mut found = fault(0, "the expression is neither true nor false");
        found.hint = Some("compare it with something".to_owned());
        walk.faults.push(found);
    }
    if !walk.faults.is_empty() {
        return Err(walk.faults);
    }
    let limit = if walk.macros > 0 { looping_limit(walk.terms) } else { MAX_WEIGHT };
    Ok((walk.needs, limit))
}

/// The most a case may weigh for an expression that goes over a list: each element may cost a scan
/// of everything else for each term, so weight x weight x terms is what is bounded.
fn looping_limit(terms: usize) -> usize {
    (MAX_LOOPING_WORK / terms.max(1)).isqrt().min(MAX_WEIGHT)
}

fn may_be_bool(expr: &IdedExpr) -> bool {
    match &expr.expr {
        Expr::Literal(literal) => matches!(literal, LiteralValue::Boolean(_)),
        Expr::List(_) | Expr::Map(_) | Expr::Struct(_) => false,
        Expr::Ident(name) => !VARIABLES.contains(&name.as_str()),
        Expr::Call(call) => !matches!(
            call.func_name.as_str(),
            "_-_"
                | "_+_"
                | "_*_"
                | "_/_"
                | "_%_"
                | "-_"
                | "size"
                | "string"
                | "int"
                | "uint"
                | "double"
                | "type"
                | "lowerAscii"
                | "upperAscii"
                | "trim"
        ),
        _ => true,
    }
}

struct Walk<'a> {
    program: &'a Program,
    text: &'a str,
    scope: &'a Scope<'a>,
    locals: Vec<&'a str>,
    needs: Needs,
    terms: usize,
    macros: usize,
    in_macro: bool,
    faults: Vec<Fault>,
}

impl<'a> Walk<'a> {
    fn offset(&self, expr: &IdedExpr) -> usize {
        let start = self.program.source_info().offset_for(expr.id).map_or(0, |(start, _)| start);
        let Some(before) = self.text.get(..start as usize) else { return 0 };
        // A selection is placed at its dot and a call at its bracket; people look for the name.
        let before = match (&expr.expr, self.text.as_bytes().get(before.len())) {
            (_, Some(b'.')) => return before.chars().count() + 1,
            (Expr::Call(call), Some(b'(')) => {
                before.trim_end().strip_suffix(call.func_name.as_str()).unwrap_or(before)
            }
            _ => before,
        };
        before.chars().count()
    }

    fn fault(&mut self, expr: &IdedExpr, message: String, hint: Option<String>) {
        let mut found = fault(self.offset(expr), message);
        found.hint = hint;
        self.faults.push(found);
    }

    fn unknown<'w>(
        &mut self,
        expr: &IdedExpr,
        message: String,
        word: &str,
        known: impl Iterator<Item = &'w str> + Clone,
    ) {
        let hint = match nearest(word, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", names(known)),
        };
        let mut found = fault(self.offset(expr), message);
        found.code = "not_declared";
        found.hint = Some(hint);
        self.faults.push(found);
    }

    fn expr(&mut self, expr: &'a IdedExpr) {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return;
        }
        if let Some(path) = path_of(expr)
            && !self.locals.contains(&path[0].1)
        {
            self.path(&path);
            return;
        }
        match &expr.expr {
            Expr::Call(call) => self.call(expr, call),
            Expr::Comprehension(inner) => self.comprehension(expr, inner),
            Expr::List(list) => list.elements.iter().for_each(|element| self.expr(element)),
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.expr(&entry.key);
                        self.expr(&entry.value);
                    }
                }
            }
            Expr::Select(select) => self.expr(&select.operand),
            Expr::Struct(_) => {
                let message = "a rule cannot make a message".to_owned();
                self.fault(expr, message, None);
            }
            Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    /// A chain of names that starts at a variable.
    fn path(&mut self, path: &[(&'a IdedExpr, &'a str)]) {
        let (root, name) = path[0];
        let second = path.get(1).copied();
        let spec = self.scope.spec;
        match name {
            "input" => match second {
                None => self.needs.input = Fields::All,
                Some((at, field)) if !spec.input.contains_key(field) => {
                    let message = format!("`input.{field}` is not declared");
                    self.unknown(at, message, field, spec.input.keys().map(String::as_str));
                }
                Some((_, field)) => {
                    if let Fields::Some(fields) = &mut self.needs.input {
                        fields.insert(field.to_owned());
                    }
                }
            },
            "proposal" => {
                self.needs.proposal = true;
                self.proposal(second, path.get(2).copied());
            }
            "tags" => self.needs.tags = true,
            "group" if spec.use_group => self.needs.group = true,
            "group" => {
                let hint = "say `use_group: true` if rules may look at groups".to_owned();
                self.fault(root, "rules of this loop may not see `group`".to_owned(), Some(hint));
            }
            "model" => {
                self.needs.model = true;
            }
            "run" => self.needs.run = true,
            _ if path.len() == 1 && TYPES.contains(&name) => {}
            _ => {
                let message = format!("`{name}` is not a variable");
                self.unknown(root, message, name, VARIABLES.into_iter());
            }
        }
    }

    fn proposal(
        &mut self,
        part: Option<(&'a IdedExpr, &'a str)>,
        field: Option<(&'a IdedExpr, &'a str)>,
    ) {
        let Some((at, part)) = part else { return };
        if !PROPOSAL.contains(&part) {
            let message = format!("`proposal.{part}` does not exist");
            self.unknown(at, message, part, PROPOSAL.into_iter());
            return;
        }
        let answer = &self.scope.spec.answer;
        if let Some((at, field)) = field
            && matches!(part, "output" | "probabilities" | "confidences")
            && !answer.contains_key(field)
            && !(part == "confidences" && (field.is_empty() || field.starts_with('/')))
        {
            let message = format!("`{field}` is not a field of the answer");
            self.unknown(at, message, field, answer.keys().map(String::as_str));
        }
    }

    fn call(&mut self, expr: &'a IdedExpr, call: &'a CallExpr) {
        let name = call.func_name.as_str();
        let internal = self.in_macro && name == NOT_STRICTLY_FALSE;
        if !OPERATORS.contains(&name) && !FUNCTIONS.contains(&name) && !internal {
            let known = FUNCTIONS.into_iter().chain(MACROS);
            self.unknown(expr, format!("the function `{name}` does not exist"), name, known);
        }
        let operands = call.target.as_deref().into_iter().chain(&call.args);
        for operand in operands {
            match &operand.expr {
                Expr::Comprehension(inner) if name == "size" && is_filter(inner) => {
                    self.terms += 1;
                    self.over_list(operand, inner);
                }
                _ => self.expr(operand),
            }
        }
    }

    fn comprehension(&mut self, expr: &'a IdedExpr, inner: &'a ComprehensionExpr) {
        if matches!(inner.accu_init.expr, Expr::List(_)) {
            let message = "`map`, and `filter` outside `size(…)`, are not offered in rules";
            let hint = "use `exists`, `all`, `exists_one` or `size(list.filter(x, …))`";
            self.fault(expr, message.to_owned(), Some(hint.to_owned()));
            return;
        }
        self.over_list(expr, inner);
    }

    fn over_list(&mut self, expr: &'a IdedExpr, inner: &'a ComprehensionExpr) {
        self.macros += 1;
        if self.in_macro {
            let message = "rules go over a list once: no `exists`, `all` or `filter` in another";
            let hint = "split it into two rules, or flatten the input";
            self.fault(expr, message.to_owned(), Some(hint.to_owned()));
            return;
        }
        self.in_macro = true;
        self.expr(&inner.iter_range);
        let outside = self.locals.len();
        self.locals.push(&inner.iter_var);
        self.locals.extend(inner.iter_var2.as_deref());
        self.locals.push(&inner.accu_var);
        for part in [&inner.accu_init, &inner.loop_cond, &inner.loop_step, &inner.result] {
            self.expr(part);
        }
        self.locals.truncate(outside);
        self.in_macro = false;
    }
}

/// Whether a comprehension keeps elements as they are: `condition ? kept + [element] : kept`.
fn is_filter(inner: &ComprehensionExpr) -> bool {
    let Expr::Call(step) = &inner.loop_step.expr else { return false };
    let Some(Expr::Call(grown)) = step.args.get(1).map(|kept| &kept.expr) else { return false };
    let Some(Expr::List(list)) = grown.args.get(1).map(|added| &added.expr) else { return false };
    step.func_name == "_?_:_"
        && matches!(list.elements.as_slice(), [IdedExpr { expr: Expr::Ident(name), .. }]
            if *name == inner.iter_var)
}

/// `a`, `a.b`, `a["b"]` and so on as names, root first, each with the node that names it.
fn path_of(expr: &IdedExpr) -> Option<Vec<(&IdedExpr, &str)>> {
    match &expr.expr {
        Expr::Ident(name) => Some(vec![(expr, name.as_str())]),
        Expr::Select(select) => {
            let mut path = path_of(&select.operand)?;
            path.push((expr, select.field.as_str()));
            Some(path)
        }
        Expr::Call(call) if call.func_name == "_[_]" => {
            let [operand, IdedExpr { expr: Expr::Literal(LiteralValue::String(key)), .. }] =
                call.args.as_slice()
            else {
                return None;
            };
            let mut path = path_of(operand)?;
            path.push((&call.args[1], key.inner()));
            Some(path)
        }
        _ => None,
    }
}
