//! Error codes of AWS.

use std::fmt;

use super::text::cut;

/// An error code of AWS. Those are named by which something is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AwsCode {
    /// The caller may not do it, as STS and S3 report it.
    AccessDenied,
    /// The caller may not do it, as other services report it.
    AccessDeniedException,
    /// Organizations does not know the account.
    AccountNotFoundException,
    /// The account is not in an organization.
    AWSOrganizationsNotInUseException,
    /// The object has none of the bytes that were asked for.
    InvalidRange,
    /// The bucket has no object of that key.
    NoSuchKey,
    /// Organizations does not know the root or OU.
    ParentNotFoundException,
    /// The service does not know the resource.
    ResourceNotFoundException,
    /// Detective's graph has no capacity, for members or for data, or Detective does not know.
    ///
    /// <https://docs.aws.amazon.com/detective/latest/userguide/regions-limitations.html>
    ServiceQuotaExceededException,
    /// The service refused the request for what it asks for.
    ValidationException,
    /// Any other code.
    Other(String),
}

/// AWS's longest codes have about 60 characters.
const MAX_CODE: usize = 100;

impl From<&str> for AwsCode {
    fn from(code: &str) -> Self {
        match code {
            "AccessDenied" => Self::AccessDenied,
            "AccessDeniedException" => Self::AccessDeniedException,
            "AccountNotFoundException" => Self::AccountNotFoundException,
            "AWSOrganizationsNotInUseException" => Self::AWSOrganizationsNotInUseException,
            "InvalidRange" => Self::InvalidRange,
            "NoSuchKey" => Self::NoSuchKey,
            "ParentNotFoundException" => Self::ParentNotFoundException,
            "ResourceNotFoundException" => Self::ResourceNotFoundException,
            "ServiceQuotaExceededException" => Self::ServiceQuotaExceededException,
            "ValidationException" => Self::ValidationException,
            other => Self::Other(cut(other, MAX_CODE)),
        }
    }
}

impl fmt::Display for AwsCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(code) => formatter.write_str(code),
            named => fmt::Debug::fmt(named, formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_aws_is_shown_as_aws_writes_it() {
        for code in ["AccessDenied", "AccountNotFoundException", "NoSuchKey", "ThrottlingException"] {
            assert_eq!(AwsCode::from(code).to_string(), code);
        }
    }
}
