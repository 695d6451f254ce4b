//! How the parameters of each family make its form. Lengths are cells; the front is where the least depth is.

use super::solid::Solid;
use super::{CELLS, PARAMETERS};

/// The volume `[16, 16, 16]` (depth, height from above, width; 0 or 255) of a family with these parameters, each from 0 to 255.
/// A family that there is not is the last.
pub fn volume(family: u8, parameters: &[u8; PARAMETERS.len()]) -> Vec<u8> {
    let make = [chair, table, lamp, car, plane, mug][usize::from(family).min(5)];
    let mut solid = Solid::new();
    make(&mut solid, parameters.map(|parameter| f32::from(parameter) / 255.0));
    solid.cells
}

/// A length between two.
fn between(from: f32, to: f32, share: f32) -> f32 {
    from + (to - from) * share
}

/// Height of the seat, width and depth of it, thickness of legs, height of the back; `style`: a whole back, bars, or arms too.
fn chair(solid: &mut Solid, [height, width, depth, thickness, feature, style]: [f32; 6]) {
    let seat = between(4.0, 7.5, height);
    let (w, d) = (between(3.0, 5.6, width), between(3.0, 5.2, depth));
    let leg = between(1.0, 2.1, thickness);
    let top = seat + between(4.0, 8.0, feature);
    solid.four([w - leg, w], [0.0, seat], [d - leg, d]);
    solid.block([-w, w], [seat - 0.5, seat + between(0.6, 1.4, thickness)], [-d, d]);
    let back = [d - 1.3, d];
    if (0.35..0.65).contains(&style) {
        // Posts, bars and a rail.
        solid.pair([w - 1.1, w], [seat, top], back);
        solid.part([-w, w], [seat, top], back, &|x, _, _| (x + 16.5) as i32 % 2 == 0);
        solid.block([-w, w], [top - 1.6, top], back);
    } else {
        solid.block([-w, w], [seat, top], back);
    }
    if style >= 0.65 {
        let arm = seat + between(2.2, 3.4, feature);
        solid.pair([w - 1.0, w], [arm - 1.0, arm], [-d, d]);
        solid.pair([w - 1.0, w], [seat, arm], [-d, -d + 1.1]);
    }
}

/// Height, width and depth of the top, thickness, how high a shelf is; `style`: one foot, four legs, or two sides.
fn table(solid: &mut Solid, [height, width, depth, thickness, feature, style]: [f32; 6]) {
    let top = between(6.0, 12.0, height);
    let (w, d) = (between(4.2, 7.6, width), between(3.4, 6.4, depth));
    let plate = [top - between(1.0, 2.2, thickness), top];
    let leg = between(1.0, 2.0, thickness);
    if style < 0.3 {
        solid.part([-w, w], plate, [-d, d], &|x, _, z| (x / w) * (x / w) + (z / d) * (z / d) < 1.05);
        solid.turned(0.0, [0.0, top - 0.5], [leg + 0.1, leg - 0.1]);
        let foot = (0.45 + 0.25 * feature) * w.min(d);
        solid.turned(0.0, [0.0, 1.0 + thickness], [foot, foot * 0.8]);
    } else {
        solid.block([-w, w], plate, [-d, d]);
        let inset = between(0.0, 1.2, feature);
        let (right, away) = ([w - inset - leg, w - inset], [d - inset - leg, d - inset]);
        if style < 0.75 {
            solid.four(right, [0.0, top], away);
        } else {
            solid.pair(right, [0.0, top], [-d + inset, d - inset]);
        }
        if feature > 0.45 {
            let shelf = top * between(0.2, 0.5, feature);
            solid.block([-w + inset, w - inset], [shelf - 0.6, shelf + 0.5], [-d + inset, d - inset]);
        }
    }
}

/// Height, width of the shade, width of the foot, thickness of the pole, height of the shade; `style`: how far the pole leans.
fn lamp(solid: &mut Solid, [height, width, depth, thickness, feature, style]: [f32; 6]) {
    let top = between(10.0, 15.6, height);
    let shade = between(3.4, 6.0, width);
    let bottom = top - between(3.2, 0.42 * top, feature);
    let foot = between(2.1, 4.4, depth);
    let lean = between(0.5, 2.6, style);
    solid.turned(lean, [0.0, between(1.0, 1.9, thickness)], [foot, foot * 0.8]);
    // Open below, so that one sees into it from there; the higher, the more pointed.
    let (at, point) = (-0.7 * lean, between(0.9, 0.45, feature));
    solid.turned(at, [bottom, top], [shade, shade * point]);
    let inner = shade - 1.4;
    solid.hollow(at, [bottom - 0.5, top - 1.3], [inner, (inner * point).min(shade * point - 0.8)]);
    let pole = between(0.9, 1.4, thickness);
    solid.part([-8.0, 8.0], [0.0, top], [-2.0, 2.0], &|x, h, z| {
        let off = x - lean + (lean - at) * h / top;
        off * off + z * z < pole * pole
    });
}

