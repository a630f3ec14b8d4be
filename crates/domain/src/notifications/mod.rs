//! Warnings of certificates that expire: each anchor's settings (`settings`), what is due by them on a day (`expiry`), and
//! the round that finds it, says it once and writes it down (`round`), which the app makes at start and daily; what expires first, for who asks (`soon`).

mod expiry;
mod round;
mod settings;
mod soon;

pub use self::expiry::{ExpiryDetail, ExpiryEvent, SeenCertificate, days_left};
pub use self::round::{ExpiringQuery, Round, expiry_round};
pub use self::settings::{
    GivenSetting, NotificationSetting, SettingKey, put_notification_settings,
    reset_notification_settings,
};
pub(crate) use self::settings::{default_settings, settings_with};
pub use self::soon::{Expiring, anchors_soon, authorities_soon, certificates_soon};
