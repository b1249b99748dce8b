//! Tokens of pages.

use std::collections::BTreeSet;

use crate::error::{CallCause, CallError};

/// The tokens of a list's pages so far. A list whose pages name each other in a circle would be read for ever, and its first
/// part would be taken for the whole.
#[derive(Debug, Default)]
pub(super) struct PageTokens(BTreeSet<String>);

impl PageTokens {
    /// The token of the next page, if there is one.
    ///
    /// # Errors
    /// An earlier page of the list had the same token.
    pub(super) fn next(&mut self, operation: &'static str, token: Option<&str>) -> Result<Option<String>, CallError> {
        let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(None) };
        if self.0.insert(token.to_owned()) {
            return Ok(Some(token.to_owned()));
        }
        let message = "the pages of the list name each other in a circle: it cannot be read to its end";
        Err(CallError::new(operation, CallCause::InvalidResponse, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_comes_again_is_an_error_however_many_pages_lie_between() {
        let mut tokens = PageTokens::default();
        for token in ["a", "b", "c"] {
            assert_eq!(tokens.next("ListMembers", Some(token)), Ok(Some(token.to_owned())));
        }
        for token in ["a", "b", "c"] {
            let error = tokens.next("ListMembers", Some(token)).unwrap_err();
            assert_eq!((error.operation, error.cause), ("ListMembers", CallCause::InvalidResponse));
        }
    }

    #[test]
    fn the_last_page_has_no_token_or_an_empty_one() {
        let mut tokens = PageTokens::default();
        for token in [None, Some(""), None, Some("")] {
            assert_eq!(tokens.next("ListMembers", token), Ok(None));
        }
    }
}
