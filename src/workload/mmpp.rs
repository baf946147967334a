//! Arrivals whose rate jumps between a quiet and a burst value: a Markov-modulated Poisson process of two states.
//!
//! It knows nothing of the day: a daily curve thins what comes from here.
//!
//! The gaps of a Poisson process of rate 1 are run through at the rate of each state in turn. So every gap is one draw
//! by its number, every stay in a state is one draw by its number, and none is thrown away. The first state is drawn by
//! the share of time that it has, so the process is stationary from its start.
//!
//! # Sources
//! Fischer, Meier-Hellstern, "The Markov-modulated Poisson process (MMPP) cookbook", Performance Evaluation 18(2), 1993.

use super::clock::{NANOS_PER_HOUR, NANOS_PER_MILLI};
use super::keyed::{Copied, Draws, Purpose};
use super::quantile::nearest;
use crate::model::{Mmpp2, SimSpan, SimTime};

/// One state.
#[derive(Clone, Copy, Debug)]
struct State {
    per_nano: f64,
    mean_stay_nanos: f64,
}

/// An MMPP-2 from a start.
#[derive(Clone, Debug)]
pub(super) struct Mmpp {
    start: SimTime,
    /// Quiet and burst.
    states: [State; 2],
    current: usize,
    elapsed_nanos: u64,
    /// When the current state ends, from the start.
    change_nanos: u64,
    stays: u64,
    ticks: u64,
    gap_draws: Draws,
    stay_draws: Draws,
}

/// Arrivals an hour in the quiet state and in the burst.
fn rates(law: &Mmpp2) -> [f64; 2] {
    let quiet = law.rate_per_hour / (1.0 - law.burst_share + law.burst_share * law.rate_ratio);
    [quiet, quiet * law.rate_ratio]
}

impl Mmpp {
    /// `scale` multiplies both rates, as a daily curve asks for that thins what comes.
    pub(super) fn new(law: &Mmpp2, scale: f64, start: SimTime, stream: Copied<'_>) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "exact for every length of time that a scenario can mean")]
        let memory_nanos = law.time_scale.0 as f64 * NANOS_PER_MILLI as f64;
        // The quiet state is left at the rate burst_share / time_scale, the burst at (1 - burst_share) / time_scale.
        let leaving = [law.burst_share, 1.0 - law.burst_share];
        let state = |which: usize| State {
            per_nano: rates(law)[which] * scale / NANOS_PER_HOUR,
            mean_stay_nanos: memory_nanos / leaving[which],
        };
        let stay_draws = stream.draws(Purpose::State);
        let mut mmpp = Self {
            start,
            states: [state(0), state(1)],
            current: usize::from(stay_draws.uniform(0) < law.burst_share),
            elapsed_nanos: 0,
            change_nanos: 0,
            stays: 0,
            ticks: 0,
            gap_draws: stream.draws(Purpose::Arrival),
            stay_draws,
        };
        mmpp.stay();
        mmpp
    }

    /// How many arrivals were told.
    #[inline]
    pub(super) fn ticks(&self) -> u64 {
        self.ticks
    }

