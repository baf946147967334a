//! Things that are looked at again some steps later, when what was fetched for them has arrived.

/// A line that is always full: what goes in comes out `N` steps later.
#[derive(Clone, Debug)]
pub(crate) struct Delay<T, const N: usize> {
    items: [Option<T>; N],
    at: usize,
}

impl<T, const N: usize> Default for Delay<T, N> {
    fn default() -> Self {
        Self { items: [const { None }; N], at: 0 }
    }
}

impl<T, const N: usize> Delay<T, N> {
    /// Puts one in and answers the one that comes out, if the line was full.
    #[inline]
    pub(crate) fn pass(&mut self, item: T) -> Option<T> {
        self.at = if self.at + 1 == N { 0 } else { self.at + 1 };
        self.items[self.at].replace(item)
    }

    /// All that is in the line, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_as_many_steps_later() {
        let mut line = Delay::<u32, 3>::default();
        let out: Vec<Option<u32>> = (0..6).map(|item| line.pass(item)).collect();
        assert_eq!(out, [None, None, None, Some(0), Some(1), Some(2)]);
        assert_eq!(line.iter().sum::<u32>(), 3 + 4 + 5);
    }
}
