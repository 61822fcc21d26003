//! The directory in which the user's machine keeps what can be made again.

use std::ffi::OsString;
use std::path::PathBuf;

/// The variable that names another directory.
pub const CACHE_VARIABLE: &str = "BLKSPEC_CACHE_DIR";

/// The directory of this program for what can be made again: what [`CACHE_VARIABLE`] says, else where the platform has such
/// things; none where the environment does not say where the user lives.
pub fn user_cache() -> Option<PathBuf> {
    cache_of(&|name| std::env::var_os(name), std::env::consts::OS)
}

fn cache_of(variable: &dyn Fn(&str) -> Option<OsString>, system: &str) -> Option<PathBuf> {
    let path = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(chosen) = path(CACHE_VARIABLE) {
        return Some(chosen);
    }
    let base = match system {
        "windows" => path("LOCALAPPDATA"),
        "macos" => path("HOME").map(|home| home.join("Library/Caches")),
        // A relative path is to be ignored, says the specification of the variable.
        _ => path("XDG_CACHE_HOME")
            .filter(|dir| dir.is_absolute())
            .or_else(|| path("HOME").map(|home| home.join(".cache"))),
    };
    base.map(|base| base.join("blkspec"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(system: &str, variables: &[(&str, &str)], expected: Option<&str>) {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
        assert_eq!(cache_of(&variable, system), expected.map(PathBuf::from), "{system} {variables:?}");
    }

    #[test]
    fn each_platform_has_its_place_and_the_variable_comes_first() {
        check("linux", &[("HOME", "/home/you")], Some("/home/you/.cache/blkspec"));
        check("linux", &[("HOME", "/home/you"), ("XDG_CACHE_HOME", "/cache")], Some("/cache/blkspec"));
        check("linux", &[("HOME", "/home/you"), ("XDG_CACHE_HOME", "cache")], Some("/home/you/.cache/blkspec"));
        check("linux", &[("HOME", ""), ("XDG_CACHE_HOME", "")], None);
        check("linux", &[("HOME", "/home/you"), (CACHE_VARIABLE, "here")], Some("here"));
        check("macos", &[("HOME", "/Users/you")], Some("/Users/you/Library/Caches/blkspec"));
        check("windows", &[("LOCALAPPDATA", "C:/you"), ("HOME", "/home/you")], Some("C:/you/blkspec"));
        check("windows", &[("HOME", "/home/you")], None);
    }
}
