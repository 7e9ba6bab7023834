//! How much of an image's name is known.

use image_ref::Reference;

use super::mention::Mentioned;
use crate::interpolation::{Interpolated, Piece};

/// Marks a part that is not known; no reference contains it.
const GAP: char = '\0';

/// The image of an interpolated `image:`, as far as it is known.
pub(super) fn mentioned_image(image: &Interpolated) -> Mentioned {
    let text: String = image.pieces.iter().map(text_with_gaps).collect();
    let text = text.trim();
    let reference = text.parse::<Reference>().ok().filter(|_| !is_image_id(text));
    if let Some(reference) = reference {
        return Mentioned::Reference(reference);
    }
    match strip_tag_and_digest(text).parse() {
        Ok(repository) if !is_image_id(text) => Mentioned::Repository(repository),
        _ => Mentioned::Unknown(reason_unknown(image, text)),
    }
}

fn text_with_gaps(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => text.replace(GAP, ""),
        Piece::Missing(_) | Piece::Uncertain(_) | Piece::Invalid => GAP.to_string(),
    }
}

/// The name without tag and digest, valid or not.
fn strip_tag_and_digest(text: &str) -> &str {
    let name = text.split('@').next().unwrap_or(text);
    let path_start = name.rfind('/').map_or(0, |slash| slash + 1);
    name[path_start..].find(':').map_or(name, |colon| &name[..path_start + colon])
}

/// `sha256:…` or its digits alone: the engine takes both for an image ID.
fn is_image_id(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn reason_unknown(image: &Interpolated, text: &str) -> String {
    match image.first_missing() {
        Some(variable) => format!("variable `{variable}` is not set"),
        None if text.is_empty() => "no image is specified".to_owned(),
        None if is_image_id(text) => format!("`{text}` is an image ID"),
        None => format!("`{}` is not an image's name", text.replace(GAP, "$")),
    }
}
