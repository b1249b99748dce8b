//! Ids that depend on what they name alone.

use sha2::{Digest, Sha256};

/// The first hexadecimal digits of a text's SHA-256 digest; 64 at most.
pub(crate) fn hex(text: &str, digits: usize) -> String {
    let hash = Sha256::digest(text);
    let full: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    full[..digits].to_owned()
}
