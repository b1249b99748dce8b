//! The page for people.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use coverage_page::{Live, live_page};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("page/page.css");
const TIME: &str = include_str!("page/time.html");
const ABOVE: &str = include_str!("page/above.html");
const SCRIPT: &str = include_str!("page/page.js");

/// The page: the view of coverage, with what an emulated cloud has beside it.
pub(super) static PAGE: LazyLock<String> = LazyLock::new(|| {
    let (style_hash, script_hash) = (hash(STYLE), hash(SCRIPT));
    let live = Live {
        style: STYLE,
        style_hash: &style_hash,
        header: TIME,
        above: ABOVE,
        script: SCRIPT,
        script_hash: &script_hash,
    };
    live_page("Detective emulator", &live)
});

/// A text's hash, as a content security policy has it.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}
