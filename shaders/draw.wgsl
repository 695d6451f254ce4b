// Draws a grid of images straight from a buffer of samples: one triangle over the canvas, one texel lookup a pixel.
// Header: COLUMNS, ROWS (of the grid), CHANNELS (1 or 3), HEIGHT, WIDTH (of an image), GAP (pixels of the grid's lines, in image pixels).

@group(0) @binding(0) var<storage, read> images: array<f32>;

@vertex
fn draw_vertex(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    return vec4<f32>(f32(index & 1u) * 4.0 - 1.0, f32(index >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}

@fragment
fn draw_fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let x = u32(position.x);
    let y = u32(position.y);
    let column = x / (WIDTH + GAP);
    let row = y / (HEIGHT + GAP);
    let inner_x = x % (WIDTH + GAP);
    let inner_y = y % (HEIGHT + GAP);
    if (column >= COLUMNS || row >= ROWS || inner_x >= WIDTH || inner_y >= HEIGHT) {
        return vec4<f32>(0.0, 0.0, 0.0, 0.0);
    }
    let first = (row * COLUMNS + column) * CHANNELS * HEIGHT * WIDTH + inner_y * WIDTH + inner_x;
    // Of a grey image all three are the same.
    let step = select(0u, HEIGHT * WIDTH, CHANNELS == 3u);
    let colour = vec3<f32>(images[first], images[first + step], images[first + 2u * step]);
    return vec4<f32>(clamp(colour * 0.5 + 0.5, vec3<f32>(0.0), vec3<f32>(1.0)), 1.0);
}
