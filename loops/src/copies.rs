//! Copies of rows: repeated, gathered, put down with strides, made of bytes.

use super::number::Number;

/// Each value `width` times.
pub fn repeat<T: Number>(values: &[T], width: usize, output: &mut [T]) {
    for (row, &value) in output.chunks_mut(width).zip(values) {
        row.fill(value);
    }
}

/// Rows from where they begin, with a stride.
pub fn gather<T: Number>(input: &[T], starts: &[usize], offset: usize, stride: usize, output: &mut [T]) {
    let width = output.len() / starts.len();
    for (row, start) in output.chunks_exact_mut(width).zip(starts) {
        let from = &input[start + offset..];
        if stride == 1 {
            row.copy_from_slice(&from[..width]);
        } else {
            row.iter_mut().zip(from.iter().step_by(stride)).for_each(|(output, &value)| *output = value);
        }
    }
}

/// Rows to where they begin, with a stride.
pub fn put<T: Number>(values: &[T], starts: &[usize], offset: usize, stride: usize, output: &mut [T], base: usize) {
    let width = values.len() / starts.len();
    for (row, start) in values.chunks_exact(width).zip(starts) {
        let first = start + offset - base;
        for (i, &value) in row.iter().enumerate() {
            output[first + i * stride] = value;
        }
    }
}

/// Bytes as numbers.
pub fn from_bytes<T: Number>(bytes: &[u8], scale: T, offset: T, output: &mut [T]) {
    for (value, &byte) in output.iter_mut().zip(bytes) {
        *value = T::from_f32(f32::from(byte)) * scale + offset;
    }
}

/// Whether no value is infinite or NaN.
pub fn are_finite<T: Number>(values: &[T]) -> bool {
    // Bits of the magnitude compare as the magnitude does; the largest of many is found with vectors.
    let largest = |part: &[T]| part.iter().fold(0, |most: u32, value| most.max(value.to_f32().abs().to_bits()));
    values.chunks(1 << 12).all(|part| largest(part) < f32::INFINITY.to_bits())
}

/// Whether each of some offsets is `by` above the one before it.
#[inline(never)]
pub fn are_apart(offsets: &[usize], by: usize) -> bool {
    offsets.windows(2).all(|pair| pair[0] + by == pair[1])
}
