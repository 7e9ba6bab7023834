//! A tool that answers line by line, such as a SQL client whose transaction stays open.

use futures_util::StreamExt as _;
use local_docker::{EngineError, ExecEvent, ExecEvents, ExecInput};
use tokio::io::AsyncWriteExt as _;

use super::{Container, StderrTail, Tool};
use crate::error::DatabaseError;

/// A running tool. Dropping it is the end of its input.
pub(crate) struct Session {
    container: Container,
    tool: Tool,
    input: ExecInput,
    events: ExecEvents,
    output: Vec<u8>,
    stderr: StderrTail,
}

impl Session {
    pub(crate) async fn start(container: &Container, tool: Tool) -> Result<Self, DatabaseError> {
        let (input, events) = container.start(&tool).await?;
        let (container, stderr) = (container.clone(), container.tail());
        Ok(Self { container, tool, input, events, output: Vec::new(), stderr })
    }

    /// Sends lines that print `mark` in the end; the lines before it.
    pub(crate) async fn ask(
        &mut self,
        question: &str,
        mark: &str,
    ) -> Result<Vec<String>, DatabaseError> {
        // A tool that has ended is reported with its status.
        if let Err(error) = self.send(question).await {
            return Err(self.end_of(error).await);
        }
        let mark = format!("{mark}\n");
        while !ends_with_line(&self.output, &mark) {
            self.read().await?;
        }
        let mut answer = std::mem::take(&mut self.output);
        answer.truncate(answer.len() - mark.len());
        let answer = String::from_utf8(answer).map_err(|_| self.not_text())?;
        Ok(answer.lines().map(str::to_owned).collect())
    }

    async fn send(&mut self, question: &str) -> std::io::Result<()> {
        self.input.write_all(question.as_bytes()).await?;
        self.input.flush().await
    }

    async fn read(&mut self) -> Result<(), DatabaseError> {
        match self.events.next().await {
            Some(Ok(ExecEvent::Stdout(part))) => self.output.extend(part),
            Some(Ok(ExecEvent::Stderr(part))) => self.stderr.push(&part),
            Some(Ok(ExecEvent::Exited(0))) | None => {
                let tool = self.tool.program().to_owned();
                return Err(DatabaseError::Incomplete { doing: self.tool.doing.clone(), tool });
            }
            Some(Ok(ExecEvent::Exited(status))) => {
                return Err(self.container.failure(&self.tool, status, &self.stderr));
            }
            Some(Err(source)) => return Err(self.container.engine_error(&self.tool, source)),
        }
        Ok(())
    }

    /// Why nothing can be sent.
    async fn end_of(&mut self, error: std::io::Error) -> DatabaseError {
        while let Some(Ok(event)) = self.events.next().await {
            match event {
                ExecEvent::Stdout(_) => {}
                ExecEvent::Stderr(part) => self.stderr.push(&part),
                ExecEvent::Exited(status) => {
                    return self.container.failure(&self.tool, status, &self.stderr);
                }
            }
        }
        let doing = self.tool.doing.clone();
        let source = EngineError::ConnectionLost { doing, source: error.into() };
        self.container.engine_error(&self.tool, source)
    }

    fn not_text(&self) -> DatabaseError {
        let reason = "it is not UTF-8".to_owned();
        DatabaseError::InvalidAnswer { doing: self.tool.doing.clone(), reason }
    }
}

fn ends_with_line(output: &[u8], line: &str) -> bool {
    output
        .strip_suffix(line.as_bytes())
        .is_some_and(|rest| rest.is_empty() || rest.ends_with(b"\n"))
}
