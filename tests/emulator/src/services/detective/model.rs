//! Detective's model.

use std::sync::LazyLock;

use serde_json::json;

use crate::protocol::model::definition::Model;

pub(super) static MODEL: LazyLock<Model> =
    LazyLock::new(|| Model::parse(include_str!("../../../models/detective.json")));

/// Whether a text can be a member's email address. Organizations takes more addresses than Detective.
pub(super) fn is_email_address(text: &str) -> bool {
    MODEL.check_shape("EmailAddress", &json!(text)).is_ok()
}
