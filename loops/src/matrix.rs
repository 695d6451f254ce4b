//! Matrices as they lie in memory.

/// A matrix in memory: the first element and the distance between rows and between columns.
#[derive(Clone, Copy)]
pub struct Matrix<'a, T> {
    pub elements: &'a [T],
    pub row_stride: usize,
    pub column_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// A dense row-major matrix with `columns` columns.
    pub fn rows(elements: &'a [T], columns: usize) -> Self {
        Matrix { elements, row_stride: columns, column_stride: 1 }
    }

    /// The same elements with rows and columns exchanged.
    pub fn transposed(self) -> Self {
        Matrix { row_stride: self.column_stride, column_stride: self.row_stride, ..self }
    }
}

/// The output of a product: row-major, `stride` elements from row to row.
pub struct Output<'a, T> {
    pub elements: &'a mut [T],
    pub stride: usize,
    /// Whether the product is added to what is there.
    pub accumulate: bool,
}
