//! A value that a callback delivers and a future waits for: the bridge from wgpu's callbacks to `await`.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

struct State<T> {
    value: Option<T>,
    waker: Option<Waker>,
}

/// A shared cell for one value. Cloning shares it.
pub(super) struct Signal<T>(Arc<Mutex<State<T>>>);

impl<T> Clone for Signal<T> {
    fn clone(&self) -> Self {
        Signal(self.0.clone())
    }
}

impl<T> Default for Signal<T> {
    fn default() -> Self {
        Signal(Arc::new(Mutex::new(State { value: None, waker: None })))
    }
}

impl<T> Signal<T> {
    /// Delivers the value and wakes the waiter. A second value replaces the first.
    pub fn send(&self, value: T) {
        let mut state = self.0.lock().expect("no code panics while it holds the lock");
        state.value = Some(value);
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// Takes the value if it is there.
    pub fn take(&self) -> Option<T> {
        self.0.lock().expect("no code panics while it holds the lock").value.take()
    }
}

impl<T> Future for Signal<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut state = self.0.lock().expect("no code panics while it holds the lock");
        match state.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
