//! Loops over disjoint pieces of an output, on all cores where there are threads, and buffers that outlive them.
//!
//! How the work is cut never depends on the number of threads, so results do not either.

#[cfg(any(target_feature = "atomics", not(target_arch = "wasm32")))]
use super::crew::Crew;
use std::sync::Mutex;

/// The threads: natively those of the process, in the page the helpers of a module that is compiled for them.
#[cfg(any(target_feature = "atomics", not(target_arch = "wasm32")))]
pub static CREW: Crew = Crew::new();

/// Below this many elementary operations a loop is not worth sharing: natively that is some five microseconds; in the page a
/// step of many small loops took longer with a helper than without. A multiply-add of a product is a fourth of one: see
/// [`product_work`].
const WORTH_THREADS: usize = if cfg!(target_arch = "wasm32") { 1 << 21 } else { 1 << 15 };

/// Times that a thread comes for further pieces where there are many, so that who was late still has its share.
#[cfg(any(target_feature = "atomics", not(target_arch = "wasm32")))]
const TURNS: usize = 8;

/// What a product of so many multiply-adds is as work.
pub fn product_work(multiply_adds: usize) -> usize {
    multiply_adds / 4
}

fn pays(work: usize, pieces: usize) -> bool {
    work >= WORTH_THREADS && pieces > 1 && threads() > 1
}

/// Number of threads that [`for_each`] spreads over: natively as many as there are cores, or as `GANVAS_THREADS` says.
pub fn threads() -> usize {
    #[cfg(not(target_arch = "wasm32"))]
    return native::threads();
    #[cfg(target_feature = "atomics")]
    return CREW.threads();
    #[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
    return 1;
}

#[cfg(not(target_arch = "wasm32"))]
pub use native::as_with_threads;

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use super::CREW;
    use std::cell::Cell;
    use std::sync::LazyLock;

    thread_local! {
        static SUPPOSED: Cell<Option<usize>> = const { Cell::new(None) };
    }

    static THREADS: LazyLock<usize> = LazyLock::new(|| {
        let said = std::env::var("GANVAS_THREADS").ok().and_then(|said| said.parse().ok());
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = said.filter(|&threads| threads > 0).unwrap_or_else(cores);
        for _ in 1..threads {
            let help = || {
                if std::panic::catch_unwind(|| CREW.help()).is_err() {
                    CREW.abandon();
                }
            };
            // Where there can be no helper, the loops are done by whoever begins them.
            let _ = std::thread::Builder::new().name("ganvas helper".to_string()).spawn(help);
        }
        threads
    });

    pub fn threads() -> usize {
        SUPPOSED.get().unwrap_or_else(|| *THREADS)
    }

    /// Runs `body` with its loops cut as for so many threads. With one, nobody helps; otherwise those help that there are.
    pub fn as_with_threads<R>(threads: usize, body: impl FnOnce() -> R) -> R {
        struct Before(Option<usize>);
        impl Drop for Before {
            fn drop(&mut self) {
                SUPPOSED.set(self.0);
            }
        }
        LazyLock::force(&THREADS);
        let _before = Before(SUPPOSED.replace(Some(threads)));
        body()
    }
}

/// Runs `body` on every task, in any order; `work` estimates the elementary operations of all of them.
pub fn for_each<Task: Send>(tasks: Vec<Task>, work: usize, body: impl Fn(Task) + Send + Sync) {
    if pays(work, tasks.len()) {
        #[cfg(any(target_feature = "atomics", not(target_arch = "wasm32")))]
        return share(tasks.into_iter(), work, body);
    }
    tasks.into_iter().for_each(body);
}

/// Runs `body(index, piece)` on the pieces of `length` elements of `output`.
pub fn for_pieces<U: Send>(output: &mut [U], length: usize, work: usize, body: impl Fn(usize, &mut [U]) + Send + Sync) {
    if pays(work, output.len().div_ceil(length)) {
        #[cfg(any(target_feature = "atomics", not(target_arch = "wasm32")))]
        {
            // Coming for a piece costs as much as a short one.
            let at_once = (output.len().div_ceil(length) / (TURNS * threads())).max(1);
            return share(output.chunks_mut(at_once * length).enumerate(), work, |(turn, pieces)| {
                let pieces = pieces.chunks_mut(length).enumerate();
                pieces.for_each(|(index, piece)| body(turn * at_once + index, piece));
            });
        }
    }
    output.chunks_mut(length).enumerate().for_each(|(index, piece)| body(index, piece));
}

/// Runs `body` on every item, each taken by whichever thread is free: from the front by the one that begins, from the back by
/// those that help, so that what follows finds much of what it reads in the cache of its own core.
#[cfg(any(target_feature = "atomics", not(target_arch = "wasm32")))]
fn share<I: DoubleEndedIterator + Send>(items: I, work: usize, body: impl Fn(I::Item) + Sync) {
    let items = Mutex::new(items);
    let next = |helps: bool| {
        let mut items = items.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if helps { items.next_back() } else { items.next() }
    };
    CREW.run(work, &|helps| {
        while let Some(item) = next(helps) {
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
