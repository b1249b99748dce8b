//! AWS accounts, as the organization knows them.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An AWS account id: twelve digits, leading zeros included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(u64);

/// A text that is not an account id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an AWS account id: it should be twelve digits")]
pub struct InvalidAccountId(String);

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if digits => Ok(Self(number)),
            // What stands in the place of an id may be anything, so only its beginning is repeated.
            _ => Err(InvalidAccountId(text.chars().take(20).collect())),
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:012}", self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl<'de> Deserialize<'de> for AccountId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Serialize for AccountId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An account's root email address. It is sent to Detective and shown nowhere: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Wraps an address as Organizations gave it.
    pub fn new(address: impl Into<String>) -> Self {
        Self(address.into())
    }

    /// Whether Detective's API takes the address: its `EmailAddress` is narrower than the one of Organizations. At most 64
    /// characters; the domain has two labels or more, of letters, digits and inner hyphens, and ends with letters alone.
    ///
    /// <https://docs.aws.amazon.com/detective/latest/APIReference/API_Account.html>
    pub fn is_accepted_by_detective(&self) -> bool {
        let is_label = |label: &str| {
            let has_inner_hyphens_alone = !label.starts_with('-') && !label.ends_with('-');
            let is_plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            (1..=63).contains(&label.len()) && has_inner_hyphens_alone && is_plain
        };
        let is_top_level =
            |label: &str| (2..=63).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_alphabetic());
        let Some((user, domain)) = self.0.rsplit_once('@') else { return false };
        let Some((labels, top_level)) = domain.rsplit_once('.') else { return false };
        let has_line_break = user.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
        !user.is_empty()
            && !has_line_break
            && self.0.chars().count() <= 64
            && labels.split('.').all(is_label)
            && is_top_level(top_level)
    }

    /// Whether two addresses are one: letters count without their case.
    pub fn same_as(&self, other: &Self) -> bool {
        self.0.to_lowercase() == other.0.to_lowercase()
    }

    /// The address itself, for the request to Detective.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Email(hidden)")
    }
}

/// Where an account is in its life.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_account_state.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountState {
    /// Created, but not ready for use.
    PendingActivation,
    /// In use: the only state in which Detective can take the account as a member.
    Active,
    /// Closed, and not yet gone for good; or suspended by AWS.
    Suspended,
    /// Being closed.
    PendingClosure,
    /// Gone for good.
    Closed,
    /// A state that this version does not know.
    Unknown(String),
}

impl AccountState {
    /// Whether the account is closed, being closed or suspended. One that is not in use yet is not gone, and neither is one
    /// in a state that this version does not know.
    pub fn is_gone(&self) -> bool {
        match self {
            Self::Suspended | Self::PendingClosure | Self::Closed => true,
            Self::PendingActivation | Self::Active | Self::Unknown(_) => false,
        }
    }
}

impl From<&str> for AccountState {
    fn from(text: &str) -> Self {
        match text {
            "PENDING_ACTIVATION" => Self::PendingActivation,
            "ACTIVE" => Self::Active,
            "SUSPENDED" => Self::Suspended,
            "PENDING_CLOSURE" => Self::PendingClosure,
            "CLOSED" => Self::Closed,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

impl fmt::Display for AccountState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::PendingActivation => "PENDING_ACTIVATION",
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::PendingClosure => "PENDING_CLOSURE",
            Self::Closed => "CLOSED",
            Self::Unknown(other) => other,
        })
    }
}

/// An account of the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationAccount {
    /// The account's id.
    pub id: AccountId,
    /// Its name, which whoever manages the account chooses; `None` if Organizations does not return one.
    pub name: Option<String>,
    /// The root user's email address, which Detective's API requires even where no email is sent; `None` if Organizations
    /// does not return it.
    pub email: Option<Email>,
    /// Where the account is in its life.
    pub state: AccountState,
    /// The root and the OUs that it is in, from the root down, where Organizations returned them with the account.
    pub units: Option<Vec<String>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_keeps_its_leading_zeros() {
        let id: AccountId = "001234567890".parse().unwrap();
        assert_eq!(id.to_string(), "001234567890");
    }

    #[test]
    fn anything_but_twelve_digits_is_no_account_id() {
        for text in ["", "12345678901", "1234567890123", "12345678901a", "+12345678901", "１23456789012"] {
            assert!(text.parse::<AccountId>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn an_address_is_accepted_if_detectives_model_has_it() {
        let long = |length: usize| format!("{}@example.com", "a".repeat(length - "@example.com".len()));
        let label = |length: usize| format!("a@{}.com", "b".repeat(length));
        for address in ["a@b.co", "a b@c@sub-1.example.com", "ä@example.com", "a@1.x.museum", &long(64)] {
            assert!(Email::new(address).is_accepted_by_detective(), "{address}");
        }
        let refused = ["", "a", "@b.co", "a@", "a@b", "a@b.c", "a@.co", "a@b..co", "a@-b.co", "a@b-.co", "a@b.c0m"];
        let refused_too = ["a@xn--e1afmkfd.xn--p1ai", "a@bücher.de", "a@b_c.com", "a@b.co\n", "a\n@b.co", "a@b.co "];
        for address in refused.into_iter().chain(refused_too).chain([&*long(65), &*label(64)]) {
            assert!(!Email::new(address).is_accepted_by_detective(), "{address:?}");
        }
    }

    #[test]
    fn an_email_address_is_not_shown_by_debug() {
        let account = OrganizationAccount {
            id: "111122223333".parse().unwrap(),
            name: None,
            email: Some(Email::new("root@example.com")),
            state: AccountState::Active,
            units: None,
        };
        let shown = format!("{account:?}");
        assert!(shown.contains("Email(hidden)") && !shown.contains("root@"), "{shown}");
    }

    #[test]
    fn an_account_id_is_a_text_everywhere() {
        let id: AccountId = "001234567890".parse().unwrap();
        assert_eq!(format!("{id:?}"), "001234567890");
        assert_eq!(serde_json::to_value(id).unwrap(), "001234567890");
        assert_eq!(serde_json::from_str::<AccountId>("\"001234567890\"").unwrap(), id);
        for other in ["1234567890", "\"1234567890\"", "null"] {
            assert!(serde_json::from_str::<AccountId>(other).is_err(), "{other}");
        }
    }

    #[test]
    fn two_addresses_are_one_whatever_the_case_of_their_letters() {
        let address = Email::new("Root@Example.com");
        assert_eq!(address.expose(), "Root@Example.com");
        assert!(address.same_as(&Email::new("root@EXAMPLE.com")) && !address.same_as(&Email::new("boot@example.com")));
    }

    #[test]
    fn a_state_is_shown_as_it_was_read_and_some_mean_that_the_account_is_gone() {
        let (stays, gone) = (["PENDING_ACTIVATION", "ACTIVE", "NEW"], ["SUSPENDED", "PENDING_CLOSURE", "CLOSED"]);
        for text in stays.into_iter().chain(gone) {
            let state = AccountState::from(text);
            assert_eq!((state.to_string().as_str(), state.is_gone()), (text, gone.contains(&text)));
            assert_eq!(matches!(state, AccountState::Unknown(_)), text == "NEW");
        }
    }
}
