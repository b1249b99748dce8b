//! A function's deployment package.

use std::io::{Cursor, Write};
use std::path::Path;

use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::Failure;

/// The size of a zip with the binary as `bootstrap`, as small as deflate makes it.
pub(crate) fn size(binary: &Path) -> Result<u64, Failure> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .unix_permissions(0o755);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", options)?;
    zip.write_all(&std::fs::read(binary)?)?;
    Ok(zip.finish()?.into_inner().len().try_into()?)
}
