//! `Fn::Sub`: a text with places `${Name}`, `${Resource.Attribute}` and `${!literal}`.

use serde_json::Value;

use super::super::values::scalar;
use super::evaluate::told;
use super::scope::{Known, Scope, Why};

impl Scope<'_> {
    /// The text with its places filled in; of one that is not known the place stays.
    pub(super) fn substitute(&self, argument: &Value, depth: usize) -> Known {
        let (text, own) = match argument {
            Value::String(text) => (text, None),
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(text), own] => (text, Some(own)),
                [Value::String(text)] => (text, None),
                _ => return told("`Fn::Sub` without a text", argument),
            },
            _ => return told("`Fn::Sub` without a text", argument),
        };
        let mut filled = String::new();
        let mut why = None;
        let mut rest = text.as_str();
        while let Some(start) = rest.find("${") {
            filled.push_str(&rest[..start]);
            let Some(length) = rest[start..].find('}') else { break };
            let name = &rest[start + 2..start + length];
            rest = &rest[start + length + 1..];
            if let Some(literal) = name.strip_prefix('!') {
                filled.push_str(&format!("${{{literal}}}"));
                continue;
            }
            match self.place(name.trim(), own, depth) {
                Ok(text) => filled.push_str(&text),
                Err((stands, reason)) => {
                    filled.push_str(&stands);
                    why.get_or_insert(reason);
                }
            }
        }
        filled.push_str(rest);
        match why {
            None => Known::Value(Value::String(filled)),
            Some(why) => Known::Unknown(filled, why),
        }
    }

    fn place(&self, name: &str, own: Option<&Value>, depth: usize) -> Result<String, (String, Why)> {
        let known = match own.and_then(|own| own.get(name)) {
            Some(value) => self.value_of(value, depth),
            None if name.contains('.') => self.attribute_of(name),
            None => self.reference(name),
        };
        let no_text = || (format!("${{{name}}}"), Why::Told(format!("`{name}`, which is no text")));
        match known {
            Known::Value(value) => scalar(&value).ok_or_else(no_text),
            Known::Nothing => Ok(String::new()),
            Known::Unknown(stands, why) => Err((stands, why)),
        }
    }
}