/// Height of the cabin, width, length, size of the wheels, where the cabin is; `style`: how steep its screens are.
fn car(solid: &mut Solid, [height, width, depth, thickness, feature, style]: [f32; 6]) {
    let half = between(6.0, 7.95, depth);
    let side = between(3.1, 5.1, width);
    let wheel = between(1.6, 2.5, thickness);
    let floor = between(1.0, 1.6, thickness);
    let waist = floor + between(2.8, 4.2, height);
    let roof = waist + between(2.6, 5.0, height);
    solid.block([-half, half], [floor, waist], [-side, side]);
    // The bonnet is lower, and both ends of the car are rounded.
    let at = between(-0.02, 0.28, feature) * half;
    let long = half * between(0.52, 0.64, feature);
    solid.dig([-half, at - long - 0.5], [waist - 1.0, waist + 1.0], [-side, side], &|_, _, _| true);
    solid.dig([-half, half], [floor, waist], [-side, side], &|x, _, z| x.abs() > half - 1.0 && z.abs() > side - 1.0);
    // However steep they are not, the screens leave three cells of roof.
    let room = (2.0 * long - 3.2) / (roof - waist);
    let (front, rear) = (between(0.2, 0.95, style).min(0.62 * room), between(0.1, 0.6, style).min(0.38 * room));
    let cabin = side - 0.6;
    let inside = |x: f32, h: f32| {
        let risen = h - waist;
        x > at - long + front * risen && x < (at + long - rear * risen).min(half - 1.0)
    };
    solid.part([-half, half], [waist - 0.5, roof], [-cabin, cabin], &|x, h, _| inside(x, h));
    // Only posts carry the roof: at the corners, as thick as it takes for steep ones to hang together, and between windows.
    solid.dig([-half, half], [waist, roof - 1.0], [-cabin, cabin], &|x, h, z| {
        let corner = !(inside(x - 1.0, h + 1.0) && inside(x + 1.0, h + 1.0));
        z.abs() < cabin - 1.0 || !corner && (x - at).abs() > 0.6
    });
    // Wheels turn in arches that are cut out of the body.
    let axle = half * 0.56;
    let off = move |x: f32, h: f32| {
        let (u, v) = (x.abs() - axle, h - wheel);
        u * u + v * v
    };
    let arch = wheel + 0.7;
    let below = [0.0, waist - 1.1];
    solid.dig([-half, half], below, [-side, side], &|x, h, z| z.abs() > side - 1.0 && off(x, h) < arch * arch);
    solid.part([-half, half], [0.0, 2.0 * wheel], [-side, side], &|x, h, z| {
        z.abs() > side - 2.0 && off(x, h) < wheel * wheel * 1.04
    });
}

/// Height of the fin, span of the wings, their depth, thickness of the body, engines; `style`: how far the wings are swept.
fn plane(solid: &mut Solid, [height, width, depth, thickness, feature, style]: [f32; 6]) {
    let span = between(5.6, 7.95, width);
    let chord = between(2.8, 4.8, depth);
    let body = between(1.2, 2.1, thickness);
    let sweep = between(0.0, 0.75, style);
    // The middle of a layer of cells.
    let axis = 5.5;
    solid.part([-8.0, 8.0], [axis - body, axis + body], [-body, body], &|x, h, z| {
        // The nose is round; the tail is long and pointed, and rises a little.
        let nose = ((x + 8.0) / 3.0).min(1.0);
        let tail = ((8.6 - x) / 6.0).min(1.0);
        let radius = body * (nose * (2.0 - nose)).sqrt() * (0.35 + 0.65 * tail);
        let rise = (h - axis) - 0.35 * body * (1.0 - tail);
        rise * rise + z * z < radius * radius
    });
    // Wide enough, at the tip, to hang together cell by cell.
    let wing = |at: f32, chord: f32, span: f32, sweep: f32| {
        move |x: f32, _: f32, z: f32| {
            let out = z.abs() / span;
            let front = at + sweep * z.abs();
            x > front && x < (front + chord * (1.0 - 0.5 * out)).max(front + 1.05 + sweep)
        }
    };
    let layer = [axis - 0.5, axis + 0.5];
    let at = -0.6 * chord - 1.5 * style;
    solid.part([-8.0, 8.0], layer, [-span, span], &wing(at, chord, span, sweep));
    // Thicker where they leave the body.
    let root = span * 0.4;
    solid.part([-8.0, 8.0], [axis - 1.5, axis], [-root, root], &wing(at + 0.3, chord - 0.8, span, sweep));
    let tail = span * 0.42;
    solid.part([-8.0, 8.0], layer, [-tail, tail], &wing(4.9, 2.6, tail, sweep * 0.5));
    let fin = axis + body + between(1.2, 4.0, height);
    solid.part([-8.0, 8.0], [axis, fin], [-1.0, 1.0], &|x, h, _| x > 4.6 + 0.45 * (h - axis) && x < 7.9);
    if feature > 0.4 {
        let out = span * between(0.35, 0.5, feature);
        for z in [-out, out] {
            let front = at + sweep * out - 1.2;
            solid.block([front, front + 2.6], [axis - 1.5, axis + 0.4], [z - 0.8, z + 0.8]);
        }
    }
}

/// Height, width, size of the handle, thickness of the wall, thickness of the handle; `style`: wider below or above.
fn mug(solid: &mut Solid, [height, width, depth, thickness, feature, style]: [f32; 6]) {
    let top = between(6.5, 13.0, height);
    let radius = between(3.2, 5.4, width);
    let radii = [radius * between(1.12, 0.78, style), radius];
    let wall = between(1.0, 1.7, thickness);
    let ring = between(0.24, 0.36, depth) * top;
    let tube = between(0.75, 1.15, feature);
    // Mug and handle together are in the middle.
    let at = -(ring + tube) * 0.45;
    let (edge, middle) = (at + (radii[0] + radii[1]) / 2.0, top * 0.52);
    solid.part([edge - 1.0, CELLS as f32], [0.0, top], [-tube, tube], &|x, h, _| {
        let (u, v) = ((x - edge) / 0.95, h - middle);
        let off = (u * u + v * v).sqrt() - ring;
        off.abs() < tube
    });
    solid.turned(at, [0.0, top], radii);
    let inner = radii.map(|radius| radius - wall);
    solid.hollow(at, [1.0 + thickness, top + 1.0], inner);
}
