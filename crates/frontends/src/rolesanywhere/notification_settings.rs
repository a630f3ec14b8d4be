//! Notification settings on the wire: settings or their keys in, the trust anchor out.

use anyrole_domain::notifications::{
    GivenSetting, SettingKey, put_notification_settings, reset_notification_settings,
};
use anyrole_domain::trust_anchors::TrustAnchor;
use anyrole_domain::{Call, Refusal, Site};
use anyrole_wire::rolesanywhere as wire;

use super::given::Given;
use super::resources::{OnWire as _, ok};
use super::routes::Answer;

/// A setting as it was sent.
pub(super) fn given(setting: wire::NotificationSetting) -> GivenSetting {
    GivenSetting {
        enabled: setting.enabled,
        event: setting.event,
        threshold: setting.threshold,
        channel: setting.channel,
    }
}

fn key(key: wire::NotificationSettingKey) -> SettingKey {
    SettingKey {
        event: key.event,
        channel: key.channel,
    }
}

pub(super) async fn put(site: &Site, call: &Call, members: Given) -> Result<Answer, Refusal> {
    let id = members.id(TrustAnchor::ID);
    let request: wire::PutNotificationSettingsRequest = members.decode()?;
    let settings = request.notification_settings.into_iter();
    let settings = settings.map(given).collect();
    ok(&*put_notification_settings(site, call, &id, settings).await?)
}

pub(super) async fn reset(site: &Site, call: &Call, members: Given) -> Result<Answer, Refusal> {
    let id = members.id(TrustAnchor::ID);
    let request: wire::ResetNotificationSettingsRequest = members.decode()?;
    let keys = request.notification_setting_keys.into_iter();
    let keys = keys.map(key).collect();
    ok(&*reset_notification_settings(site, call, &id, keys).await?)
}
