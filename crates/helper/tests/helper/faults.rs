//! A service that fails in each way there is, and heals: `credential-process`, `update` and `serve` never take what is empty or has
//! ended for a success, lose nothing, don't spin, and are back within one retry interval.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyrole_helper::{
    Go, HelperError, Keeper, Metadata, MetadataParts, Reach, ServedRole, SessionSettings, Step,
    Update, UpdateEvent, View, credential_process,
};
use anyrole_sdk::{CredentialSource, Credentials, Surroundings};
use anyrole_testkit::{Behaviour, FAULTS, ScriptedService};
use http::{HeaderMap, Method, StatusCode};
use jiff::SignedDuration;

use crate::clock::Clock;
use crate::pki::Pki;

const GOOD: Behaviour = Behaviour::Good { seconds: 3600 };
/// The longest pause, and what three attempts may take besides.
const INTERVAL: SignedDuration = SignedDuration::from_secs(130);

/// A service, and a clock that both it and its clients go by.
fn service(behaviour: Behaviour) -> (ScriptedService, Arc<Clock>) {
    let clock = Clock::at("2026-11-20T08:00:00Z");
    let its = clock.clone();
    let service = ScriptedService::start_by(behaviour, move || its.now()).unwrap();
    (service, clock)
}

fn settings(pki: &Pki, service: &ScriptedService) -> SessionSettings {
    SessionSettings {
        endpoint: Some(service.url()),
        // A real one, while the clock stands still.
        attempt_timeout: Duration::from_millis(200),
        ..pki.settings()
    }
}

fn update_of(pki: &Pki, service: &ScriptedService) -> Update {
    Update {
        session: settings(pki, service),
        file: pki.path("aws/credentials"),
        profile: "dev".to_owned(),
        debug: false,
        writing: Arc::default(),
    }
}

#[test]
fn credential_process_prints_credentials_or_nothing() {
    let pki = Pki::new();
    let (service, clock) = service(GOOD);
    let settings = settings(&pki, &service);
    let call = || {
        let printed = credential_process(&settings, &*clock, None);
        printed.map_err(|error| error.to_string())
    };
    for (name, fault) in FAULTS {
        service.behave(fault).unwrap();
        let before = clock.attempts();
        let said = call().unwrap_err();
        assert!(!said.is_empty(), "{name}");
        assert!(clock.attempts() - before <= 3, "{name}");
        service.behave(GOOD).unwrap();
        let printed = call().unwrap();
        assert!(
            printed.starts_with(r#"{"Version":1,"AccessKeyId":"ASIA"#),
            "{name}"
        );
    }
    for ahead in [-1800, 1800, 86_400] {
        service.behave(Behaviour::Clock { ahead }).unwrap();
        call().unwrap();
    }
}

/// The section's access key id, if the rest of the file is as it should be.
fn held(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    let rest = text
        .strip_prefix("# mine\n[dev]\naws_access_key_id = ")
        .unwrap();
    let (id, rest) = rest.split_once('\n').unwrap();
    assert_eq!(rest, "aws_secret_access_key = s\naws_session_token = t\n");
    id.to_owned()
}

#[test]
fn update_keeps_the_last_good_credentials_through_each_fault() {
    let pki = Pki::new();
    for (name, fault) in FAULTS {
        let (service, clock) = service(GOOD);
        let update = update_of(&pki, &service);
        let file = update.file.clone();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "# mine\n").unwrap();
        let (failures, healed, attempts) = (Cell::new(0), Cell::new(None), Cell::new(0));
        update.keep(&*clock, |event| match event {
            UpdateEvent::Written { next, .. } if failures.get() == 0 => {
                assert_eq!(held(&file), "ASIA1");
                // By chance up to a minute before the 5 minutes; here, the whole minute.
                assert_eq!(
                    next.duration_since(clock.now()),
                    SignedDuration::from_mins(54)
                );
                service.behave(fault).unwrap();
                attempts.set(clock.attempts());
                Go::On
            }
            UpdateEvent::Failed { error, next } => {
                assert_eq!(held(&file), "ASIA1", "{name}: {error}");
                let pause = next.duration_since(clock.now());
                let seconds = 5..=120;
                assert!(
                    seconds.contains(&pause.as_secs()),
                    "{name}: {error}: {pause}"
                );
                failures.set(failures.get() + 1);
                if failures.get() == 8 {
                    // Three at a time, and the pauses between them grow.
                    assert!(clock.attempts() - attempts.get() <= 24, "{name}");
                    service.behave(GOOD).unwrap();
                    healed.set(Some(clock.now()));
                }
                Go::On
            }
            UpdateEvent::Written { .. } => {
                assert_ne!(held(&file), "ASIA1");
                let since = clock.now().duration_since(healed.get().unwrap());
                assert!(since <= INTERVAL, "{name}: back after {since}");
                Go::Enough
            }
        });
        assert_eq!(failures.get(), 8, "{name}");
    }
}

