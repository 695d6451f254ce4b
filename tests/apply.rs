//! `ganvas apply`, as somebody uses it: files that are made here go in, and files come out.

#[path = "common/program.rs"]
mod program;

use ganvas_sets::Split;
use png::{BitDepth, ColorType};
use program::{Folder, ganvas};
use std::fs::{self, File};
use std::path::Path;

fn apply(arguments: &[&str]) -> (i32, String, String) {
    ganvas(&[&["apply"], arguments].concat())
}

/// The same where all goes well; what it said.
fn applied(arguments: &[&str]) -> String {
    let (code, said, complained) = apply(arguments);
    assert_eq!(code, 0, "{arguments:?}: {said}{complained}");
    said
}

fn write_png(path: &str, [width, height]: [u32; 2], colour: ColorType, bytes: &[u8]) {
    let mut encoder = png::Encoder::new(File::create(path).unwrap(), width, height);
    encoder.set_color(colour);
    encoder.set_depth(BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(bytes).unwrap();
}

/// Sides, bytes of a pixel, and the bytes.
fn read_png(path: impl AsRef<Path>) -> ([u32; 2], usize, Vec<u8>) {
    let decoder = png::Decoder::new(std::io::BufReader::new(File::open(path).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut bytes).unwrap();
    ([frame.width, frame.height], frame.color_type.samples(), bytes)
}

/// A seven of 28 x 28, white on black.
fn seven() -> Vec<u8> {
    let ink = |at: usize| {
        let (x, y) = (at % 28, at / 28);
        let bar = (6..9).contains(&y) && (6..21).contains(&x);
        let leg = (8..23).contains(&y) && (x + y / 2).abs_diff(23) <= 1;
        if bar || leg { 255 } else { 0 }
    };
    (0..28 * 28).map(ink).collect()
}

fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}

#[test]
fn a_hole_is_filled_and_all_around_it_stays() {
    let folder = Folder::new("apply-hole");
    let (digit, middle, corner) = (folder.path("seven.png"), folder.path("middle"), folder.path("corner"));
    write_png(&digit, [28, 28], ColorType::Grayscale, &seven());
    let sheet = folder.path("sheet.png");
    let said = applied(&["inpainting-mnist", &digit, "--out", &middle, "--sheet", &sheet]);
    assert!(!said.contains("seven.png:"), "nothing had to be done to it: {said}");
    applied(&["inpainting-mnist", &digit, "--out", &corner, "--hole", "0,0,5,9"]);
    let is_in = |at: usize, [top, left, height, width]: [usize; 4]| {
        (top..top + height).contains(&(at / 28)) && (left..left + width).contains(&(at % 28))
    };
    for (out, hole) in [(middle, [7, 7, 14, 14]), (corner, [0, 0, 5, 9])] {
        let (sides, channels, filled) = read_png(Path::new(&out).join("seven.png"));
        assert_eq!((sides, channels), ([28, 28], 1));
        let changed: Vec<usize> = (0..784).filter(|&at| filled[at] != seven()[at]).collect();
        assert!(!changed.is_empty(), "{hole:?}");
        assert!(changed.iter().all(|&at| is_in(at, hole)), "{hole:?}: {changed:?}");
    }
    // What went in, what was left of it, what came out: the first is the picture itself.
    let (sides, _, shown) = read_png(&sheet);
    assert_eq!(sides, [3 * 28 + 2 * 2, 28]);
    let first: Vec<u8> = shown.chunks_exact(88).flat_map(|row| &row[..28]).copied().collect();
    assert_eq!(first, seven());
}

#[test]
fn photographs_of_any_size_are_taken_and_it_is_said_what_was_done() {
    let folder = Folder::new("apply-sizes");
    let (photos, out) = (folder.path("photos"), folder.path("out"));
    fs::create_dir(&photos).unwrap();
    // Blue ink on grey paper, ten times as large and wider than high.
    let ink =
        |x: usize, y: usize| x.checked_sub(60).filter(|&x| x < 280).is_some_and(|x| seven()[y / 10 * 28 + x / 10] > 0);
    let photo: Vec<u8> =
        (0..400 * 280).flat_map(|at| if ink(at % 400, at / 400) { [40, 40, 120] } else { [200, 200, 190] }).collect();
    jpeg_encoder::Encoder::new_file(format!("{photos}/photo.JPG"), 90)
        .unwrap()
        .encode(&photo, 400, 280, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    write_png(&format!("{photos}/exact.png"), [28, 28], ColorType::Grayscale, &seven());
    // The same with nothing but its opacity, as programs for drawing save it.
    let clear: Vec<u8> = seven().iter().flat_map(|&ink| [0, 0, 0, ink]).collect();
    write_png(&format!("{photos}/clear.png"), [28, 28], ColorType::Rgba, &clear);
    fs::write(format!("{photos}/notes.txt"), "none of these").unwrap();
    let said = applied(&["srgan-x4", &photos, "--out", &out]);
    assert_eq!(names(&out), ["clear.png", "exact.png", "photo.png"]);
    let line = said.lines().find(|line| line.contains("photo.JPG")).unwrap();
    for wanted in ["middle 280 by 280 of 400 by 280", "28 by 28", "grey", "contrast", "inverted"] {
        assert!(line.contains(wanted), "{wanted}: {line}");
    }
    assert!(!said.contains("exact.png:"), "{said}");
    let [exact, clear, photo] = ["exact", "clear", "photo"].map(|name| read_png(format!("{out}/{name}.png")).2);
    assert_eq!(exact, clear, "black ink on white paper is the same as white on black");
    let apart = |a: &[u8], b: &[u8]| -> f64 {
        a.iter().zip(b).map(|(&a, &b)| f64::from(a.abs_diff(b))).sum::<f64>() / a.len() as f64
    };
    assert!(apart(&exact, &photo) < 8.0, "{}", apart(&exact, &photo));
    // As it is, it is another picture.
    let kept = folder.path("kept");
    applied(&["srgan-x4", &format!("{photos}/photo.JPG"), "--invert", "no", "--out", &kept]);
    assert!(apart(&exact, &read_png(format!("{kept}/photo.png")).2) > 50.0);
}

#[test]
fn one_bad_file_stops_no_other_and_is_named_at_the_end() {
    let folder = Folder::new("apply-bad");
    let (good, again, out) = (folder.path("good.png"), folder.path("again"), folder.path("out"));
    fs::create_dir(&again).unwrap();
    for path in [&good, &format!("{again}/good.png")] {
        write_png(path, [28, 28], ColorType::Grayscale, &seven());
    }
    let whole = fs::read(&good).unwrap();
    fs::write(folder.path("cut.png"), &whole[..whole.len() / 2]).unwrap();
    fs::write(folder.path("drawing.png"), "<?xml version=\"1.0\"?><svg></svg>").unwrap();
    fs::write(folder.path("nothing.png"), "").unwrap();
    fs::write(folder.path("cut.jpg"), b"\xFF\xD8\xFF\xE0\0").unwrap();
    png::Encoder::new(File::create(folder.path("huge.png")).unwrap(), 30_000, 30_000).write_header().unwrap();
    let files =
        ["cut.png", "drawing.png", "nothing.png", "cut.jpg", "huge.png", "missing.png"].map(|name| folder.path(name));
    let mut arguments = vec!["pix2pix-outlines", &files[0], &good, &again];
    arguments.extend(files[1..].iter().map(|path| &path[..]));
    arguments.extend(["--out", &out]);
    let (code, said, complained) = apply(&arguments);
    assert_eq!(code, 3, "{said}{complained}");
    assert_eq!(names(&out), ["good-2.png", "good.png"], "two of one name are told apart");
    assert!(said.contains("called good-2.png"), "{said}");
    for (name, why) in [
        ("cut.png", "broken PNG"),
        ("drawing.png", "an SVG"),
        ("nothing.png", "is empty"),
        ("cut.jpg", "broken JPEG"),
        ("huge.png", "has 30000 by 30000 pixels; up to 16384"),
        ("missing.png", "No such file"),
    ] {
        let line = complained.lines().find(|line| line.contains(name)).unwrap_or_default();
        assert!(line.contains(why), "{name}: {complained}");
    }
    // Where none can be read, nothing is written.
    let none = folder.path("none");
    assert_eq!(apply(&["srgan-x4", &files[0], &files[2], "--out", &none]).0, 1);
    assert!(!Path::new(&none).exists());
}

#[test]
fn what_cannot_work_says_what_would() {
    let folder = Folder::new("apply-refused");
    let (digit, empty, full, out) =
        (folder.path("seven.png"), folder.path("empty"), folder.path("full"), folder.path("out"));
    write_png(&digit, [28, 28], ColorType::Grayscale, &seven());
    fs::create_dir(&empty).unwrap();
    fs::create_dir(&full).unwrap();
    fs::write(format!("{full}/notes.txt"), "").unwrap();
    let cases: [(&[&str], &str); 15] = [
        (&["srgan-x4", &empty, "--out", &out], "is empty: put PNG or JPEG pictures into it"),
        (&["srgan-x4", &full, "--out", &out], "has no picture in it"),
        (&["srgan-x4", &digit, "--out", &full], "holds files already"),
        (&["srgan-x4", &digit, "--out", &digit], "is a file"),
        (&["srgan-x4", &digit, "--out", &out, "--sheet", "sheet.jpg"], ".png"),
        (&["srgan-x4", "--out", &out], "--test"),
        (&["srgan-x4", &digit, "--out", &out, "--set", "hair=curly"], "has none"),
        (&["srgan-x4", &digit, "--out", &out, "--hole", "1,1,5,5"], "inpainting-mnist"),
        (&["inpainting-mnist", &digit, "--out", &out, "--hole", "20,20,14,14"], "lie within 28 by 28"),
        (&["dcgan-mnist", &digit, "--out", &out], "takes no picture: srgan-x2"),
        (&["dcgan-mnist", "--test", "--out", &out], "shows no rows"),
        (&["posed-figures", &digit, "--out", &out], "takes no picture"),
        (&["cyclegan-edges", &digit, "--out", &out], "give --state FILE"),
        (&["text-to-digits", "--words", "a purple cow", "--out", &out], "it knows the, digit"),
        (&["no-such-thing", &digit, "--out", &out], "there is no preset"),
    ];
    for (arguments, wanted) in cases {
        let (code, _, complained) = apply(arguments);
        assert!(
            [1, 2, 5].contains(&code),
            "no picture, the command line, or a file: {arguments:?}: {code} {complained}"
        );
        assert!(complained.contains(wanted), "{arguments:?}: {complained}");
        assert!(!Path::new(&out).exists(), "{arguments:?}");
    }
}

/// Rows that were held out have the names of their numbers: what becomes of row 94 is what becomes of its picture.
#[test]
fn held_out_rows_and_pictures_of_them_become_the_same() {
    let folder = Folder::new("apply-rows");
    let (rows, pictures, out) = (folder.path("rows"), folder.path("pictures"), folder.path("out"));
    applied(&["photo-to-emoji", "--test", "--count", "11", "--out", &rows]);
    let all = names(&rows);
    assert_eq!(all.len(), 11);
    fs::create_dir(&pictures).unwrap();
    let picture = ganvas_sets::FACES.columns.iter().position(|(key, _)| *key == "picture").unwrap();
    for name in &all {
        let row: u32 = name["test-".len()..name.len() - ".png".len()].parse().unwrap();
        let planes = &ganvas_sets::draw("faces", 1, Split::HeldOut, row..row + 1).unwrap()[picture];
        let pixels = planes.len() / 3;
        let side = pixels.isqrt() as u32;
        let bytes: Vec<u8> =
            (0..pixels).flat_map(|at| [0, 1, 2].map(|channel| planes[channel * pixels + at])).collect();
        write_png(&format!("{pictures}/{name}"), [side, side], ColorType::Rgb, &bytes);
    }
    let said = applied(&["photo-to-emoji", &pictures, "--out", &out]);
    assert_eq!(said.lines().count(), 1, "nothing had to be done to them: {said}");
    let mut different = Vec::new();
    for name in &all {
        let made = read_png(format!("{out}/{name}"));
        assert_eq!(made, read_png(format!("{rows}/{name}")), "{name}");
        if !different.contains(&made.2) {
            different.push(made.2);
        }
    }
    assert_eq!(different.len(), all.len(), "all became something else");
}

#[test]
fn a_saved_run_translates_either_way() {
    let folder = Folder::new("apply-state");
    let (run, state) = (folder.path("run"), folder.path("run/state.safetensors"));
    let few = ["--set", "batch_size=2", "--set", "examples=64", "--data", "generated-digits"];
    let (code, said, complained) =
        ganvas(&[&["train", "cyclegan-edges", "--steps", "1", "--out", &run], &few[..]].concat());
    assert_eq!(code, 0, "{said}{complained}");
    let state = names(&run)
        .into_iter()
        .find(|name| name.ends_with(".safetensors"))
        .map_or(state, |name| format!("{run}/{name}"));
    let pictures = folder.path("pictures");
    fs::create_dir(&pictures).unwrap();
    for at in 0..10 {
        let mut bytes = seven();
        bytes.rotate_right(28 * at);
        write_png(&format!("{pictures}/{at}.png"), [28, 28], ColorType::Grayscale, &bytes);
    }
    let mut both = Vec::new();
    for gallery in ["a_to_b", "b_to_a"] {
        let out = folder.path(gallery);
        applied(&["cyclegan-edges", &pictures, "--gallery", gallery, "--state", &state, "--out", &out]);
        assert_eq!(names(&out).len(), 10);
        // One alone becomes what it became among others.
        let alone = folder.path(&format!("{gallery}-alone"));
        let one = format!("{pictures}/7.png");
        applied(&["cyclegan-edges", &one, "--gallery", gallery, "--state", &state, "--out", &alone]);
        let made = read_png(format!("{out}/7.png"));
        assert_eq!(read_png(format!("{alone}/7.png")), made);
        assert_ne!(read_png(format!("{out}/3.png")), made);
        both.push(made);
    }
    assert_ne!(both[0], both[1]);
    let (_, _, complained) = apply(&["cyclegan-edges", &pictures, "--gallery", "c", "--out", &folder.path("c")]);
    assert!(complained.contains("a_to_b, b_to_a"), "{complained}");
}

#[test]
fn maps_captions_and_orders_are_followed() {
    let folder = Folder::new("apply-orders");
    let at = |name: &str| folder.path(name);
    // Sky above grass, in the palette's colours but for one.
    let map: Vec<u8> = (0..64 * 64)
        .flat_map(|at| {
            if at == 64 * 33 + 33 {
                [255, 0, 255]
            } else if at < 64 * 24 {
                [150, 200, 240]
            } else {
                [120, 190, 80]
            }
        })
        .collect();
    write_png(&at("map.png"), [64, 64], ColorType::Rgb, &map);
    let said = applied(&["spade-scenes", &at("map.png"), "--out", &at("noon"), "--sheet", &at("sheet.png")]);
    assert!(said.contains("1 % of its colours") && said.contains("sky #96c8f0"), "{said}");
    // The map is shown as it was understood.
    let (sides, channels, sheet) = read_png(at("sheet.png"));
    assert_eq!((sides, channels, &sheet[..3]), ([66, 32], 3, &[150, 200, 240][..]));
    applied(&["spade-scenes", &at("map.png"), "--set", "season=winter night", "--out", &at("night")]);
    let bright = |path: String| read_png(path).2.iter().map(|&value| u64::from(value)).sum::<u64>();
    assert!(bright(at("noon/map.png")) > bright(at("night/map.png")) * 5 / 4);

    let captions =
        ["the red digit three is on the left of the image", "the blue digit three is on the left of the image"];
    applied(&["text-to-digits", "--words", captions[0], "--words", captions[1], "--out", &at("painted")]);
    let redness = |path: String| -> i64 {
        read_png(path).2.chunks_exact(3).map(|pixel| i64::from(pixel[0]) - i64::from(pixel[2])).sum()
    };
    assert!(redness(at("painted/caption-1.png")) > redness(at("painted/caption-2.png")));

    applied(&["drawn-faces", "--set", "hair_style=curly", "--count", "3", "--out", &at("curly")]);
    applied(&["drawn-faces", "--set", "hair_style=bald", "--out", &at("bald")]);
    assert_eq!(names(&at("curly")), ["order-1.png", "order-2.png", "order-3.png"]);
    let [one, two, bald] =
        ["curly/order-1.png", "curly/order-2.png", "bald/order-1.png"].map(|name| read_png(at(name)));
    assert!(one != two && one != bald);
    let (code, _, complained) = apply(&["drawn-faces", "--set", "hair_style=green", "--out", &at("green")]);
    assert!(code == 2 && complained.contains("curly"), "{complained}");
}
