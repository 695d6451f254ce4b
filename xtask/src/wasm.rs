//! Removes from the page's WebAssembly what only a debugger reads: trunk cannot pass wasm-bindgen the flags for it.

use anyhow::{Context, Result, bail};

/// Function names, and the list of the tools that took part.
const DROPPED: [&str; 2] = ["name", "producers"];

/// A copy of a module without the sections that only a debugger reads.
pub fn stripped(module: &[u8]) -> Result<Vec<u8>> {
    without_sections(module, &DROPPED)
}

/// A copy of a WebAssembly module without the custom sections of these names.
fn without_sections(module: &[u8], dropped: &[&str]) -> Result<Vec<u8>> {
    let Some(mut rest) = module.strip_prefix(b"\0asm\x01\0\0\0") else { bail!("it is not a WebAssembly module") };
    let mut kept = module[..8].to_vec();
    while let Some((&id, after_id)) = rest.split_first() {
        let (size, body) = leb128(after_id)?;
        let (body, next) = body.split_at_checked(size).context("a section runs over the end of the module")?;
        // Section 0 is "custom": its body starts with the length of its name and the name.
        let custom = if id == 0 { Some(custom_name(body)?) } else { None };
        if !custom.is_some_and(|name| dropped.iter().any(|dropped| dropped.as_bytes() == name)) {
            kept.extend_from_slice(&rest[..rest.len() - next.len()]);
        }
        rest = next;
    }
    Ok(kept)
}

fn custom_name(body: &[u8]) -> Result<&[u8]> {
    let (length, name) = leb128(body)?;
    name.get(..length).context("the name of a custom section is longer than the section")
}

/// An unsigned number in LEB128, and what follows it.
fn leb128(bytes: &[u8]) -> Result<(usize, &[u8])> {
    let mut value = 0u64;
    for (i, &byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Ok((usize::try_from(value)?, &bytes[i + 1..]));
        }
    }
    bail!("a size in the module is damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(id: u8, body: &[u8]) -> Vec<u8> {
        [&[id, body.len() as u8], body].concat()
    }

    #[test]
    fn drops_the_named_sections_and_nothing_else() {
        let head = b"\0asm\x01\0\0\0".to_vec();
        let (types, names) = (section(1, &[0]), section(0, b"\x04name....."));
        let (features, producers) = (section(0, b"\x0ftarget_featuresxyz"), section(0, b"\x09producers."));
        let module = [&head[..], &types, &names, &features, &producers].concat();
        assert_eq!(without_sections(&module, &DROPPED).unwrap(), [&head[..], &types, &features].concat());
        assert_eq!(without_sections(&head, &DROPPED).unwrap(), head);
    }

    #[test]
    fn a_damaged_module_is_an_error() {
        assert!(without_sections(b"<!doctype html>", &DROPPED).is_err());
        assert!(without_sections(b"\0asm\x01\0\0\0\x01\x05\0", &DROPPED).is_err());
        assert!(without_sections(b"\0asm\x01\0\0\0\x00\xff\xff\xff\xff\xff", &DROPPED).is_err());
        assert!(without_sections(b"\0asm\x01\0\0\0\x00\x02\x09n", &DROPPED).is_err());
    }

    #[test]
    fn long_sizes_are_read() {
        assert_eq!(leb128(&[0xe5, 0x8e, 0x26, 7]).unwrap(), (624_485, &[7u8][..]));
    }
}
