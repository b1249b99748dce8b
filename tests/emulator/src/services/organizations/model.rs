//! Organizations' model.

use std::sync::LazyLock;

use serde_json::json;

use crate::protocol::model::definition::Model;

pub(super) static MODEL: LazyLock<Model> =
    LazyLock::new(|| Model::parse(include_str!("../../../models/organizations.json")));

/// Whether a text can be an account's email address.
pub(super) fn is_email_address(text: &str) -> bool {
    MODEL.check_shape("Email", &json!(text)).is_ok()
}
