//! samconfig.toml: the parameters with which the SAM CLI deploys each environment.

use std::path::Path;

use toml_edit::{DocumentMut, Item, Value};

/// A parameter's name and value.
pub(crate) type Parameter = (String, String);

/// Reads a file.
///
/// # Errors
/// It cannot be read, or is not TOML: a sentence.
pub(crate) fn read(path: &Path) -> Result<DocumentMut, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("the settings {} cannot be read: {error}", path.display()))?;
    text.parse().map_err(|error| format!("the settings {} are not TOML: {error}", path.display()))
}

/// The parameters of an environment, as `sam deploy --config-env` takes them.
///
/// # Errors
/// There is no such environment, or a parameter of it has no value: a sentence.
pub(crate) fn parameters(document: &DocumentMut, environment: &str) -> Result<Vec<Parameter>, String> {
    let overrides = |table: &Item| Some(table.get("deploy")?.get("parameters")?.get("parameter_overrides")?.clone());
    let Some(overrides) = document.get(environment).and_then(overrides) else {
        let names: Vec<&str> =
            document.iter().filter(|(_, item)| overrides(item).is_some()).map(|(name, _)| name).collect();
        return Err(format!("there is no environment {environment} with parameters; there are {}", names.join(", ")));
    };
    let texts: Vec<String> = match (overrides.as_array(), overrides.as_str()) {
        (Some(array), _) => array.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect(),
        (None, Some(text)) => words(text),
        (None, None) => Vec::new(),
    };
    texts.iter().map(|text| parameter(text)).collect()
}

/// Reads `Name=value` or `Name="a value"`.
///
/// # Errors
/// There is no `=`: a sentence.
pub(crate) fn parameter(text: &str) -> Result<Parameter, String> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(format!("{text:?} is no parameter: write Name=value"));
    };
    let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let value = quoted.map_or_else(|| value.to_owned(), |value| value.replace("\\\"", "\"").replace("\\\\", "\\"));
    Ok((name.trim().to_owned(), value))
}

/// Sets the Region and parameters of an environment that its list names already. A list keeps its comments and its order.
///
/// # Errors
/// There is no such environment, or its list does not name a parameter: a sentence.
pub(crate) fn set(
    document: &mut DocumentMut,
    environment: &str,
    region: Option<&str>,
    parameters: &[(&str, &str)],
) -> Result<(), String> {
    let table = document.get_mut(environment).and_then(|table| table.get_mut("deploy")?.get_mut("parameters"));
    let table = table.and_then(Item::as_table_like_mut);
    let table = table.ok_or_else(|| format!("the settings have no environment {environment}"))?;
    if let Some(region) = region {
        match table.get_mut("region").and_then(Item::as_value_mut) {
            Some(value) => replace(value, region),
            None => drop(table.insert("region", toml_edit::value(region))),
        }
    }
    let list = table.get_mut("parameter_overrides").and_then(Item::as_array_mut);
    let list = list.ok_or_else(|| format!("the settings have no list of parameters in {environment}"))?;
    for (name, text) in parameters {
        let is_named = |value: &&mut Value| {
            value.as_str().and_then(|text| text.split_once('=')).is_some_and(|(named, _)| named == *name)
        };
        let value = list.iter_mut().find(is_named);
        let value = value.ok_or_else(|| format!("the settings do not name the parameter {name} in {environment}"))?;
        replace(value, &written(name, text));
    }
    Ok(())
}

/// A parameter as the SAM CLI reads it: in quotes if it is empty or has more than plain characters.
fn written(name: &str, value: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.,:/".contains(character);
    match !value.is_empty() && value.chars().all(is_plain) {
        true => format!("{name}={value}"),
        false => format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

/// Replaces a text, and leaves what is around it.
fn replace(value: &mut Value, text: &str) {
    if value.as_str() != Some(text) {
        let decor = value.decor().clone();
        *value = Value::from(text);
        *value.decor_mut() = decor;
    }
}

/// The parameters of a text, where those with spaces are in quotes.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut escaped) = (Vec::new(), String::new(), false, false);
    for character in text.chars() {
        if character.is_whitespace() && !quoted {
            words.push(std::mem::take(&mut word));
            continue;
        }
        quoted ^= character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        word.push(character);
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_as_a_list_and_as_one_text() {
        let expected =
            [("Place", "AdministratorAccount"), ("AutoEnable", ""), ("CoveragePolicy", r#"{"include": []}"#)];
        for overrides in [
            r#"["Place=AdministratorAccount", 'AutoEnable=""', 'CoveragePolicy="{\"include\": []}"']"#,
            r#"'Place=AdministratorAccount AutoEnable="" CoveragePolicy="{\"include\": []}"'"#,
        ] {
            let document = format!("[administrator.deploy.parameters]\nparameter_overrides = {overrides}\n");
            let read = parameters(&document.parse().unwrap(), "administrator").unwrap();
            let read: Vec<(&str, &str)> = read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(read, expected);
        }
    }

    #[test]
    fn an_environment_that_is_not_there_is_answered_with_those_that_are() {
        let document: DocumentMut = "[a.deploy.parameters]\nparameter_overrides = []\n".parse().unwrap();
        let error = parameters(&document, "b").unwrap_err();
        assert_eq!(error, "there is no environment b with parameters; there are a");
    }
}
