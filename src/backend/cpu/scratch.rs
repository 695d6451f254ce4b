//! Working memory that is kept between steps.

use ganvas_loops::Real;

/// The first `length` elements of a buffer, which grows where it is too short.
pub(super) fn of_length<T: Real>(buffer: &mut Vec<T>, length: usize) -> &mut [T] {
    if buffer.len() < length {
        buffer.resize(length, T::ZERO);
    }
    &mut buffer[..length]
}
