//! Threads in WebAssembly: further workers of the page on the same memory, which wait here for loops to help with.
//!
//! Natively rayon does this. In the page it would cost as much again as a backend, and wait for helpers that the browser
//! has not let run; here whoever comes late finds the loop over.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};

/// How often one looks whether something has happened before going to sleep: the next loop comes soon, and waking takes
/// longer than many a loop.
const LOOKS: usize = 10_000;

type Body<'a> = &'a (dyn Fn() + Sync + 'a);

/// Threads that run loops together: one that begins them, and helpers.
pub struct Crew {
    state: Mutex<State>,
    /// There is a loop to help with.
    begun: Condvar,
    /// The last helper has left the loop.
    left: Condvar,
    /// Loops begun; changes while `state` is locked.
    rounds: AtomicUsize,
    /// Helpers in the loop; grows while `state` is locked.
    inside: AtomicUsize,
    helpers: AtomicUsize,
    busy: AtomicBool,
    broken: AtomicBool,
}

struct State {
    body: Option<Body<'static>>,
}

impl Crew {
    pub const fn new() -> Crew {
        Crew {
            state: Mutex::new(State { body: None }),
            begun: Condvar::new(),
            left: Condvar::new(),
            rounds: AtomicUsize::new(0),
            inside: AtomicUsize::new(0),
            helpers: AtomicUsize::new(0),
            busy: AtomicBool::new(false),
            broken: AtomicBool::new(false),
        }
    }

    /// Helpers that have come, and who begins loops.
    pub fn threads(&self) -> usize {
        1 + self.helpers.load(Ordering::Relaxed)
    }

    /// Runs `body` on this thread and, at the same time, on each helper that is there in time; returns when all are done.
    /// The body takes pieces of work until there are none left. Within a body, it runs on its thread alone.
    pub fn run(&self, body: Body) {
        if self.helpers.load(Ordering::Relaxed) == 0 || self.busy.swap(true, Ordering::Acquire) {
            return body();
        }
        // SAFETY: only the lifetime changes. Helpers call it only while they are counted in `inside`, which they enter while
        // it stands in `state`; `End` takes it away and waits until none is inside, before this function ends in any way.
        let lasting = unsafe { std::mem::transmute::<Body<'_>, Body<'static>>(body) };
        let mut state = self.lock();
        state.body = Some(lasting);
        self.rounds.fetch_add(1, Ordering::Relaxed);
        drop(state);
        let _end = End(self);
        self.begun.notify_all();
        body();
    }

    /// Helps with the loops to come; never returns.
    pub fn help(&self) -> ! {
        self.helpers.fetch_add(1, Ordering::Relaxed);
        let mut seen = self.rounds.load(Ordering::Relaxed);
        loop {
            look(|| self.rounds.load(Ordering::Relaxed) != seen);
            let mut state = self.lock();
            let body = loop {
                let rounds = self.rounds.load(Ordering::Relaxed);
                match state.body {
                    Some(body) if rounds != seen => {
                        seen = rounds;
                        break body;
                    }
                    _ => state = self.begun.wait(state).unwrap_or_else(|poisoned| poisoned.into_inner()),
                }
            };
            self.inside.fetch_add(1, Ordering::Relaxed);
            drop(state);
            body();
            if self.inside.fetch_sub(1, Ordering::Release) == 1 {
                // Whoever is about to wait holds the lock until he does.
                drop(self.lock());
                self.left.notify_one();
            }
        }
    }

    /// A helper ends in a panic: whoever waits for it panics too, rather than for ever.
    pub fn abandon(&self) {
        self.broken.store(true, Ordering::Relaxed);
        drop(self.lock()); // as above
        self.left.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The end of a loop.
struct End<'a>(&'a Crew);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let crew = self.0;
        crew.lock().body = None;
        let is_over = || crew.inside.load(Ordering::Acquire) == 0;
        look(is_over);
        let mut state = crew.lock();
        while !is_over() {
            if crew.broken.load(Ordering::Relaxed) {
                drop(state); // what a panic calls may want it
                panic!("a thread that helped has stopped");
            }
            state = crew.left.wait(state).unwrap_or_else(|poisoned| poisoned.into_inner());
        }
        drop(state);
        crew.busy.store(false, Ordering::Release);
    }
}

fn look(happened: impl Fn() -> bool) {
    for _ in 0..LOOKS {
        if happened() {
            break;
        }
        std::hint::spin_loop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "a thread that helped has stopped")]
    fn a_helper_that_stops_is_not_waited_for() {
        let crew: &'static Crew = Box::leak(Box::new(Crew::new()));
        std::thread::spawn(|| {
            let stopped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| crew.help()));
            assert!(stopped.is_err());
            crew.abandon();
        });
        while crew.threads() == 1 {
            std::thread::yield_now();
        }
        let begun = std::thread::current().id();
        crew.run(&|| {
            assert_eq!(std::thread::current().id(), begun, "the helper stops here");
            while crew.inside.load(Ordering::Relaxed) == 0 {
                std::thread::yield_now();
            }
        });
    }

    /// Sums of rounds of loops that are shorter and longer than a helper takes to wake.
    #[test]
    fn every_piece_is_worked_on_once_whoever_helps() {
        let crew: &'static Crew = Box::leak(Box::new(Crew::new()));
        let mut helped = false;
        for helpers in 0..3 {
            if helpers > 0 {
                std::thread::spawn(|| crew.help());
                while crew.threads() <= helpers {
                    std::thread::yield_now();
                }
            }
            let begun = std::thread::current().id();
            for round in 0..2000 {
                let mut output = vec![0u64; round % 37];
                let others = AtomicBool::new(false);
                let pieces = Mutex::new(output.iter_mut().enumerate());
                crew.run(&|| {
                    loop {
                        let piece = pieces.lock().unwrap().next();
                        let Some((index, value)) = piece else { break };
                        *value +=
                            (0..(round as u64 % 7) * 100).fold(index as u64, |sum, i| std::hint::black_box(sum + i));
                        if std::thread::current().id() != begun {
                            others.store(true, Ordering::Relaxed);
                        }
                        // A loop within a loop.
                        let inner = AtomicUsize::new(0);
                        crew.run(&|| _ = inner.fetch_add(1, Ordering::Relaxed));
                        assert_eq!(inner.into_inner(), 1);
                    }
                });
                helped |= others.into_inner();
                let extra: u64 = (0..(round as u64 % 7) * 100).sum();
                let expected: Vec<u64> = (0..round as u64 % 37).map(|index| index + extra).collect();
                assert_eq!(output, expected, "round {round}, {helpers} helpers");
            }
        }
        assert!(helped, "in 4000 rounds no helper came in time");
    }
}
