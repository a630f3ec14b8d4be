//! The pinned JavaScript SDK is there and can be loaded.

use anyrole_testkit::JavaScriptTools;
use tempfile::TempDir;

#[test]
fn the_pinned_sdk_is_installed() {
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("version.js");
    let text = "console.log(require(process.argv[2] + '/@aws-sdk/client-rolesanywhere/package.json').version)";
    std::fs::write(&script, text).unwrap();
    let mut node = JavaScriptTools::ready().unwrap().node(&script).unwrap();
    let printed = String::from_utf8(node.output().unwrap().stdout).unwrap();
    assert_eq!(printed, "3.332.0\n");
}