#[test]
fn credentials_that_live_for_a_minute_are_no_reason_to_spin() {
    let pki = Pki::new();
    let (service, clock) = service(Behaviour::Good { seconds: 60 });
    let update = update_of(&pki, &service);
    let end = clock.now() + SignedDuration::from_hours(1);
    update.keep(&*clock, |event| {
        assert!(matches!(event, UpdateEvent::Written { .. }));
        if clock.now() < end {
            Go::On
        } else {
            Go::Enough
        }
    });
    // When half of it is over.
    assert_eq!(service.requests(), 121);
}

/// As the app's: credentials by CreateSession.
struct Source(SessionSettings, Arc<Clock>);

impl CredentialSource for Source {
    type Error = HelperError;

    fn get(&self) -> Result<Credentials, HelperError> {
        self.0.create_credentials(&*self.1, None)
    }
}

struct Served {
    keeper: Arc<Keeper>,
    view: View,
}

fn serve(settings: SessionSettings, clock: &Arc<Clock>) -> Served {
    let known = settings.clock.clone();
    let on_service = Arc::new(known.over(clock.clone()));
    let keeper = Arc::new(Keeper::new(
        Box::new(Source(settings, clock.clone())),
        on_service,
    ));
    let metadata = Metadata::new(MetadataParts {
        roles: vec![ServedRole {
            name: "r".to_owned(),
            arn: "arn:aws:iam::000000000000:role/r".to_owned(),
            region: "us-east-1".to_owned(),
            keeper: keeper.clone(),
            clock: known,
            container_token: None,
            in_metadata: true,
        }],
        surroundings: clock.clone(),
        secret: [7; 32],
    });
    let view = metadata.view(Reach::Socket, None);
    Served { keeper, view }
}

impl Served {
    fn ask(&self, clock: &Clock) -> Result<serde_json::Value, String> {
        let step = |method, path: &str, headers: &HeaderMap| match self.view.step(
            &method,
            &path.parse().unwrap(),
            headers,
        ) {
            Step::Answer(answer) => answer,
            Step::Credentials(wanted) => wanted.wait(),
        };
        let token = step(Method::PUT, "/latest/api/token", &HeaderMap::new());
        let mut headers = HeaderMap::new();
        let token = String::from_utf8(token.into_body()).unwrap();
        headers.insert("x-aws-ec2-metadata-token", token.parse().unwrap());
        let answer = step(
            Method::GET,
            "/latest/meta-data/iam/security-credentials/r",
            &headers,
        );
        let document: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
        if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
            assert_eq!(document["Code"], "CredentialsUnavailable");
            assert!(!document["Message"].as_str().unwrap().is_empty());
            return Err(document["Message"].to_string());
        }
        assert_eq!(
            (answer.status(), &document["Code"]),
            (StatusCode::OK, &"Success".into())
        );
        for member in ["AccessKeyId", "SecretAccessKey", "Token"] {
            assert!(!document[member].as_str().unwrap().is_empty(), "{document}");
        }
        let end: jiff::Timestamp = document["Expiration"].as_str().unwrap().parse().unwrap();
        assert!(end > clock.now(), "{document}");
        Ok(document)
    }
}

