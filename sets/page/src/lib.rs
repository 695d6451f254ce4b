//! Sets that are drawn, as a WebAssembly module of its own: a visitor loads it when he first asks for such a set.
//!
//! It has no glue: its functions take and give numbers, and the worker reads what was drawn from the module's memory
//! (`www/session/drawing.js`).

use ganvas_sets::Split;
use std::cell::RefCell;

thread_local! {
    /// What was drawn last: a table for each column.
    static TABLES: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Draws rows `first..first + count` of a set, by its place among all sets, of those that are trained on or, with `held_out`,
/// of those that are not. Answers with the number of tables; 0 where there is no such set.
#[unsafe(no_mangle)]
pub extern "C" fn draw(set: usize, seed: u32, held_out: bool, first: u32, count: u32) -> usize {
    let split = if held_out { Split::HeldOut } else { Split::Train };
    let set = ganvas_sets::SETS.get(set);
    let tables = set.and_then(|set| ganvas_sets::draw(set.key, seed, split, first..first + count));
    TABLES.with_borrow_mut(|drawn| {
        *drawn = tables.unwrap_or_default();
        drawn.len()
    })
}

/// Where a table of what was drawn last begins in the module's memory.
#[unsafe(no_mangle)]
pub extern "C" fn table(column: usize) -> *const u8 {
    TABLES.with_borrow(|drawn| drawn.get(column).map_or(std::ptr::null(), |table| table.as_ptr()))
}

/// How many bytes it has.
#[unsafe(no_mangle)]
pub extern "C" fn length(column: usize) -> usize {
    TABLES.with_borrow(|drawn| drawn.get(column).map_or(0, Vec::len))
}