    /// Draws how long the current state lasts from its beginning.
    fn stay(&mut self) {
        self.stays += 1;
        let mean = self.states[self.current].mean_stay_nanos;
        let stay = nearest(-mean * libm::log(1.0 - self.stay_draws.uniform(self.stays)));
        self.change_nanos = self.change_nanos.saturating_add(stay.max(1));
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<SimTime> {
        let mut left = -libm::log(1.0 - self.gap_draws.uniform(self.ticks));
        self.ticks += 1;
        loop {
            let rate = self.states[self.current].per_nano;
            let at = self.elapsed_nanos.saturating_add(nearest(left / rate));
            if at < self.change_nanos {
                self.elapsed_nanos = at;
                return Some(self.start.after(SimSpan(at / NANOS_PER_MILLI)));
            }
            if self.change_nanos == u64::MAX {
                return None;
            }
            left = (left - real(self.change_nanos - self.elapsed_nanos) * rate).max(0.0);
            self.elapsed_nanos = self.change_nanos;
            self.current = 1 - self.current;
            self.stay();
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds of a stay, of which the last bits do not matter")]
fn real(nanos: u64) -> f64 {
    nanos as f64
}

#[cfg(test)]
mod tests {
    use super::super::keyed::Origin;
    use super::*;

    /// Values that were worked out by hand, an hour for a unit of time.
    const LAW: Mmpp2 = Mmpp2 { rate_per_hour: 1.0, burst_share: 0.25, rate_ratio: 4.0, time_scale: SimSpan::HOUR };

    fn mmpp(law: &Mmpp2, seed: u32) -> Mmpp {
        let origin = Origin::only(seed, "golden");
        Mmpp::new(law, 1.0, SimTime::ZERO, Copied { origin, copy: 0 })
    }

    #[test]
    fn rates_and_stays_are_those_of_the_formulas() {
        let [quiet, burst] = rates(&LAW);
        assert!((quiet - 0.571_429).abs() < 5e-7 && (burst - 2.285_714).abs() < 5e-7, "{quiet} {burst}");
        let states = mmpp(&LAW, 1).states;
        // Rates of change add up to 1 over the time scale, and the shares of time follow from them.
        let [leave_quiet, leave_burst] = states.map(|state| NANOS_PER_HOUR / state.mean_stay_nanos);
        assert!((leave_quiet + leave_burst - 1.0).abs() < 1e-12);
        assert!((leave_quiet / (leave_quiet + leave_burst) - 0.25).abs() < 1e-12);
        let mean = 0.75 * states[0].per_nano + 0.25 * states[1].per_nano;
        assert!((mean * NANOS_PER_HOUR - 1.0).abs() < 1e-12);
    }

    /// Mean and index of dispersion of counts in long windows. With windows of length T the index is
    /// 1 + 1.102041 (1 - (1 - e^-T) / T), which is 2.102041 for windows without end.
    #[test]
    fn mean_and_dispersion_of_counts_are_right() {
        const WINDOW: u64 = 50;
        const WINDOWS: u32 = 40_000;
        let mut mmpp = mmpp(&LAW, 1);
        let mut counts = vec![0_u32; WINDOWS as usize];
        while let Some(at) = mmpp.next() {
            let window = usize::try_from(at.0 / (WINDOW * SimSpan::HOUR.0)).expect("a few windows");
            match counts.get_mut(window) {
                Some(count) => *count += 1,
                None => break,
            }
        }
        let n = f64::from(WINDOWS);
        let mean = counts.iter().map(|count| f64::from(*count)).sum::<f64>() / n;
        let variance = counts.iter().map(|count| (f64::from(*count) - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let span = WINDOW as f64;
        let dispersion = 1.0 + 1.102_041 * (1.0 - (1.0 - libm::exp(-span)) / span);
        let error = (mean - span) / (span * dispersion / n).sqrt();
        assert!(error.abs() < 4.9, "mean {mean}: {error} standard errors");
        // The variance of a sample variance is near 2 / n of its square where counts are near normal.
        let error = (variance / mean - dispersion) / (dispersion * (2.0 / n).sqrt() * 1.1);
        assert!(error.abs() < 4.9, "dispersion {}, not {dispersion}: {error} standard errors", variance / mean);
    }

    /// The share of time in the burst, the rate within each state, and the mean length of a stay.
    #[test]
    fn shares_rates_and_stays_come_out_as_asked() {
        let law = Mmpp2 { rate_per_hour: 200.0, ..LAW };
        let mut mmpp = mmpp(&law, 2);
        let (mut time, mut arrivals, mut stays) = ([0.0; 2], [0.0; 2], [0.0_f64; 2]);
        while mmpp.stays < 40_000 {
            mmpp.next();
            arrivals[mmpp.current] += 1.0;
        }
        let mut current = usize::from(mmpp.stay_draws.uniform(0) < law.burst_share);
        for number in 1..mmpp.stays {
            time[current] -= mmpp.states[current].mean_stay_nanos * libm::log(1.0 - mmpp.stay_draws.uniform(number));
            stays[current] += 1.0;
            current = 1 - current;
        }
        for state in [0, 1] {
            let mean_stay = mmpp.states[state].mean_stay_nanos;
            let error = (time[state] / stays[state] - mean_stay) / (mean_stay / stays[state].sqrt());
            assert!(error.abs() < 4.9, "stays of state {state}: {error} standard errors");
            let expected = time[state] * mmpp.states[state].per_nano;
            let error = (arrivals[state] - expected) / expected.sqrt();
            assert!(error.abs() < 4.9, "arrivals of state {state}: {error} standard errors");
        }
        // Of 20,000 turns the share of time in the burst has a relative error near sqrt(2 / n) times 3/4.
        let share = time[1] / (time[0] + time[1]);
        assert!((share - 0.25).abs() < 4.9 * 0.25 * 0.75 * (2.0 / stays[1]).sqrt(), "share {share}");
    }

    #[test]
    fn equal_rates_are_a_poisson_process() {
        let law = Mmpp2 { rate_per_hour: 1_000.0, rate_ratio: 1.0, ..LAW };
        let mut mmpp = mmpp(&law, 1);
        let mut nanos = 0_u64;
        for number in 0..10_000 {
            nanos += nearest(-3.6e9 * libm::log(1.0 - mmpp.gap_draws.uniform(number)));
            let at = mmpp.next().expect("time goes on").0;
            assert!(at.abs_diff(nanos / 1_000_000) <= 1, "arrival {number}: {at} is not {nanos}");
        }
    }

    #[test]
    fn time_runs_out_without_a_panic() {
        let law = Mmpp2 { rate_per_hour: 1e-9, time_scale: SimSpan(u64::MAX / 1_000_000), ..LAW };
        let mut mmpp = mmpp(&law, 1);
        while mmpp.next().is_some() {}
        assert_eq!(mmpp.next(), None);
    }
}
