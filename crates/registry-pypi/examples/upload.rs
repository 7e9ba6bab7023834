//! Uploads distributions to any index, with credentials from
//! `TIDEGATE_INDEX_TARGET_TOKEN`, or `_USERNAME` and `_PASSWORD`.
//!
//! ```text
//! cargo run -p registry-pypi --example upload -- UPLOAD-URL SIMPLE-URL FILE…
//! ```

use std::{error::Error, io::Write as _};

use registry_pypi::{
    Distribution, IndexEndpoints, IndexReader, IndexWriter, UploadSet,
    credentials::{self, Environment, Sources},
};
use transport::HttpClient;

const USAGE: &str = "usage: upload UPLOAD-URL SIMPLE-URL FILE…";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (upload, simple) = (args.next().ok_or(USAGE)?, args.next().ok_or(USAGE)?);
    let index = IndexEndpoints::private("target", upload.parse()?, simple.parse()?);
    let environment: Environment = std::env::vars_os().collect();
    let credentials = credentials::find(&index, Sources::variables(&environment)).await?;
    let credentials = credentials.ok_or("no credentials in the environment")?;

    let distributions: Vec<Distribution> =
        args.map(Distribution::open).collect::<Result<_, _>>()?;
    let set = UploadSet::new(distributions, index.rules, &[])?;
    let writer = IndexWriter::new(IndexReader::new(HttpClient::new("upload-example")?, index));
    for uploaded in writer.upload_set(&set, &credentials, None).await? {
        writeln!(std::io::stdout(), "{} {:?}", uploaded.file_name, uploaded.outcome)?;
    }
    Ok(())
}
