//! Loops for wider vectors, where a processor has them.

/// Defines a function whose loops are compiled a second time for AVX2, which is chosen where the machine has it. Both
/// versions give the same bits: the compiler neither reorders floating-point sums nor fuses products into them.
macro_rules! vectorised {
    ($(#[$attribute:meta])* $visibility:vis fn $name:ident<T: Number>($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? $body:block) => {
        $(#[$attribute])*
        $visibility fn $name<T: Number>($($argument: $type),*) $(-> $result)? {
            #[inline(always)]
            #[allow(clippy::too_many_arguments)]
            fn portable<T: Number>($($argument: $type),*) $(-> $result)? $body
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") {
                #[target_feature(enable = "avx2")]
                #[allow(clippy::too_many_arguments)]
                fn wide<T: Number>($($argument: $type),*) $(-> $result)? {
                    portable($($argument),*)
                }
                // SAFETY: the machine was just asked whether it has AVX2, the only feature that `wide` needs.
                return unsafe { wide($($argument),*) };
            }
            portable($($argument),*)
        }
    };
}
pub(crate) use vectorised;
