//! A text of any kind as a document: which one it is, what is wrong with it, and the text of one that is written.

pub(crate) mod document;
pub(crate) mod kind;
mod loss;
pub mod read;
mod typed;
