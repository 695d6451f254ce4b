//! The texts of the shaders as the program carries them: without comments, indentation and empty lines, which are for
//! whoever reads the files and cost the page 3 KiB.

/// A file of `shaders/`, stripped when the program is compiled.
macro_rules! wgsl {
    ($file:literal) => {{
        const SOURCE: &str = include_str!(concat!("../../shaders/", $file));
        const STRIPPED: ([u8; SOURCE.len()], usize) = $crate::kernel::text::stripped(SOURCE);
        const TEXT: [u8; STRIPPED.1] = *STRIPPED.0.first_chunk().expect("stripping makes nothing longer");
        match std::str::from_utf8(&TEXT) {
            Ok(text) => text,
            Err(_) => unreachable!(),
        }
    }};
}
pub(super) use wgsl;

/// Whether a comment begins there. A word right behind the slashes is a mark, where other text is written in.
const fn is_comment(source: &[u8], at: usize) -> bool {
    let is_mark = at + 2 < source.len() && source[at + 2].is_ascii_uppercase();
    at + 1 < source.len() && source[at] == b'/' && source[at + 1] == b'/' && !is_mark
}

/// The text without comments, indentation and empty lines, filled up with zeros, and its length.
pub const fn stripped<const LENGTH: usize>(source: &str) -> ([u8; LENGTH], usize) {
    let source = source.as_bytes();
    let mut text = [0; LENGTH];
    let (mut from, mut length) = (0, 0);
    // Where the current line begins in the text.
    let mut line_start = 0;
    while from < source.len() {
        let byte = source[from];
        if is_comment(source, from) {
            while from < source.len() && source[from] != b'\n' {
                from += 1;
            }
            continue;
        }
        from += 1;
        let is_space = byte == b' ' || byte == b'\r' || byte == b'\t';
        if byte == b'\n' {
            while length > line_start && text[length - 1] == b' ' {
                length -= 1;
            }
        }
        if length == line_start && (is_space || byte == b'\n') {
            continue;
        }
        text[length] = byte;
        length += 1;
        if byte == b'\n' {
            line_start = length;
        }
    }
    (text, length)
}

#[cfg(test)]
mod tests {
    use super::stripped;

    #[test]
    fn only_what_the_compiler_reads_is_left() {
        let source = "// What it does.\n\nfn run() {\n    // Why.\n    let a = b / c;  // twice\n    //BODY\n}\n";
        let (text, length) = stripped::<100>(source);
        assert_eq!(&text[..length], b"fn run() {\nlet a = b / c;\n//BODY\n}\n");
        assert_eq!(stripped::<4>("// a").1, 0);
    }
}
