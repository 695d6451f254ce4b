//! A few numbers side by side, for the products that are too short for a library.

/// Numbers in a [`Lanes`].
pub const COLUMNS: usize = if cfg!(target_arch = "x86_64") { 16 } else { 8 };
/// Neighbours that [`Lanes::join`] takes from one place.
pub const RUN: usize = 4;

/// [`COLUMNS`] numbers in vector registers.
pub trait Lanes: Copy {
    fn zero() -> Self;
    fn load(values: &[f32; COLUMNS]) -> Self;
    /// Runs from several places, one after another.
    fn join(runs: [&[f32; RUN]; COLUMNS / RUN]) -> Self;
    /// `self + a b`, rounded once where there is an instruction for it.
    fn plus_product(self, a: f32, b: Self) -> Self;
    fn store(self, to: &mut [f32; COLUMNS]);
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use super::super::tiles::Four;
    use super::{COLUMNS, Lanes, RUN};

    #[derive(Clone, Copy)]
    pub struct Pair([Four; 2]);

    impl Lanes for Pair {
        #[inline(always)]
        fn zero() -> Pair {
            Pair([Four::splat(0.0); 2])
        }
        #[inline(always)]
        fn load(values: &[f32; COLUMNS]) -> Pair {
            let [low, high] = values.as_chunks::<RUN>().0 else { unreachable!("eight are two times four") };
            Pair([Four::new(low), Four::new(high)])
        }
        #[inline(always)]
        fn join(runs: [&[f32; RUN]; 2]) -> Pair {
            Pair(runs.map(Four::new))
        }
        #[inline(always)]
        fn plus_product(self, a: f32, b: Pair) -> Pair {
            let a = Four::splat(a);
            Pair([self.0[0].plus_product(a, b.0[0]), self.0[1].plus_product(a, b.0[1])])
        }
        #[inline(always)]
        fn store(self, to: &mut [f32; COLUMNS]) {
            let [low, high] = to.as_chunks_mut::<RUN>().0 else { unreachable!("eight are two times four") };
            self.0[0].store(low);
            self.0[1].store(high);
        }
    }
}

/// To be used only by functions that are compiled for the processors that have the instructions.
#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{COLUMNS, Lanes, RUN};
    use std::arch::x86_64::*;

    #[derive(Clone, Copy)]
    pub struct Avx512(__m512);
    #[derive(Clone, Copy)]
    pub struct Avx2([__m256; 2]);

    // SAFETY of both: `fast` asks the machine for the features before it calls what uses them; no alignment is asked for.
    impl Lanes for Avx512 {
        #[inline(always)]
        fn zero() -> Avx512 {
            Avx512(unsafe { _mm512_setzero_ps() })
        }
        #[inline(always)]
        fn load(values: &[f32; COLUMNS]) -> Avx512 {
            Avx512(unsafe { _mm512_loadu_ps(values.as_ptr()) })
        }
        #[inline(always)]
        fn join([a, b, c, d]: [&[f32; RUN]; 4]) -> Avx512 {
            let halves = Avx2::join([a, b, c, d]).0;
            let [low, high] = halves.map(|half| unsafe { _mm256_castps_pd(half) });
            Avx512(unsafe { _mm512_castpd_ps(_mm512_insertf64x4::<1>(_mm512_castpd256_pd512(low), high)) })
        }
        #[inline(always)]
        fn plus_product(self, a: f32, b: Avx512) -> Avx512 {
            Avx512(unsafe { _mm512_fmadd_ps(_mm512_set1_ps(a), b.0, self.0) })
        }
        #[inline(always)]
        fn store(self, to: &mut [f32; COLUMNS]) {
            unsafe { _mm512_storeu_ps(to.as_mut_ptr(), self.0) }
        }
    }

    impl Lanes for Avx2 {
        #[inline(always)]
        fn zero() -> Avx2 {
            Avx2([unsafe { _mm256_setzero_ps() }; 2])
        }
        #[inline(always)]
        fn load(values: &[f32; COLUMNS]) -> Avx2 {
            Avx2(unsafe { [_mm256_loadu_ps(values.as_ptr()), _mm256_loadu_ps(values.as_ptr().add(8))] })
        }
        #[inline(always)]
        fn join([a, b, c, d]: [&[f32; RUN]; 4]) -> Avx2 {
            Avx2([[a, b], [c, d]].map(|[low, high]| unsafe {
                let low = _mm256_castps128_ps256(_mm_loadu_ps(low.as_ptr()));
                _mm256_insertf128_ps::<1>(low, _mm_loadu_ps(high.as_ptr()))
            }))
        }
        #[inline(always)]
        fn plus_product(self, a: f32, b: Avx2) -> Avx2 {
            let a = unsafe { _mm256_set1_ps(a) };
            Avx2([0, 1].map(|half| unsafe { _mm256_fmadd_ps(a, b.0[half], self.0[half]) }))
        }
        #[inline(always)]
        fn store(self, to: &mut [f32; COLUMNS]) {
            unsafe {
                _mm256_storeu_ps(to.as_mut_ptr(), self.0[0]);
                _mm256_storeu_ps(to.as_mut_ptr().add(8), self.0[1]);
            }
        }
    }
}

#[cfg(target_arch = "wasm32")]
pub use wasm::Pair;
#[cfg(target_arch = "x86_64")]
pub use x86::{Avx2, Avx512};

/// Whether what is defined by `fast` may be called here.
pub fn is_fast() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
    #[cfg(not(target_arch = "x86_64"))]
    return cfg!(target_arch = "wasm32");
}

/// Defines a function of lanes `L`, of which it keeps `ROWS` sums in registers, compiled for each kind of lanes that there
/// is. Eight registers hide the latency of an addition.
macro_rules! fast {
    (fn $name:ident<L, const ROWS: usize>($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        fn $name($($argument: $type),*) {
            #[inline(always)]
            #[allow(dead_code)]
            fn portable<L: $crate::lanes::Lanes, const ROWS: usize>($($argument: $type),*) $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f")]
                fn widest($($argument: $type),*) {
                    portable::<$crate::lanes::Avx512, 8>($($argument),*)
                }
                #[target_feature(enable = "avx2,fma")]
                fn wide($($argument: $type),*) {
                    portable::<$crate::lanes::Avx2, 4>($($argument),*)
                }
                if std::arch::is_x86_feature_detected!("avx512f") {
                    // SAFETY: the machine was just asked.
                    return unsafe { widest($($argument),*) };
                }
                assert!($crate::lanes::is_fast(), "whoever calls this asks first");
                // SAFETY: the machine was just asked.
                unsafe { wide($($argument),*) }
            }
            #[cfg(target_arch = "wasm32")]
            portable::<$crate::lanes::Pair, 4>($($argument),*);
            #[cfg(not(any(target_arch = "x86_64", target_arch = "wasm32")))]
            unreachable!("whoever calls this asks first");
        }
    };
}
pub(crate) use fast;
