//! The rounds of one tournament: who has won among each few neighbours, among each few of these winners, and so on.
//!
//! # Cost
//! Four bytes for each [`TABLE`] players, and a little.

/// So many meet in a match.
pub(super) const TABLE: usize = if cfg!(test) { 3 } else { 16 };

/// Who has won where nobody may play.
pub(super) const NOBODY: u32 = u32::MAX;

/// See the [module](self).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rounds {
    /// By round, then match.
    winners: Vec<Vec<u32>>,
}

impl Rounds {
    /// Room for so many players, not fewer than before; matches that are new were won by nobody. Answers whether there is
    /// a further round.
    pub(super) fn grow(&mut self, players: usize) -> bool {
        let rounds = self.winners.len();
        let (mut round, mut matches) = (0, players.div_ceil(TABLE));
        while matches > 0 {
            if self.winners.len() == round {
                self.winners.push(Vec::new());
            }
            self.winners[round].resize(matches, NOBODY);
            matches = if matches == 1 { 0 } else { matches.div_ceil(TABLE) };
            round += 1;
        }
        self.winners.len() > rounds
    }

    pub(super) fn count(&self) -> usize {
        self.winners.len()
    }

    /// Who has won all.
    pub(super) fn winner(&self) -> u32 {
        self.winners.last().map_or(NOBODY, |last| last[0])
    }

    /// Those who meet in a match after the first round: the winners of the round before, nobody among them.
    pub(super) fn players(&self, round: usize, number: usize) -> &[u32] {
        chunk(&self.winners[round - 1], number)
    }

    /// Who has won a match.
    pub(super) fn winner_of(&self, round: usize, number: usize) -> u32 {
        self.winners[round][number]
    }

    /// A match has been played.
    pub(super) fn settle(&mut self, round: usize, number: usize, winner: u32) {
        self.winners[round][number] = winner;
    }

    pub(super) fn bytes(&self) -> usize {
        self.winners.iter().map(|round| round.capacity() * size_of::<u32>()).sum()
    }
}

/// Those of a row who meet in a match.
pub(super) fn chunk(row: &[u32], number: usize) -> &[u32] {
    &row[number * TABLE..row.len().min((number + 1) * TABLE)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_is_added_where_the_last_has_more_than_one_match() {
        let mut rounds = Rounds::default();
        assert_eq!((rounds.grow(0), rounds.count(), rounds.winner()), (false, 0, NOBODY));
        assert_eq!((rounds.grow(TABLE), rounds.count()), (true, 1));
        assert_eq!(rounds.winner_of(0, 0), NOBODY);
        rounds.settle(0, 0, 2);
        assert_eq!((rounds.grow(TABLE + 1), rounds.count()), (true, 2));
        assert_eq!((rounds.players(1, 0), rounds.winner()), (&[2, NOBODY][..], NOBODY));
        assert_eq!((rounds.grow(TABLE * TABLE), rounds.count()), (false, 2));
        assert_eq!((rounds.grow(TABLE * TABLE + 1), rounds.count()), (true, 3));
    }
}
