use std::{ffi::OsString, path::Path};

use image_ref::{Platform, Reference};

use crate::BuildRequest;

/// Where buildx puts what it built.
#[derive(Debug, Clone, Copy)]
pub(in crate::build) enum Output<'a> {
    /// Into a folder that becomes an OCI layout.
    Layout(&'a Path),
    /// Into the engine, under this name.
    Engine(&'a Reference),
}

/// The arguments after `docker buildx`. Build arguments are no secrets: the
/// request was checked.
pub(in crate::build) fn arguments(
    request: &BuildRequest,
    platforms: &[Platform],
    builder: &str,
    output: Output<'_>,
) -> Vec<OsString> {
    let platforms: Vec<String> = platforms.iter().map(ToString::to_string).collect();
    let mut arguments = vec!["build".into()];
    let mut option = |name: &str, value: OsString| arguments.extend([name.into(), value]);
    option("--builder", builder.into());
    option("--progress", "plain".into());
    option("--platform", platforms.join(",").into());
    option("--file", request.dockerfile_path().into());
    request.target.iter().for_each(|target| option("--target", target.into()));
    request.network.iter().for_each(|network| option("--network", network.into()));
    for (name, value) in &request.build_args {
        option("--build-arg", format!("{name}={value}").into());
    }
    if let Some(epoch) = request.source_date_epoch {
        option("--build-arg", format!("SOURCE_DATE_EPOCH={epoch}").into());
    }
    for (name, value) in &request.labels {
        option("--label", format!("{name}={value}").into());
    }
    match output {
        Output::Layout(folder) => option("--output", layout_output(folder)),
        Output::Engine(name) => {
            option("--tag", name.to_string().into());
            option("--output", "type=docker".into());
        }
    }
    arguments.extend((!request.cache).then(|| "--no-cache".into()));
    arguments.push(request.context.clone().into());
    arguments
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

    fn joined(request: &BuildRequest, output: Output<'_>) -> String {
        let arguments = arguments(request, &request.platforms, "default", output);
        arguments.join(" ".as_ref()).into_string().unwrap()
    }

    #[test]
    fn a_plain_request_is_one_call_for_all_platforms() {
        assert_eq!(
            joined(&request(), Output::Layout("/out".as_ref())),
            "build --builder default --progress plain --platform linux/amd64,linux/arm64 \
             --file /src/Dockerfile --output type=oci,tar=false,dest=/out /src"
        );
    }

    #[test]
    fn everything_asked_for_is_an_argument() {
        let mut request = request();
        request.target = Some("final".into());
        request.network = Some("none".into());
        request.build_args.insert("VERSION".into(), "1.0".into());
        request.labels.insert("a".into(), "b c".into());
        request.cache = false;
        request.source_date_epoch = Some(7);
        let name = "tidegate/x:linux-amd64".parse().unwrap();
        assert_eq!(
            joined(&request, Output::Engine(&name)),
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
