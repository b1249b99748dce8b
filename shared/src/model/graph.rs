//! Behavior graphs.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::model::account::AccountId;
use crate::model::region::Region;

/// How many member accounts a behavior graph can have. The User Guide counts enabled members, and the API reference all.
///
/// <https://docs.aws.amazon.com/detective/latest/userguide/regions-limitations.html>
pub const MEMBER_LIMIT: usize = 1_200;

/// The ARN of a behavior graph. It names the Region and the administrator account that owns the graph.
///
/// `arn:${Partition}:detective:${Region}:${Account}:graph:${Id}`, see
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondetective.html>.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GraphArn {
    text: String,
    region: Region,
    administrator: AccountId,
}

/// A text that is not the ARN of a behavior graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not the ARN of a behavior graph: it should be arn:aws:detective:<region>:<account>:graph:<32 hexadecimal digits>"
)]
pub struct InvalidGraphArn(String);

impl GraphArn {
    /// The ARN as AWS writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The partition that the graph is in, such as `aws`.
    pub fn partition(&self) -> &str {
        self.text.split(':').nth(1).unwrap_or("aws")
    }

    /// The Region that the graph is in.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The administrator account, which owns the graph.
    pub fn administrator(&self) -> AccountId {
        self.administrator
    }
}

impl FromStr for GraphArn {
    type Err = InvalidGraphArn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidGraphArn(text.chars().take(120).collect());
        let ["arn", partition, "detective", region, account, "graph", id] = text.split(':').collect::<Vec<_>>()[..]
        else {
            return Err(invalid());
        };
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if !partition.starts_with("aws") || id.len() != 32 || !id.bytes().all(hexadecimal) {
            return Err(invalid());
        }
        Ok(Self {
            text: text.to_owned(),
            region: region.parse().map_err(|_| invalid())?,
            administrator: account.parse().map_err(|_| invalid())?,
        })
    }
}

impl fmt::Display for GraphArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for GraphArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Serialize for GraphArn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_arn_names_its_region_and_administrator() {
        let arn: GraphArn =
            "arn:aws-us-gov:detective:us-gov-west-1:111122223333:graph:0123456789abcdef0123456789abcdef"
                .parse()
                .unwrap();
        assert_eq!(arn.region().as_str(), "us-gov-west-1");
        assert_eq!(arn.administrator().to_string(), "111122223333");
    }

    #[test]
    fn what_is_not_a_graph_arn_is_refused() {
        for text in [
            "",
            "arn:aws:detective:us-east-1:111122223333:graph:0123",
            "arn:aws:detective:us-east-1:1111:graph:0123456789abcdef0123456789abcdef",
            "arn:aws:guardduty:us-east-1:111122223333:graph:0123456789abcdef0123456789abcdef",
            "arn:aws:detective:us-east-1:111122223333:graph:0123456789abcdef0123456789abcdeF",
            "arn:aws:detective:us-east-1:111122223333:graph:0123456789abcdef0123456789abcdef:x",
            "arn:azure:detective:us-east-1:111122223333:graph:0123456789abcdef0123456789abcdef",
            "arn:aws:detective:us-east-1:111122223333:graph:0123456789abcdef0123456789abcdef0",
            "arn:aws:detective:us-east-1:111122223333:graph:0123456789abcdef0123456789abcdeg",
        ] {
            assert!(text.parse::<GraphArn>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_graph_arn_is_shown_as_it_was_written_and_knows_its_partition() {
        let text = "arn:aws-us-gov:detective:us-gov-west-1:111122223333:graph:0123456789abcdef0123456789abcdef";
        let arn: GraphArn = text.parse().unwrap();
        assert_eq!((arn.as_str(), arn.partition()), (text, "aws-us-gov"));
        assert_eq!((arn.to_string().as_str(), format!("{arn:?}").as_str()), (text, text));
        assert_eq!(serde_json::to_value(&arn).unwrap(), text);
    }
}
