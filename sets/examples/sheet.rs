//! Draws a sheet of rows of a set, to look at: `cargo run -p ganvas-sets --example sheet -- SET COLUMN OUT.png [SCALE] [SPLIT]`,
//! pictures, maps in false colours, and volumes seen from above. Two hundred rows, twenty beside each other.

use ganvas_sets::{Column, Split};

const ROWS: usize = 200;
const BESIDE: usize = 20;

/// A colour for each class of a map.
const HUES: [[u8; 3]; 12] = [
    [150, 200, 245],
    [120, 140, 170],
    [130, 190, 80],
    [170, 150, 125],
    [40, 100, 190],
    [20, 95, 50],
    [245, 225, 180],
    [190, 55, 40],
    [60, 50, 90],
    [255, 220, 60],
    [200, 90, 180],
    [30, 30, 30],
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [key, column, out] = [0, 1, 2].map(|at| words.get(at).map_or("", String::as_str));
    let scale: usize = words.get(3).map_or(Ok(1), |word| word.parse())?;
    let split = match words.get(4).map_or("train", String::as_str) {
        "seen" => Split::Seen,
        "held-out" => Split::HeldOut,
        _ => Split::Train,
    };
    let set = ganvas_sets::find(key).ok_or_else(|| {
        let known: Vec<_> = ganvas_sets::SETS.iter().map(|set| set.key).collect();
        format!("no set “{key}”; there are {}", known.join(", "))
    })?;
    let at = set.columns.iter().position(|(name, _)| *name == column).ok_or_else(|| {
        let known: Vec<_> = set.columns.iter().map(|(name, _)| *name).collect();
        format!("no column “{column}”; there are {}", known.join(", "))
    })?;
    let form = set.columns[at].1;
    let tables = ganvas_sets::draw(key, 1, split, 0..ROWS as u32).ok_or("no such set")?;
    let (Column::Picture { side, .. } | Column::Map { side, .. } | Column::Volume { side }) = form else {
        return Err("that column is nothing to look at".into());
    };
    let cell = side * scale + 2;
    let (width, height) = (cell * BESIDE, cell * ROWS.div_ceil(BESIDE));
    let mut sheet = vec![255u8; width * height * 3];
    for (row, value) in tables[at].chunks_exact(form.width()).enumerate() {
        let (left, top) = (row % BESIDE * cell, row / BESIDE * cell);
        for y in 0..side * scale {
            for x in 0..side * scale {
                let place = ((top + y) * width + left + x) * 3;
                sheet[place..place + 3].copy_from_slice(&pixel(form, value, x / scale, y / scale));
            }
        }
    }
    let mut encoder = png::Encoder::new(std::fs::File::create(out)?, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    Ok(encoder.write_header()?.write_image_data(&sheet)?)
}

fn pixel(form: Column, value: &[u8], x: usize, y: usize) -> [u8; 3] {
    match form {
        Column::Picture { channels, side } => {
            std::array::from_fn(|channel| value[channel.min(channels - 1) * side * side + y * side + x])
        }
        Column::Map { side, .. } => HUES[usize::from(value[y * side + x]) % HUES.len()],
        // The nearest filled cell from the front, darker the deeper.
        Column::Volume { side } => {
            let first = (0..side).find(|z| value[(z * side + y) * side + x] > 0);
            [first.map_or(255, |z| (z * 200 / side) as u8); 3]
        }
        Column::Class { .. } | Column::Numbers { .. } | Column::Words { .. } => [0; 3],
    }
}
