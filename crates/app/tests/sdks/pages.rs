//! A thousand profiles, page by page, by each SDK, across a restart of the server.

use anyrole_testkit::TestServer;
use serde_json::Value;

use crate::way_in::{ANYROLE, root, script};
use crate::{node_as, root_of};

/// What a client has listed of the thousand profiles, and the token for more.
struct Listed {
    names: Vec<String>,
    token: String,
}

fn listed(printed: &str, names: &str, token: &str) -> Listed {
    let printed: Value = serde_json::from_str(printed).unwrap();
    let name = |item: &Value| {
        let name = item.get("name").unwrap_or(item);
        name.as_str().unwrap().to_owned()
    };
    Listed {
        names: printed[names]
            .as_array()
            .unwrap()
            .iter()
            .map(name)
            .collect(),
        token: printed[token].as_str().unwrap_or_default().to_owned(),
    }
}

#[test]
fn each_sdk_pages_through_a_thousand_profiles_across_a_restart() {
    const ALL: usize = 1000;
    let mut server = TestServer::builder(ANYROLE)
        .arg("--quota")
        .arg(format!("profiles={ALL}"))
        .start()
        .unwrap();
    let made = script(&root(&server), "pages.py", &["make", &ALL.to_string()]);
    let mut made = listed(&made, "names", "").names;
    made.sort();
    let over = server
        .aws(&[
            "rolesanywhere",
            "create-profile",
            "--name",
            "over",
            "--role-arns",
        ])
        .unwrap();
    assert_eq!(over.error_code(), Some("ValidationException"), "{over:?}");

    let cli = |server: &TestServer, more: &[&str]| {
        let words = ["rolesanywhere", "list-profiles", "--page-size", "90"];
        let output = server.aws(&[&words, more].concat()).unwrap();
        listed(&output.success().unwrap().stdout, "profiles", "NextToken")
    };
    let javascript = |server: &TestServer, arguments: &[&str]| {
        let environment = root_of(server);
        listed(
            &node_as("pages.js", arguments, &environment),
            "names",
            "token",
        )
    };
    let first = [
        listed(
            &script(&root(&server), "pages.py", &["first", "7"]),
            "names",
            "token",
        ),
        // In the midst of a page.
        cli(&server, &["--max-items", "200"]),
        javascript(&server, &["130", "2"]),
    ];
    server.sigterm().unwrap();
    server.restart().unwrap();
    let [boto3, by_cli, by_javascript] = &first;
    let rest = [
        listed(
            &script(&root(&server), "pages.py", &["rest", &boto3.token, "331"]),
            "names",
            "",
        ),
        cli(&server, &["--starting-token", &by_cli.token]),
        javascript(&server, &["333", "9", &by_javascript.token]),
    ];
    for ((first, rest), begun) in first.iter().zip(&rest).zip([7, 200, 260]) {
        assert_eq!(first.names.len(), begun);
        assert_eq!(rest.token, "");
        let mut all = [first.names.clone(), rest.names.clone()].concat();
        all.sort();
        assert_eq!(all, made);
    }
}
