//! How much decisions look at, counted in tests: that a decision costs the same at every size is held there, and not by a
//! clock.

#[cfg(test)]
thread_local! {
    static LOOKS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// A decision looks at so many instances, or at what stands for several.
#[inline(always)]
pub(crate) fn look(_at: usize) {
    #[cfg(test)]
    LOOKS.with(|looks| looks.set(looks.get() + _at as u64));
}

/// Looks since the last call, of this thread.
#[cfg(test)]
pub(crate) fn taken() -> u64 {
    LOOKS.with(std::cell::Cell::take)
}
