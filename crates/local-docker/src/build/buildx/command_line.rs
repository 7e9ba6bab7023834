use std::{collections::BTreeMap, ffi::OsString, path::Path};

use image_ref::{Platform, Reference};

use crate::build::request::BuildRequest;

/// Where buildx writes the image.
#[derive(Debug, Clone, Copy)]
pub(in crate::build) enum BuildxOutput<'a> {
    /// Into a folder that becomes an OCI layout.
    Layout(&'a Path),
    /// Into the engine, under this name.
    Engine(&'a Reference),
}

/// The arguments after `docker buildx`. Build arguments are not secret: the
/// request was checked.
pub(super) fn buildx_arguments(
    request: &BuildRequest,
    platforms: &[Platform],
    builder: &str,
    output: BuildxOutput<'_>,
) -> Vec<OsString> {
    let mut arguments = Arguments(vec!["build".into()]);
    arguments.option("--builder", builder);
    arguments.option("--progress", "plain");
    arguments.option("--platform", comma_separated(platforms));
    arguments.option("--file", request.dockerfile_path());
    arguments.optional("--target", &request.target);
    arguments.optional("--network", &request.network);
    arguments.pairs("--build-arg", &request.build_args);
    let epoch = request.source_date_epoch.map(|epoch| format!("SOURCE_DATE_EPOCH={epoch}"));
    arguments.optional("--build-arg", &epoch);
    arguments.pairs("--label", &request.labels);
    match output {
        BuildxOutput::Layout(folder) => arguments.option("--output", layout_output(folder)),
        BuildxOutput::Engine(name) => {
            arguments.option("--tag", name.to_string());
            arguments.option("--output", "type=docker");
        }
    }
    arguments.0.extend((!request.cache).then(|| "--no-cache".into()));
    arguments.0.push(request.context.clone().into());
    arguments.0
}

struct Arguments(Vec<OsString>);

impl Arguments {
    fn option(&mut self, name: &str, value: impl Into<OsString>) {
        self.0.extend([name.into(), value.into()]);
    }

    fn optional(&mut self, name: &str, value: &Option<String>) {
        value.iter().for_each(|value| self.option(name, value));
    }

    fn pairs(&mut self, name: &str, values: &BTreeMap<String, String>) {
        values.iter().for_each(|(key, value)| self.option(name, format!("{key}={value}")));
    }
}

fn comma_separated(platforms: &[Platform]) -> String {
    platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// The value is a line of comma-separated fields; a field with a comma or a
/// quote is quoted.
fn layout_output(folder: &Path) -> OsString {
    let field = format!("dest={}", folder.display());
    if field.contains([',', '"']) {
        return format!("type=oci,tar=false,\"{}\"", field.replace('"', "\"\"")).into();
    }
    format!("type=oci,tar=false,{field}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> BuildRequest {
        let platforms = ["linux/amd64", "linux/arm64"].map(|text| text.parse().unwrap());
        BuildRequest::new("/src", "tidegate/x".parse().unwrap(), platforms.to_vec())
    }

    fn rendered(request: &BuildRequest, output: BuildxOutput<'_>) -> String {
        let arguments = buildx_arguments(request, &request.platforms, "default", output);
        arguments.join(" ".as_ref()).into_string().unwrap()
    }

    #[test]
    fn a_plain_request_is_one_call_for_all_platforms() {
        assert_eq!(
            rendered(&request(), BuildxOutput::Layout("/out".as_ref())),
            "build --builder default --progress plain --platform linux/amd64,linux/arm64 \
             --file /src/Dockerfile --output type=oci,tar=false,dest=/out /src"
        );
    }

    #[test]
    fn everything_in_the_request_is_an_argument() {
        let mut request = request();
        request.target = Some("final".into());
        request.network = Some("none".into());
        request.build_args.insert("VERSION".into(), "1.0".into());
        request.labels.insert("a".into(), "b c".into());
        request.cache = false;
        request.source_date_epoch = Some(7);
        let name = "tidegate/x:linux-amd64".parse().unwrap();
        assert_eq!(
            rendered(&request, BuildxOutput::Engine(&name)),
            "build --builder default --progress plain --platform linux/amd64,linux/arm64 \
             --file /src/Dockerfile --target final --network none --build-arg VERSION=1.0 \
             --build-arg SOURCE_DATE_EPOCH=7 --label a=b c --tag tidegate/x:linux-amd64 \
             --output type=docker --no-cache /src"
        );
    }

    #[test]
    fn a_folder_with_a_comma_is_quoted() {
        assert_eq!(layout_output("/a,b".as_ref()), "type=oci,tar=false,\"dest=/a,b\"");
    }
}
