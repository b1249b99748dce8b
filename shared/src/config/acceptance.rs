//! Whose invitations are accepted, and with which role.

use std::collections::BTreeSet;

use crate::aws::sts::MemberRole;
use crate::environment::{ConfigError, Environment};
use crate::model::account::AccountId;
use crate::model::graph::GraphArn;
use crate::plan::accept::AllowList;

/// Reads `TRUSTED_ADMINISTRATOR_IDS` and `TRUSTED_GRAPH_ARNS`. A list without an administrator is an error: it would
/// be the same to accept nothing and to accept everything, and neither is what anyone deploys this for.
pub fn allow_list(environment: &Environment<'_>) -> Result<AllowList, ConfigError> {
    const ADMINISTRATORS: &str = "the account ids of the Detective administrators to trust, separated by commas";
    const GRAPHS: &str = "behavior graph ARNs of trusted administrators, separated by commas, or leave it empty";
    let administrators: BTreeSet<AccountId> =
        environment.list("TRUSTED_ADMINISTRATOR_IDS", ADMINISTRATORS)?.into_iter().collect();
    if administrators.is_empty() {
        return Err(ConfigError::new("TRUSTED_ADMINISTRATOR_IDS", "is missing or empty", ADMINISTRATORS));
    }
    let graphs: BTreeSet<GraphArn> = environment.list("TRUSTED_GRAPH_ARNS", GRAPHS)?.into_iter().collect();
    if let Some(stranger) = graphs.iter().find(|arn| !administrators.contains(&arn.administrator())) {
        let problem =
            format!("has a graph of {}, which TRUSTED_ADMINISTRATOR_IDS does not name", stranger.administrator());
        return Err(ConfigError::new("TRUSTED_GRAPH_ARNS", problem, GRAPHS));
    }
    let reject_others = environment.parsed("REJECT_UNTRUSTED_INVITATIONS", false, "true or false")?;
    Ok(AllowList { administrators, graphs, reject_others })
}

/// The role to accept invitations with in member accounts (`MEMBER_ROLE_NAME`, `MEMBER_ROLE_EXTERNAL_ID`), where
/// they are accepted centrally.
pub fn member_role(environment: &Environment<'_>) -> Result<Option<MemberRole>, ConfigError> {
    const NAME: &str = "the name of the role in member accounts: letters, digits and +=,.@_-";
    const EXTERNAL_ID: &str = "the external id that the role's trust policy asks for";
    let Some(name) = environment.text("MEMBER_ROLE_NAME") else { return Ok(None) };
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "+=,.@_-".contains(letter);
    if name.len() > 64 || !name.chars().all(allowed) {
        return Err(ConfigError::new("MEMBER_ROLE_NAME", format!("is {name:?}"), NAME));
    }
    match environment.text("MEMBER_ROLE_EXTERNAL_ID") {
        Some(external_id) => Ok(Some(MemberRole { name, external_id })),
        None => Err(ConfigError::new("MEMBER_ROLE_EXTERNAL_ID", "is missing", EXTERNAL_ID)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAPH: &str = "arn:aws:detective:eu-west-1:111122223333:graph:0123456789abcdef0123456789abcdef";

    fn with<T>(variables: &[(&str, &str)], read: impl FnOnce(&Environment<'_>) -> T) -> T {
        let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        read(&Environment::new(&lookup))
    }

    #[test]
    fn an_empty_allow_list_is_an_error() {
        for variables in [&[][..], &[("TRUSTED_ADMINISTRATOR_IDS", " , ")], &[("TRUSTED_GRAPH_ARNS", GRAPH)]] {
            let error = with(variables, allow_list).unwrap_err();
            assert!(error.to_string().contains("TRUSTED_ADMINISTRATOR_IDS is missing or empty"), "{error}");
        }
    }

    #[test]
    fn a_trusted_graph_needs_a_trusted_administrator() {
        let variables = [("TRUSTED_ADMINISTRATOR_IDS", "444455556666"), ("TRUSTED_GRAPH_ARNS", GRAPH)];
        let error = with(&variables, allow_list).unwrap_err();
        assert!(error.to_string().contains("has a graph of 111122223333"), "{error}");
    }
}
