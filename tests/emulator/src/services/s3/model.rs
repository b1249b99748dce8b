//! S3's model.

use std::sync::LazyLock;

use crate::protocol::model::definition::Model;

pub(super) static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(include_str!("../../../models/s3.json")));
