//! Threads that wait here for loops to help with: those of the process, or in the page further workers on the same memory.
//!
//! rayon would do this natively, but a step of a small network is a hundred loops of some ten microseconds, and its workers
//! go to sleep in between. In the page it would cost as much again as a backend, and wait for helpers that the browser has
//! not let run; here whoever comes late finds the loop over.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};

/// How often one looks whether something has happened before going to sleep: the next loop comes soon, and waking takes
/// longer than many a loop.
const LOOKS: usize = 10_000;

/// What each thread does in a loop; it is told whether it helps.
type Body<'a> = &'a (dyn Fn(bool) + Sync + 'a);

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
    #[cfg(not(target_arch = "wasm32"))]
    patience: native::Patience,
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
            #[cfg(not(target_arch = "wasm32"))]
            patience: native::Patience::new(),
        }
    }

    /// Helpers that have come, and who begins loops.
    #[cfg(any(target_arch = "wasm32", test))]
    pub fn threads(&self) -> usize {
        1 + self.helpers.load(Ordering::Relaxed)
    }

    /// Runs `body`, of so many elementary operations, on this thread and, at the same time, on each helper that is there in
    /// time; returns when all are done. The body takes pieces of work until there are none left. Within a body, it runs on its
    /// thread alone.
    pub fn run(&self, work: usize, body: Body) {
        #[cfg(target_arch = "wasm32")]
        let _ = work;
        if self.helpers.load(Ordering::Relaxed) == 0 {
            return body(false);
        }
        #[cfg(not(target_arch = "wasm32"))]
        let begun = std::time::Instant::now();
        #[cfg(not(target_arch = "wasm32"))]
        if self.patience.is_resting(begun) {
            return body(false);
        }
        if self.busy.swap(true, Ordering::Acquire) {
            return body(false);
        }
        // SAFETY: only the lifetime changes. Helpers call it only while they are counted in `inside`, which they enter while
        // it stands in `state`; `End` takes it away and waits until none is inside, before this function ends in any way.
        let lasting = unsafe { std::mem::transmute::<Body<'_>, Body<'static>>(body) };
        let mut state = self.lock();
        state.body = Some(lasting);
        self.rounds.fetch_add(1, Ordering::Relaxed);
        drop(state);
        let end = End(self);
        self.begun.notify_all();
        body(false);
        drop(end);
        #[cfg(not(target_arch = "wasm32"))]
        self.patience.judge(begun, std::time::Instant::now(), work);
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
            body(true);
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

/// When helpers are asked natively, where the processor may be shared with other programs.
#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    /// Loops that take so many times as long per elementary operation as usual, and so much longer, were interrupted.
    const UNUSUAL: f32 = 8.0;
    const INTERRUPTION: Duration = Duration::from_micros(500);
    /// How much a loop counts in what is usual, if it took longer than that, and if it did not.
    const RISE: f32 = 0.01;
    const FALL: f32 = 0.1;
    /// How long loops are done without help after one that was interrupted: at first, and at most.
    const RESTS: [Duration; 2] = [Duration::from_millis(10), Duration::from_secs(2)];

    /// Where another program wants a core, whoever works on it is interrupted for longer than a small step takes, and all
    /// others wait. On one thread, which moves to a free core, the loops are as fast as that core; helpers are asked again
    /// from time to time.
    pub struct Patience(Mutex<State>);

    struct State {
        until: Option<Instant>,
        /// How long the next rest will be.
        rest: Duration,
        /// Seconds for an elementary operation.
        usual: f32,
    }

    impl Patience {
        pub const fn new() -> Patience {
            Patience(Mutex::new(State { until: None, rest: RESTS[0], usual: 0.0 }))
        }

        /// Whether a loop that begins now is to be done without help.
        pub fn is_resting(&self, now: Instant) -> bool {
            self.lock().until.is_some_and(|until| now < until)
        }

        /// Learns from a loop of so many elementary operations; from none if they are not known.
        pub fn judge(&self, begun: Instant, now: Instant, work: usize) {
            if work == 0 {
                return;
            }
            let (mut state, took) = (self.lock(), now - begun);
            let expected = state.usual * work as f32;
            if took > INTERRUPTION && took.as_secs_f32() > UNUSUAL * expected && expected > 0.0 {
                state.until = Some(now + state.rest);
                state.rest = (4 * state.rest).min(RESTS[1]);
                return;
            }
            // From the first loop, which is slow, it falls quickly; what is interrupted now and then does not lift it.
            let each = took.as_secs_f32() / work as f32;
            state.usual = match state.usual {
                0.0 => each,
                usual if each < usual => usual + FALL * (each - usual),
                usual => usual + RISE * (each.min(2.0 * usual) - usual),
            };
            if state.until.is_some_and(|until| now > until + 2 * state.rest) {
                (state.until, state.rest) = (None, RESTS[0]);
            }
        }

        fn lock(&self) -> std::sync::MutexGuard<'_, State> {
            self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn who_is_interrupted_again_and_again_rests_longer_and_longer() {
            let patience = Patience::new();
            let mut now = Instant::now();
            let mut run = |pause: Duration, millis: f32| {
                let begun = now + pause;
                now = begun + Duration::from_secs_f32(millis / 1e3);
                patience.judge(begun, now, 100_000);
                now
            };
            let mut pause = Duration::ZERO;
            // The first one is slow.
            run(pause, 20.0);
            for _ in 0..200 {
                let now = run(pause, 0.02);
                assert!(!patience.is_resting(now));
            }
            for rest in [10, 40, 160, 640, 2000, 2000].map(Duration::from_millis) {
                // Long, but not for what it does.
                let now = run(pause, 0.15);
                assert!(!patience.is_resting(now));
                let now = run(Duration::ZERO, 3.0);
                assert!(patience.is_resting(now + rest - Duration::from_millis(1)));
                assert!(!patience.is_resting(now + rest));
                pause = rest;
            }
            // After a quiet time it begins with a short rest again.
            for _ in 0..500_000 {
                run(Duration::ZERO, 0.02);
            }
            let now = run(Duration::ZERO, 3.0);
            assert!(!patience.is_resting(now + RESTS[0]));
        }
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
        crew.run(0, &|_| {
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
                crew.run(0, &|_| {
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
                        crew.run(0, &|_| _ = inner.fetch_add(1, Ordering::Relaxed));
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
