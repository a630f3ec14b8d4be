//! When an anchor warns, and of what: put and reset; called by `frontends/rolesanywhere`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::account::AccountId;
use crate::call::Call;
use crate::names::ResourceId;
use crate::refusal::Refusal;
use crate::resources;
use crate::site::Site;
use crate::trust_anchors::TrustAnchor;

/// Expiry of a certificate of the anchor.
pub(super) const CA: &str = "CA_CERTIFICATE_EXPIRY";
/// Expiry of a certificate that led to the anchor.
pub(super) const END_ENTITY: &str = "END_ENTITY_CERTIFICATE_EXPIRY";
/// The only channel there is.
const ALL: &str = "ALL";
/// Days before expiry where nothing is said (user guide, notification settings).
const DEFAULT_THRESHOLD: u16 = 45;
/// Who configured the defaults.
const SERVICE: &str = "rolesanywhere.amazonaws.com";

/// When to warn of a certificate's expiry (API reference, NotificationSettingDetail).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationSetting {
    /// Whether it is on.
    pub enabled: bool,
    /// `CA_CERTIFICATE_EXPIRY` or `END_ENTITY_CERTIFICATE_EXPIRY`.
    pub event: String,
    /// Days before expiry, 1 to 360.
    pub threshold: u16,
    /// `ALL`.
    pub channel: String,
    /// `rolesanywhere.amazonaws.com` for defaults, else the account id.
    pub configured_by: String,
}

/// A setting as a caller gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenSetting {
    /// Whether it is on.
    pub enabled: bool,
    /// The event.
    pub event: String,
    /// Days before expiry; an enabled setting needs it.
    pub threshold: Option<u16>,
    /// `ALL` where it is left out.
    pub channel: Option<String>,
}

/// Which setting is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingKey {
    /// The event.
    pub event: String,
    /// `ALL` where it is left out.
    pub channel: Option<String>,
}

/// Sets the settings given; the others stay (API reference, PutNotificationSettings).
pub async fn put_notification_settings(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    given: Vec<GivenSetting>,
) -> Result<Arc<TrustAnchor>, Refusal> {
    let action = "rolesanywhere:PutNotificationSettings";
    resources::change(site, call, action, id, move |row: &mut TrustAnchor, _| {
        let before = std::mem::take(&mut row.notification_settings);
        row.notification_settings = settings_with(before, given, &call.caller.account)?;
        Ok(())
    })
    .await
}

/// Makes the settings named the default ones again (API reference, ResetNotificationSettings).
pub async fn reset_notification_settings(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    keys: Vec<SettingKey>,
) -> Result<Arc<TrustAnchor>, Refusal> {
    let action = "rolesanywhere:ResetNotificationSettings";
    resources::change(site, call, action, id, move |row: &mut TrustAnchor, _| {
        for key in keys {
            let default = default_settings()
                .into_iter()
                .find(|default| default.event == key.event)
                .ok_or_else(|| illegal(&key.event, key.channel.as_deref()))?;
            *place(
                &mut row.notification_settings,
                &key.event,
                key.channel.as_deref(),
            )? = default;
        }
        Ok(())
    })
    .await
}

/// Both events on, 45 days before expiry (user guide, default notification settings).
pub(crate) fn default_settings() -> Vec<NotificationSetting> {
    [CA, END_ENTITY]
        .into_iter()
        .map(|event| NotificationSetting {
            enabled: true,
            event: event.to_owned(),
            threshold: DEFAULT_THRESHOLD,
            channel: ALL.to_owned(),
            configured_by: SERVICE.to_owned(),
        })
        .collect()
}

/// The settings with what was given in their place.
pub(crate) fn settings_with(
    mut settings: Vec<NotificationSetting>,
    given: Vec<GivenSetting>,
    account: &AccountId,
) -> Result<Vec<NotificationSetting>, Refusal> {
    for (index, setting) in given.iter().enumerate() {
        let place = place(&mut settings, &setting.event, setting.channel.as_deref())?;
        let mut earlier = given.iter().take(index);
        if earlier.any(|earlier| earlier.event == setting.event) {
            return Err(Refusal::validation(format!(
                "The event {} is given more than once.",
                setting.event
            )));
        }
        let threshold = match setting.threshold {
            Some(threshold) if (1..=360).contains(&threshold) => threshold,
            None if !setting.enabled => place.threshold,
            _ => {
                return Err(Refusal::validation(
                    "A notification setting that is enabled needs a threshold of 1 to 360 days.",
                ));
            }
        };
        place.enabled = setting.enabled;
        place.threshold = threshold;
        place.configured_by = account.to_string();
    }
    Ok(settings)
}

fn place<'a>(
    settings: &'a mut [NotificationSetting],
    event: &str,
    channel: Option<&str>,
) -> Result<&'a mut NotificationSetting, Refusal> {
    settings
        .iter_mut()
        .find(|known| known.event == event && channel.unwrap_or(ALL) == ALL)
        .ok_or_else(|| illegal(event, channel))
}

fn illegal(event: &str, channel: Option<&str>) -> Refusal {
    Refusal::validation(format!(
        "There is no notification setting of the event `{}` and the channel `{}`.",
        crate::names::printable(event),
        crate::names::printable(channel.unwrap_or(ALL))
    ))
}
