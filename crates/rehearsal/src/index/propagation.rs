//! Pages that stay stale for a while, as behind a content delivery network.
//!
//! PyPI's edge caches the JSON and the HTML page of a project separately. Both have been observed
//! to lag behind the JSON API by minutes after successful uploads.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use super::pages::Listing;

/// How long the simple pages of a project stay stale after a change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Delay {
    /// Changes appear at once.
    #[default]
    None,
    /// A change appears after this time.
    For(Duration),
    /// This many requests for a page still get the stale page.
    Requests(u32),
}

/// The two formats of a project's simple page, which are cached separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum PageFormat {
    Json,
    Html,
}

/// The current delays, and the stale pages that are still served.
#[derive(Debug, Default)]
pub(super) struct Propagation {
    delays: HashMap<PageFormat, Delay>,
    held: HashMap<(String, PageFormat), HeldPage>,
    /// The page of each project before its last change.
    previous: HashMap<String, Option<Listing>>,
}

#[derive(Debug)]
struct HeldPage {
    page: Option<Listing>,
    until: HeldUntil,
}

#[derive(Debug, Clone, Copy)]
enum HeldUntil {
    Time(SystemTime),
    Requests(u32),
}

impl Propagation {
    /// Sets the delay of later changes; pages that are already held remain held.
    pub(super) fn set_delay(&mut self, format: PageFormat, delay: Delay) {
        self.delays.insert(format, delay);
    }

    /// Ends all delays in progress.
    pub(super) fn release_all(&mut self) {
        self.held.clear();
    }

    /// Records a change of a page that was `before` until now.
    pub(super) fn record_change(
        &mut self,
        project: &str,
        before: Option<Listing>,
        now: SystemTime,
    ) {
        for format in [PageFormat::Json, PageFormat::Html] {
            let until = match self.delays.get(&format).copied().unwrap_or_default() {
                Delay::None => continue,
                Delay::For(time) => HeldUntil::Time(now + time),
                Delay::Requests(count) => HeldUntil::Requests(count),
            };
            let key = (project.to_owned(), format);
            match self.held.get_mut(&key).filter(|held| held.until.is_active(now)) {
                Some(held) => held.until = until,
                None => drop(self.held.insert(key, HeldPage { page: before.clone(), until })),
            }
        }
        self.previous.insert(project.to_owned(), before);
    }

    /// The stale page to serve, if there is one; counts the request.
    pub(super) fn take_stale_page(
        &mut self,
        project: &str,
        format: PageFormat,
        now: SystemTime,
    ) -> Option<Option<Listing>> {
        let key = (project.to_owned(), format);
        let held = self.held.get_mut(&key)?;
        if !held.until.is_active(now) {
            self.held.remove(&key);
            return None;
        }
        if let HeldUntil::Requests(remaining) = &mut held.until {
            *remaining -= 1;
        }
        Some(held.page.clone())
    }

    /// The page before the last change, if there was a change.
    pub(super) fn page_before_change(&self, project: &str) -> Option<Option<Listing>> {
        self.previous.get(project).cloned()
    }
}

impl HeldUntil {
    fn is_active(self, now: SystemTime) -> bool {
        match self {
            Self::Time(time) => now < time,
            Self::Requests(remaining) => remaining > 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: SystemTime = SystemTime::UNIX_EPOCH;

    fn after(seconds: u64) -> SystemTime {
        START + Duration::from_secs(seconds)
    }

    #[test]
    fn a_stale_page_is_served_for_the_given_time() {
        let mut edge = Propagation::default();
        edge.set_delay(PageFormat::Json, Delay::For(Duration::from_secs(10)));
        edge.record_change("greeter", None, START);
        assert_eq!(edge.take_stale_page("greeter", PageFormat::Json, after(9)), Some(None));
        assert_eq!(edge.take_stale_page("greeter", PageFormat::Json, after(10)), None);
        assert_eq!(edge.take_stale_page("greeter", PageFormat::Html, START), None);
    }

    #[test]
    fn a_stale_page_is_served_for_the_given_number_of_requests() {
        let mut edge = Propagation::default();
        edge.set_delay(PageFormat::Html, Delay::Requests(2));
        edge.record_change("greeter", None, START);
        let served: Vec<bool> = (0..3)
            .map(|_| edge.take_stale_page("greeter", PageFormat::Html, START).is_some())
            .collect();
        assert_eq!(served, [true, true, false]);
    }

    #[test]
    fn releasing_shows_every_change() {
        let mut edge = Propagation::default();
        edge.set_delay(PageFormat::Json, Delay::Requests(9));
        edge.record_change("greeter", None, START);
        edge.release_all();
        assert_eq!(edge.take_stale_page("greeter", PageFormat::Json, START), None);
    }
}
