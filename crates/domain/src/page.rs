//! Pages of a listing: where the last one ended is all that a token needs to know, so it survives a restart.

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The key that the last page ended with; empty for the first page.
    pub after: String,
    /// The most items that the page may hold.
    pub size: usize,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// Its items.
    pub items: Vec<T>,
    /// The key of its last item, where more follow.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Takes one page from `rows`, which begin after the last page's end.
    pub fn take(
        mut rows: impl Iterator<Item = T>,
        size: usize,
        key: impl Fn(&T) -> String,
    ) -> Self {
        let items: Vec<T> = rows.by_ref().take(size).collect();
        let more = rows.next().is_some();
        let next = items.last().filter(|_| more).map(key);
        Self { items, next }
    }
}
