//! What could not be known or carried over: one sentence each, and one for a fleet where many objects share it.

/// At most so many names stand behind a sentence.
const SHOWN: usize = 3;

/// Sentences, in the order in which they were first said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes(Vec<Note>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Note {
    sentence: String,
    /// The first few objects that it is about; none where it stands for itself.
    names: Vec<String>,
    count: usize,
}

impl Notes {
    /// A sentence that stands for itself.
    pub fn push(&mut self, sentence: String) {
        self.0.push(Note { sentence, names: Vec::new(), count: 0 });
    }

    /// A sentence about one of possibly many objects: said once, with their number and the first names.
    ///
    /// ```
    /// use stowplan::aws::snapshot::Notes;
    ///
    /// let mut notes = Notes::default();
    /// ["a", "b", "c", "d"].iter().for_each(|name| notes.about("services are left out", name));
    /// assert_eq!(notes.lines(), ["services are left out: 4 (a, b, c and 1 more)"]);
    /// ```
    pub fn about(&mut self, sentence: &str, name: &str) {
        let position = self.0.iter().position(|note| note.count > 0 && note.sentence == sentence);
        let note = match position {
            Some(position) => &mut self.0[position],
            None => {
                self.0.push(Note { sentence: sentence.to_owned(), names: Vec::new(), count: 0 });
                self.0.last_mut().expect("it was just added")
            }
        };
        note.count += 1;
        if note.names.len() < SHOWN {
            note.names.push(name.to_owned());
        }
    }

    /// Every sentence as a line.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(Note::line).collect()
    }

    /// Whether nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Note {
    fn line(&self) -> String {
        let Self { sentence, names, count } = self;
        match *count {
            0 => sentence.clone(),
            1 => format!("{sentence}: {}", names[0]),
            count => {
                let rest = count - names.len();
                let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
                format!("{sentence}: {count} ({}{more})", names.join(", "))
            }
        }
    }
}

impl Extend<String> for Notes {
    fn extend<I: IntoIterator<Item = String>>(&mut self, sentences: I) {
        sentences.into_iter().for_each(|sentence| self.push(sentence));
    }
}
