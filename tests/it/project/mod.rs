//! What the project says of itself: documents, structure, what is shipped.

mod formats; // the page on results names every file and column
mod readme; // what the README shows is what the program prints
mod rules; // numbers of rules lead to the page on rules
mod shipping; // completions, manual pages, what a build says of itself
mod tidy; // directions between modules, sizes of files, the top level
