//! Loops over disjoint pieces of an output, on all cores where there are threads, and buffers that outlive them.
//!
//! How the work is cut never depends on the number of threads, so results do not either.

#[cfg(target_feature = "atomics")]
use super::crew::Crew;
#[cfg(not(target_arch = "wasm32"))]
use rayon::prelude::*;
use std::sync::Mutex;

/// The threads of the page's module, which may have helpers where it is compiled for that.
#[cfg(target_feature = "atomics")]
pub static CREW: Crew = Crew::new();

/// Below this many elementary operations a loop is not worth waking other threads for: some ten microseconds natively, some
/// hundreds in the page, where a small step took longer with a helper than without. A multiply-add of a product is a fourth
/// of one: see [`product_work`].
const WORTH_THREADS: usize = if cfg!(target_arch = "wasm32") { 1 << 21 } else { 1 << 17 };

/// What a product of so many multiply-adds is as work.
pub fn product_work(multiply_adds: usize) -> usize {
    multiply_adds / 4
}

fn pays(work: usize, pieces: usize) -> bool {
    work >= WORTH_THREADS && pieces > 1 && threads() > 1
}

/// Number of threads that [`for_each`] spreads over.
pub fn threads() -> usize {
    #[cfg(not(target_arch = "wasm32"))]
    return rayon::current_num_threads();
    #[cfg(target_feature = "atomics")]
    return CREW.threads();
    #[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
    return 1;
}

/// Runs `body` on one of the threads that [`for_each`] spreads over, where there are several: a loop that begins there
/// need not hand over its work and wait for it.
pub fn inside<R: Send>(body: impl FnOnce() -> R + Send) -> R {
    #[cfg(not(target_arch = "wasm32"))]
    if threads() > 1 {
        return rayon::scope(|_| body());
    }
    body()
}

/// Runs `body` on every task, in any order; `work` estimates the elementary operations of all of them.
pub fn for_each<Task: Send>(tasks: Vec<Task>, work: usize, body: impl Fn(Task) + Send + Sync) {
    if pays(work, tasks.len()) {
        #[cfg(not(target_arch = "wasm32"))]
        return tasks.into_par_iter().for_each(body);
        #[cfg(target_feature = "atomics")]
        return share(tasks.into_iter(), body);
    }
    tasks.into_iter().for_each(body);
}

/// Runs `body(index, piece)` on the pieces of `length` elements of `output`.
pub fn for_pieces<U: Send>(output: &mut [U], length: usize, work: usize, body: impl Fn(usize, &mut [U]) + Send + Sync) {
    if pays(work, output.len().div_ceil(length)) {
        #[cfg(not(target_arch = "wasm32"))]
        return output.par_chunks_mut(length).enumerate().for_each(|(index, piece)| body(index, piece));
        #[cfg(target_feature = "atomics")]
        return share(output.chunks_mut(length).enumerate(), |(index, piece)| body(index, piece));
    }
    output.chunks_mut(length).enumerate().for_each(|(index, piece)| body(index, piece));
}

/// Runs `body` on every item, each taken by whichever thread is free.
#[cfg(target_feature = "atomics")]
fn share<I: Iterator + Send>(items: I, body: impl Fn(I::Item) + Sync) {
    let items = Mutex::new(items);
    let next = || items.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).next();
    CREW.run(&|| {
        while let Some(item) = next() {
            body(item);
        }
    });
}

/// Working memory kept between calls, so that a step in the steady state allocates none.
#[derive(Default)]
pub struct Pool<B>(Mutex<Vec<B>>);

impl<B: Default> Pool<B> {
    /// Lends a buffer (with whatever an earlier user left in it) to `body`.
    pub fn with<R>(&self, body: impl FnOnce(&mut B) -> R) -> R {
        let mut buffer = self.take();
        let result = body(&mut buffer);
        self.give_back(buffer);
        result
    }

    /// Not inlined, since there are many users and the page is to be small.
    #[inline(never)]
    pub fn take(&self) -> B {
        let known = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop();
        known.unwrap_or_default()
    }

    #[inline(never)]
    pub fn give_back(&self, buffer: B) {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(buffer);
    }
}
