//! Roles for a profile: which are offered, what the others lack, and who may look.

use std::sync::Arc;

use anyrole_domain::roles::{
    CreateRole, Role, RoleSearch, create_role, judged_roles, offered_roles,
};
use anyrole_domain::{Kind, PageRequest};

use super::authorization::session_of;
use super::site::Bench;

fn search(name_part: &str, after: &str) -> RoleSearch {
    let page = |after: &str| PageRequest {
        after: after.to_owned(),
        size: 2,
    };
    RoleSearch {
        name_part: name_part.to_owned(),
        offered: page(after),
        others: page(""),
    }
}

async fn role(bench: &Bench, name: &str, statement: &str) -> Arc<Role> {
    let input = CreateRole {
        name: name.to_owned(),
        assume_role_policy: format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", {statement}}}]}}"#
        ),
        ..CreateRole::default()
    };
    create_role(&bench.site, &bench.root(), input)
        .await
        .unwrap()
        .row
}

#[tokio::test]
async fn only_roles_that_a_certificate_may_get_into_are_offered() {
    let bench = Bench::new().await;
    for name in ["Web-1", "web-2", "web-3", "db"] {
        bench.role(name).await;
    }
    let service = r#""Principal": {"Service": "rolesanywhere.amazonaws.com"}"#;
    let all = r#""Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]"#;
    let by_unit = r#""Condition": {"StringEquals": {"aws:PrincipalTag/x509Subject/OU": "ops"}}"#;
    let elsewhere = r#""Condition": {"StringEquals": {"aws:SourceAccount": "111111111111"}}"#;
    let ec2 = r#""Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole""#;
    role(&bench, "a-unit", &format!("{service}, {all}, {by_unit}")).await;
    role(
        &bench,
        "b-untagged",
        &format!(r#"{service}, "Action": "sts:AssumeRole""#),
    )
    .await;
    role(
        &bench,
        "c-elsewhere",
        &format!("{service}, {all}, {elsewhere}"),
    )
    .await;
    role(&bench, "d-machine", ec2).await;

    let listed = |name_part: &str, after: &str| {
        let found = offered_roles(&bench.site, &bench.root(), &search(name_part, after)).unwrap();
        let offered = found.offered.items.iter();
        let offered: Vec<_> = offered.map(|found| found.role.row.name.clone()).collect();
        let others = found.others.items.iter();
        let others: Vec<_> = others
            .map(|found| {
                let actions = found.gaps.iter().map(|gap| gap.action);
                (found.role.row.name.clone(), actions.collect::<Vec<_>>())
            })
            .collect();
        (offered, found.offered.next, others, found.others.next)
    };
    let tags = vec!["sts:TagSession", "sts:SetSourceIdentity"];
    let every = vec!["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
    assert_eq!(
        listed("", ""),
        (
            vec!["a-unit".to_owned(), "db".to_owned()],
            Some("db".to_owned()),
            vec![
                ("b-untagged".to_owned(), tags),
                ("c-elsewhere".to_owned(), every.clone()),
            ],
            Some("c-elsewhere".to_owned()),
        )
    );
    let (offered, next, others, _) = listed("WEB", "web-1");
    assert_eq!(offered, ["web-2", "web-3"]);
    assert_eq!((next, others), (None, Vec::new()));
    let gone = "arn:aws:iam::000000000000:role/gone".to_owned();
    let machine = "arn:aws:iam::000000000000:role/d-machine".to_owned();
    let found = judged_roles(&bench.site, &bench.root(), &[machine, gone]).unwrap();
    let gaps = found
        .iter()
        .map(|found| found.as_ref().map(|found| found.gaps.len()));
    assert_eq!(gaps.collect::<Vec<_>>(), [Some(3), None]);
    let (offered, _, others, next) = listed("machine", "");
    assert!(offered.is_empty() && next.is_none());
    assert_eq!(others, [("d-machine".to_owned(), every)]);
}

#[tokio::test]
async fn who_may_not_list_roles_sees_none() {
    let bench = Bench::new().await;
    let role = bench.role("clerk").await;
    let call = session_of(&bench, &role, &[]);
    let refusal = offered_roles(&bench.site, &call, &search("", "")).unwrap_err();
    assert_eq!(refusal.kind, Kind::AccessDenied);
    assert!(judged_roles(&bench.site, &call, std::slice::from_ref(&role.arn)).is_err());
    assert!(refusal.public.contains("iam:ListRoles"), "{refusal}");
}
