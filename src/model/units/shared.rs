//! A table that is lent for the length of a run, or owned together with others, so that it may grow.
//!
//! A run borrows the tables of its scenario; a world that is driven from outside owns them, with its forks and its engine.
//! Growing copies the table where somebody else holds it: rows are many and growth is rare, so that what is read at every
//! decision stays a plain slice.

use std::ops::Deref;
use std::sync::Arc;

/// Lent for the length of a run, or owned together with others.
#[derive(Debug)]
pub enum Shared<'a, T> {
    /// Somebody else's, for longer than this is used.
    Lent(&'a T),
    /// Owned, perhaps by several.
    Owned(Arc<T>),
}

impl<T: Clone> Shared<'_, T> {
    /// The value, to be changed: nobody else sees the change.
    pub fn to_mut(&mut self) -> &mut T {
        if let Self::Lent(lent) = *self {
            *self = Self::Owned(Arc::new(lent.clone()));
        }
        match self {
            Self::Owned(owned) => Arc::make_mut(owned),
            Self::Lent(_) => unreachable!("what was lent is owned now"),
        }
    }
}

impl<T: Clone> Shared<'_, T> {
    /// A handle that keeps the value as it is now.
    pub fn share(&self) -> Arc<T> {
        match self {
            Self::Lent(lent) => Arc::new((*lent).clone()),
            Self::Owned(owned) => Arc::clone(owned),
        }
    }
}

impl<T> Deref for Shared<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        match self {
            Self::Lent(lent) => lent,
            Self::Owned(owned) => owned,
        }
    }
}

impl<T> Clone for Shared<'_, T> {
    fn clone(&self) -> Self {
        match self {
            Self::Lent(lent) => Self::Lent(lent),
            Self::Owned(owned) => Self::Owned(Arc::clone(owned)),
        }
    }
}

impl<'a, T> From<&'a T> for Shared<'a, T> {
    fn from(lent: &'a T) -> Self {
        Self::Lent(lent)
    }
}

impl<T> From<Arc<T>> for Shared<'_, T> {
    fn from(owned: Arc<T>) -> Self {
        Self::Owned(owned)
    }
}

impl<T: PartialEq> PartialEq for Shared<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_by_nobody_else() {
        let table = vec![1, 2];
        let lent = Shared::from(&table);
        let (mut one, mut other) = (lent.clone(), lent.clone());
        one.to_mut().push(3);
        let fork = one.clone();
        one.to_mut().push(4);
        other.to_mut()[0] = 9;
        assert_eq!((&**one, &**fork, &**other), (&[1, 2, 3, 4][..], &[1, 2, 3][..], &[9, 2][..]));
        assert_eq!((&*lent, &table), (&vec![1, 2], &vec![1, 2]));
    }
}
