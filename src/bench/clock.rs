//! The processor time of this thread, which other programs on the machine do not lengthen.

/// Nanoseconds that this thread has run.
#[expect(unsafe_code, reason = "the standard library has no clock of thread CPU time")]
pub fn thread_cpu_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid, writable timespec for the length of the call, which keeps no pointer to it.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(status, 0, "the kernel has a clock of thread CPU time");
    u64::try_from(time.tv_sec).expect("not negative") * 1_000_000_000
        + u64::try_from(time.tv_nsec).expect("not negative")
}

/// Runs `work` and answers its processor time in nanoseconds, and what it answers.
pub fn timed<T>(work: impl FnOnce() -> T) -> (u64, T) {
    let start = thread_cpu_ns();
    let answer = work();
    (thread_cpu_ns() - start, answer)
}
