//! samconfig.toml: the parameters with which the SAM CLI deploys each environment.

use std::path::Path;

use toml_edit::{DocumentMut, Item};

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
