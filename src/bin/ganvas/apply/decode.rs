//! Pictures of files, as bytes: PNG and JPEG, told apart by what is in them.

use ganvas::train::picture::Picture;
use std::fs::{self, File};
use std::io::{BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Pixels of the largest picture: those of the largest common cameras.
const MOST_PIXELS: u64 = 64_000_000;
/// Pixels of its longer side.
const LONGEST: u64 = 16_384;
/// Bytes of the largest file.
const MOST_BYTES: u64 = 100_000_000;
/// How names of pictures end, within folders.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// What of these paths are pictures: files as they are, and of folders what is named like one, in order. Those of which
/// nothing comes are named with the reason.
pub fn pictures_of(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<(PathBuf, String)>) {
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        match files_of(path) {
            Ok(files) => found.extend(files),
            Err(why) => refused.push((path.clone(), why)),
        }
    }
    (found, refused)
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let files = entries.filter_map(|entry| entry.ok()).map(|entry| entry.path()).filter(|path| path.is_file());
    let files: Vec<PathBuf> = files.collect();
    let ending = |path: &Path| path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let (mut pictures, others): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|path| ending(path).is_some_and(|ending| ENDINGS.contains(&&ending[..])));
    pictures.sort();
    match (pictures.len(), others.len()) {
        (0, 0) => Err("is empty: put PNG or JPEG pictures into it".into()),
        (0, count) => {
            Err(format!("has no picture in it, and {count} other files: give a folder of PNG or JPEG pictures"))
        }
        _ => Ok(pictures),
    }
}

/// The picture of a file. What is transparent is white, as paper is; what a camera says of how it was held is followed.
///
/// # Errors
/// Why it cannot be read, for whoever gave the file.
pub fn read(path: &Path) -> Result<Picture, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let length = file.metadata().map_err(|error| error.to_string())?.len();
    if length > MOST_BYTES {
        return Err(format!(
            "has {} MB; up to {} MB are read: make it smaller",
            length / 1_000_000,
            MOST_BYTES / 1_000_000
        ));
    }
    let mut bytes = Vec::new();
    BufReader::new(file).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return png(&bytes);
    }
    if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return jpeg(bytes);
    }
    Err(format!("is {}; save it as PNG or JPEG", kind(&bytes)))
}

/// What bytes are that are neither PNG nor JPEG.
fn kind(bytes: &[u8]) -> &'static str {
    let head = &bytes[..bytes.len().min(512)];
    let holds = |wanted: &[u8]| head.windows(wanted.len()).any(|window| window == wanted);
    match () {
        () if bytes.is_empty() => "empty",
        () if head.starts_with(b"GIF8") => "a GIF",
        () if head.starts_with(b"BM") => "a BMP",
        () if head.starts_with(b"RIFF") && holds(b"WEBP") => "a WebP picture",
        () if holds(b"ftypavif") || holds(b"ftyphei") || holds(b"ftypmif1") => "an AVIF or HEIC picture",
        () if holds(b"<svg") => "an SVG, a drawing without pixels",
        () => "no picture",
    }
}

fn admit(width: u64, height: u64) -> Result<(), String> {
    if width.max(height) <= LONGEST && width * height <= MOST_PIXELS {
        return Ok(());
    }
    Err(format!(
        "has {width} by {height} pixels; up to {LONGEST} along a side and {} million are read: make it smaller",
        MOST_PIXELS / 1_000_000
    ))
}

fn png(bytes: &[u8]) -> Result<Picture, String> {
    let broken = |error: png::DecodingError| format!("is a broken PNG: {error}");
    // Colours by their numbers, bits and sixteen bits become bytes.
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: 1 << 30 });
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let header = decoder.read_header_info().map_err(broken)?;
    let (width, height) = (header.width as usize, header.height as usize);
    admit(width as u64, height as u64)?;
    let mut reader = decoder.read_info().map_err(broken)?;
    let size = reader.output_buffer_size().ok_or("has more pixels than fit into memory")?;
    let mut buffer = vec![0; size];
    let frame = reader.next_frame(&mut buffer).map_err(broken)?;
    buffer.truncate(frame.buffer_size());
    let each = frame.color_type.samples();
    let channels = if each >= 3 { 3 } else { 1 };
    let bytes = if each == channels { buffer } else { on_white(&buffer, channels) };
    Ok(Picture { width, height, channels, bytes })
}

/// Pixels with their opacity, before white.
fn on_white(pixels: &[u8], channels: usize) -> Vec<u8> {
    let over = |pixel: &[u8]| {
        let opacity = u32::from(pixel[channels]);
        let seen = |value: u8| ((u32::from(value) * opacity + 255 * (255 - opacity) + 127) / 255) as u8;
        pixel[..channels].iter().map(|&value| seen(value)).collect::<Vec<u8>>()
    };
    pixels.chunks_exact(channels + 1).flat_map(over).collect()
}

