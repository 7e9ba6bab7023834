use operation::Present;
use report::{Document, Event, Reporter, Table};
use serde::Serialize;
use serde_json::json;

use crate::{record::UnreadableRecord, rollback_point::RollbackPoint};

/// What can be gone back to, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RollbackList {
    /// The states that deployments led to.
    pub points: Vec<ListedPoint>,
    /// Records that cannot be read.
    pub unreadable: Vec<UnreadableRecord>,
}

/// A state, and whether it can be brought back now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListedPoint {
    /// The state.
    #[serde(flatten)]
    pub point: RollbackPoint,
    /// Whether it is the one that should serve now.
    pub is_current: bool,
    /// The services whose image is no longer at the target.
    pub lost: Vec<String>,
    /// The services that had another configuration than the current state has.
    pub reconfigured: Vec<String>,
}

impl ListedPoint {
    fn state(&self) -> String {
        match (self.is_current, self.lost.is_empty()) {
            (true, _) => "should serve now".to_owned(),
            (false, true) if self.reconfigured.is_empty() => "can be brought back".to_owned(),
            (false, true) => {
                let services = self.reconfigured.join(", ");
                format!("can be brought back; {services} had another configuration")
            }
            (false, false) => format!("the image of {} is gone", self.lost.join(", ")),
        }
    }
}

impl RollbackList {
    /// The points with their state, for people.
    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new(&["deployment", "since", "images", "state"]);
        for listed in &self.points {
            let point = &listed.point;
            let images: Vec<String> = point
                .images
                .iter()
                .map(|(name, image)| format!("{name}: {}", image.label()))
                .collect();
            let id = match &point.infrastructure {
                Some(_) => format!("{} (infrastructure)", point.id),
                None => point.id.clone(),
            };
            table.row([id, point.at.to_string(), images.join("\n"), listed.state()]);
        }
        table
    }
}

impl Present for RollbackList {
    fn present(&self, reporter: &Reporter) {
        for UnreadableRecord { problem, .. } in &self.unreadable {
            reporter.warn(format!("a record cannot be read: {problem}"));
        }
        let document = Document::new(json!(self));
        let document = match self.points.is_empty() {
            true => document.text("Nothing was deployed yet."),
            false => document.table(self.table()),
        };
        reporter.emit(&Event::Report(document));
    }
}
