"""Says what an installation of a package contains.

Standard input is the request as JSON, the argument is the file for the response. Unless
the request names modules, those are imported that a user would import first.
"""

import importlib
import importlib.metadata
import json
import os
import re
import sys
import traceback

NOT_FOR_USERS = {"test", "tests", "doc", "docs", "example", "examples", "benchmarks", "setup"}


def outermost_modules(files):
    """Dotted names of the modules and packages that no other package contains."""
    paths = [file.parts for file in files or () if file.parts[0] != ".."]
    packages = {path[:-1] for path in paths if path[-1] == "__init__.py"}
    outermost = {p for p in packages if not any(p[:n] in packages for n in range(1, len(p)))}
    outermost.update(
        (path[0].partition(".")[0],)
        for path in paths
        if len(path) == 1 and path[0].endswith((".py", ".so", ".pyd"))
    )
    return sorted(".".join(path) for path in outermost if path)


def first_modules(name, files):
    """The module of the package's name, else the only one that is not for tests."""
    modules = outermost_modules(files)
    same = [module for module in modules if normalized(module) == normalized(name)]
    others = [module for module in modules if module.partition(".")[0] not in NOT_FOR_USERS]
    return same or (others if len(others) == 1 else [])


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def needs_dependencies(requirements):
    return any(not re.search(r";.*\bextra\s*==", one) for one in requirements or ())


def version_of(module):
    version = getattr(module, "__version__", None)
    return version if isinstance(version, str) else None


def inspect(request):
    distribution = importlib.metadata.distribution(request["name"])
    lacks = not request["has_dependencies"] and needs_dependencies(distribution.requires)
    result = {"version": distribution.version, "lacks_dependencies": lacks, "modules": {}}
    provided = {normalized(extra) for extra in distribution.metadata.get_all("Provides-Extra", ())}
    # Installers only warn of an extra that does not exist.
    result["missing_extras"] = [e for e in request["extras"] if normalized(e) not in provided]
    if lacks:
        return result
    modules = request["modules"]
    if modules is None:
        modules = first_modules(request["name"], distribution.files)
    for module in modules:
        try:
            result["modules"][module] = version_of(importlib.import_module(module))
        except BaseException:  # modules end the interpreter, too
            traceback.print_exc()
            return dict(result, failed=module)
    return result


def main():
    target = os.path.abspath(sys.argv.pop(1))
    result = inspect(json.loads(sys.stdin.read()))
    with open(target, "w", encoding="utf-8") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main()