fn jpeg(bytes: Vec<u8>) -> Result<Picture, String> {
    let broken = |error: zune_jpeg::errors::DecodeErrors| format!("is a broken JPEG: {error}");
    let options = DecoderOptions::default().set_max_width(usize::MAX).set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(broken)?;
    let info = decoder.info().ok_or("is a broken JPEG: it has no header")?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    admit(width as u64, height as u64)?;
    let grey = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let (colours, channels) = if grey { (ColorSpace::Luma, 1) } else { (ColorSpace::RGB, 3) };
    decoder.set_options(options.jpeg_set_out_colorspace(colours));
    let turned = decoder.exif().map_or(1, |exif| orientation(exif));
    let bytes = decoder.decode().map_err(broken)?;
    Ok(upright(Picture { width, height, channels, bytes }, turned))
}

/// How the camera was held, from 1 to 8, by what it noted: tag 0x0112 of TIFF 6.0. 1 where that cannot be read.
fn orientation(exif: &[u8]) -> u16 {
    const ORIENTATION: u16 = 0x0112;
    let read = || {
        let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
        let little = tiff.starts_with(b"II");
        let bytes = |at: usize, count: usize| tiff.get(at..at.checked_add(count)?);
        let number = |at: usize| {
            let pair: [u8; 2] = bytes(at, 2)?.try_into().ok()?;
            Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
        };
        let four: [u8; 4] = bytes(4, 4)?.try_into().ok()?;
        let first = if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) } as usize;
        let entries = (0..usize::from(number(first)?)).map(|entry| first + 2 + 12 * entry);
        entries
            .take_while(|&at| number(at).is_some())
            .find(|&at| number(at) == Some(ORIENTATION))
            .and_then(|at| number(at + 8))
    };
    read().filter(|turned| (1..=8).contains(turned)).unwrap_or(1)
}

/// A picture as it was seen, of one that was taken so.
fn upright(picture: Picture, turned: u16) -> Picture {
    if turned == 1 {
        return picture;
    }
    let Picture { width, height, channels, bytes } = picture;
    let (across, down) = if turned >= 5 { (height, width) } else { (width, height) };
    let mut seen = Vec::with_capacity(bytes.len());
    for y in 0..down {
        for x in 0..across {
            let (flipped_x, flipped_y) = (across - 1 - x, down - 1 - y);
            let (x, y) = match turned {
                2 => (flipped_x, y),
                3 => (flipped_x, flipped_y),
                4 => (x, flipped_y),
                5 => (y, x),
                6 => (y, flipped_x),
                7 => (flipped_y, flipped_x),
                _ => (flipped_y, x),
            };
            seen.extend_from_slice(&bytes[(y * width + x) * channels..][..channels]);
        }
    }
    Picture { width: across, height: down, channels, bytes: seen }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_that_was_turned_is_turned_back() {
        // As it lies in the file: 1 2 3 over 4 5 6.
        let taken = || Picture { width: 3, height: 2, channels: 1, bytes: vec![1, 2, 3, 4, 5, 6] };
        let seen = |turned: u16| {
            let picture = upright(taken(), turned);
            (picture.width, picture.bytes)
        };
        assert_eq!(seen(1), (3, vec![1, 2, 3, 4, 5, 6]));
        assert_eq!(seen(2), (3, vec![3, 2, 1, 6, 5, 4]));
        assert_eq!(seen(3), (3, vec![6, 5, 4, 3, 2, 1]));
        assert_eq!(seen(4), (3, vec![4, 5, 6, 1, 2, 3]));
        assert_eq!(seen(5), (2, vec![1, 4, 2, 5, 3, 6]));
        assert_eq!(seen(6), (2, vec![4, 1, 5, 2, 6, 3]), "a quarter to the right");
        assert_eq!(seen(7), (2, vec![6, 3, 5, 2, 4, 1]));
        assert_eq!(seen(8), (2, vec![3, 6, 2, 5, 1, 4]), "a quarter to the left");
    }

    #[test]
    fn how_it_was_held_is_read_and_nonsense_is_upright() {
        let mut note = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        assert_eq!(orientation(&note), 6);
        assert_eq!(orientation(b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0"), 8);
        note[19] = 77;
        for nonsense in [&note[..], b"", b"MM\0\x2a\xff\xff\xff\xff", b"II\x2a\0\x08\0\0\0\xff\xff"] {
            assert_eq!(orientation(nonsense), 1);
        }
    }

    #[test]
    fn what_is_transparent_is_white() {
        assert_eq!(on_white(&[10, 0, 10, 255, 0, 128], 1), [255, 10, 127]);
        assert_eq!(on_white(&[9, 8, 7, 0, 9, 8, 7, 255], 3), [255, 255, 255, 9, 8, 7]);
    }
}
