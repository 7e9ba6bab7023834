//! Pages that stay as they were for a while, as behind a content delivery network.
//!
//! PyPI's edge keeps the JSON and the HTML page of a project apart, and both were seen to lag
//! behind the JSON API by minutes while uploads had succeeded.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use super::pages::Listing;

/// How long the simple pages of a project stay old after a change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Delay {
    /// Every change shows at once.
    #[default]
    None,
    /// A change shows after this time.
    For(Duration),
    /// So many requests for a page still get the old one.
    Requests(u32),
}

/// The two cached forms of a project's simple page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Representation {
    Json,
    Html,
}

/// The delays in force, and the old pages that are still served.
#[derive(Debug, Default)]
pub(crate) struct Propagation {
    delays: HashMap<Representation, Delay>,
    held: HashMap<(String, Representation), Held>,
    previous: HashMap<String, Option<Listing>>,
}

#[derive(Debug)]
struct Held {
    page: Option<Listing>,
    until: Until,
}

#[derive(Debug, Clone, Copy)]
enum Until {
    Time(SystemTime),
    Requests(u32),
}

impl Propagation {
    /// Sets the delay of later changes; pages that are held already stay so.
    pub(crate) fn set_delay(&mut self, representation: Representation, delay: Delay) {
        self.delays.insert(representation, delay);
    }

    /// Lets every page show what is there.
    pub(crate) fn settle(&mut self) {
        self.held.clear();
    }

    /// Notes that the page of `project` was `before` until now.
    pub(crate) fn changed(&mut self, project: &str, before: Option<Listing>, now: SystemTime) {
        for representation in [Representation::Json, Representation::Html] {
            let until = match self.delays.get(&representation).copied().unwrap_or_default() {
                Delay::None => continue,
                Delay::For(time) => Until::Time(now + time),
                Delay::Requests(count) => Until::Requests(count),
            };
            let key = (project.to_owned(), representation);
            match self.held.get_mut(&key).filter(|held| held.until.lasts(now)) {
                Some(held) => held.until = until,
                None => drop(self.held.insert(key, Held { page: before.clone(), until })),
            }
        }
        self.previous.insert(project.to_owned(), before);
    }

    /// The old page to serve, if one is to be served; counts the request.
    pub(crate) fn old_page(
        &mut self,
        project: &str,
        representation: Representation,
        now: SystemTime,
    ) -> Option<Option<Listing>> {
        let key = (project.to_owned(), representation);
        let held = self.held.get_mut(&key)?;
        if !held.until.lasts(now) {
            self.held.remove(&key);
            return None;
        }
        if let Until::Requests(left) = &mut held.until {
            *left -= 1;
        }
        Some(held.page.clone())
    }

    /// The page before the last change, if there was a change.
    pub(crate) fn previous(&self, project: &str) -> Option<Option<Listing>> {
        self.previous.get(project).cloned()
    }
}

impl Until {
    fn lasts(self, now: SystemTime) -> bool {
        match self {
            Self::Time(time) => now < time,
            Self::Requests(left) => left > 0,
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
    fn an_old_page_lasts_for_the_given_time() {
        let mut edge = Propagation::default();
        edge.set_delay(Representation::Json, Delay::For(Duration::from_secs(10)));
        edge.changed("greeter", None, START);
        assert_eq!(edge.old_page("greeter", Representation::Json, after(9)), Some(None));
        assert_eq!(edge.old_page("greeter", Representation::Json, after(10)), None);
        assert_eq!(edge.old_page("greeter", Representation::Html, START), None);
    }

    #[test]
    fn an_old_page_lasts_for_the_given_number_of_requests() {
        let mut edge = Propagation::default();
        edge.set_delay(Representation::Html, Delay::Requests(2));
        edge.changed("greeter", None, START);
        let served: Vec<bool> = (0..3)
            .map(|_| edge.old_page("greeter", Representation::Html, START).is_some())
            .collect();
        assert_eq!(served, [true, true, false]);
    }

    #[test]
    fn settling_shows_everything() {
        let mut edge = Propagation::default();
        edge.set_delay(Representation::Json, Delay::Requests(9));
        edge.changed("greeter", None, START);
        edge.settle();
        assert_eq!(edge.old_page("greeter", Representation::Json, START), None);
    }
}
