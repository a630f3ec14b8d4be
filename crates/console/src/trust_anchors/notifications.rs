//! When an anchor warns: one setting is put, or becomes the default again.

use anyrole_domain::Refusal;
use anyrole_domain::notifications::{
    GivenSetting, SettingKey, put_notification_settings, reset_notification_settings,
};

use crate::reply::Done;
use crate::resources::{here, id, posted};
use crate::{Fields, Outcome, Reply, Visit};

/// Sets one.
pub(super) async fn put(visit: &Visit<'_>) -> Outcome {
    posted(visit, "rolesanywhere:PutNotificationSettings", async {
        let given = vec![typed(&visit.form)?];
        put_notification_settings(visit.site, visit.call, &id(visit), given).await?;
        Reply::see_other(here(visit), Done::Saved)
    })
    .await
}

/// Makes one the default again.
pub(super) async fn reset(visit: &Visit<'_>) -> Outcome {
    posted(visit, "rolesanywhere:ResetNotificationSettings", async {
        let key = SettingKey {
            event: visit.form.text("event").to_owned(),
            channel: None,
        };
        reset_notification_settings(visit.site, visit.call, &id(visit), vec![key]).await?;
        Reply::see_other(here(visit), Done::Saved)
    })
    .await
}

fn typed(form: &Fields) -> Result<GivenSetting, Refusal> {
    let days = form.some("threshold").map(str::parse);
    let threshold = days.transpose().map_err(|_| {
        Refusal::validation("The days before the end are a whole number, 1 to 360.")
    })?;
    Ok(GivenSetting {
        enabled: form.has("enabled"),
        event: form.text("event").to_owned(),
        threshold,
        channel: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_a_whole_number() {
        let setting = typed(&Fields::parse("event=X&enabled=on&threshold=+30+")).unwrap();
        assert_eq!((setting.enabled, setting.threshold), (true, Some(30)));
        let setting = typed(&Fields::parse("event=X&threshold=")).unwrap();
        assert_eq!((setting.enabled, setting.threshold), (false, None));
        for days in ["a", "-1", "1.5", "70000"] {
            assert!(
                typed(&Fields::parse(&format!("threshold={days}"))).is_err(),
                "{days}"
            );
        }
    }
}