#[test]
fn serve_gives_the_last_good_credentials_or_the_reason_through_each_fault() {
    let pki = Pki::new();
    for (name, fault) in FAULTS {
        let (service, clock) = service(GOOD);
        let served = serve(settings(&pki, &service), &clock);
        assert_eq!(served.ask(&clock).unwrap()["AccessKeyId"], "ASIA1");
        let end = clock.now() + SignedDuration::from_hours(1);
        service.behave(fault).unwrap();
        // Until some minutes after their end, with a caller at each outcome.
        let before = clock.attempts();
        let began = clock.now();
        let rounds = Cell::new(0);
        served.keeper.keep(
            || clock.now() < end + SignedDuration::from_mins(10),
            |outcome, next| {
                rounds.set(rounds.get() + 1);
                let left = end.duration_since(clock.now()).as_secs();
                match served.ask(&clock) {
                    Ok(document) => assert_eq!(document["AccessKeyId"], "ASIA1"),
                    Err(reason) => assert!(left <= 10, "{name}: {left} s left, yet {reason}"),
                }
                assert!(rounds.get() == 1 || outcome.is_err(), "{name}");
                assert!(next.duration_since(clock.now()).as_secs() >= 5, "{name}");
            },
        );
        let attempts = clock.attempts() - before;
        let minutes = clock.now().duration_since(began).as_mins();
        assert!(
            minutes >= 70 && rounds.get() > 8,
            "{name}: {minutes} {}",
            rounds.get()
        );
        assert!(
            attempts <= 60,
            "{name}: {attempts} attempts in {minutes} minutes"
        );
        served.ask(&clock).unwrap_err();

        service.behave(GOOD).unwrap();
        let healed = clock.now();
        while served.ask(&clock).is_err() {
            clock.pass(5);
            let since = clock.now().duration_since(healed);
            assert!(since <= INTERVAL, "{name}: not back after {since}");
        }
    }
}

#[test]
fn a_wrong_clock_is_no_fault() {
    let pki = Pki::new();
    for ahead in [-7200, -1800, 1800, 7200] {
        let (service, clock) = service(Behaviour::Clock { ahead });
        let settings = settings(&pki, &service);
        let known = settings.clock.clone();
        let keeper = Keeper::new(
            Box::new(Source(settings, clock.clone())),
            Arc::new(known.over(clock.clone())),
        );
        let rounds = Cell::new(0);
        keeper.keep(
            || rounds.get() < 3,
            |outcome, next| {
                let kept = outcome.unwrap();
                rounds.set(rounds.get() + 1);
                assert_eq!(kept.end.duration_since(known.at(clock.now())).as_mins(), 60);
                assert_eq!(next.duration_since(known.at(clock.now())).as_mins(), 54);
            },
        );
        // Refused once, and never again.
        assert_eq!((service.requests(), known.ahead().as_secs()), (4, ahead));
    }
}

#[test]
fn update_goes_by_the_service_s_clock_too_until_this_one_is_set_right() {
    let pki = Pki::new();
    let (service, clock) = service(Behaviour::Clock { ahead: 5400 });
    let update = update_of(&pki, &service);
    let mut written = 0;
    update.keep(&*clock, |event| {
        let UpdateEvent::Written { expiration, next } = event else {
            unreachable!("{event:?}")
        };
        let end: jiff::Timestamp = expiration.parse().unwrap();
        assert_eq!(end.duration_since(*next).as_mins(), 6);
        written += 1;
        match written {
            2 => {
                // By the administrator, and by what knows the time.
                clock.pass(5400);
                service.behave(Behaviour::Clock { ahead: 0 }).unwrap();
                Go::On
            }
            4 => Go::Enough,
            _ => Go::On,
        }
    });
    assert!(update.session.clock.ahead().is_zero());
    // Refused when it was wrong, and when it was right again.
    assert_eq!(service.requests(), 6);
}
