//! Plan and report for people and for programs. Everything is made from the values.

mod disk;
mod plan;
mod report;
mod summary;

use ::report::Reporter;
use operation::Present;

use crate::{CleanPlan, CleanReport};

pub(crate) use plan::present_plan_before_removal;
pub(crate) use summary::confirmation_question;

impl Present for CleanPlan {
    fn present(&self, reporter: &Reporter) {
        plan::present_plan(self, reporter);
    }
}

impl Present for CleanReport {
    fn present(&self, reporter: &Reporter) {
        report::present_report(self, reporter);
    }
}
