//! The golden cases of one placement decision, by id.
