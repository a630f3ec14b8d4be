//! Where a PostgreSQL database is: a URL comes in, whose password never comes out again.

use std::fmt;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// `postgres://USER@HOST:PORT/DATABASE?…`. Shown without password, in `Debug` as well.
#[derive(Clone)]
pub struct DatabaseAddress {
    pub(super) options: PgConnectOptions,
    shown: String,
    has_password: bool,
}

impl DatabaseAddress {
    /// Whether the URL holds a password.
    pub fn has_password(&self) -> bool {
        self.has_password
    }
}

/// What is no address of a PostgreSQL database. Repeats nothing of the text, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Another scheme, or none.
    #[error("it must begin with `postgres://`")]
    Scheme,
    /// The library can't read it.
    #[error("it is no URL of the kind `postgres://USER@HOST:PORT/DATABASE`")]
    Malformed,
    /// A parameter that would be ignored.
    #[error("the parameter `{0}` is not known")]
    Parameter(String),
}

/// The parameters that mean something (sqlx, PgConnectOptions), without the password's.
const PARAMETERS: [&str; 11] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "application_name",
    "options",
];

impl FromStr for DatabaseAddress {
    type Err = AddressError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"))
            .ok_or(AddressError::Scheme)?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let login = place.rsplit_once('@').map_or("", |(login, _)| login);
        let mut has_password = login.contains(':');
        let mut kept = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, _) = parameter.split_once('=').unwrap_or((parameter, ""));
            if PARAMETERS.contains(&name) {
                kept.push(parameter);
            } else if name == "password" {
                has_password = true;
            } else {
                return Err(AddressError::Parameter(name.to_owned()));
            }
        }
        let options: PgConnectOptions = url.parse().map_err(|_| AddressError::Malformed)?;
        let mut shown = format!("postgres://{}", without_password(place));
        if !kept.is_empty() {
            shown = format!("{shown}?{}", kept.join("&"));
        }
        Ok(Self {
            options,
            shown,
            has_password,
        })
    }
}

/// `USER@HOST/…` of `USER:PASSWORD@HOST/…`.
fn without_password(place: &str) -> String {
    let Some((login, host)) = place.rsplit_once('@') else {
        return place.to_owned();
    };
    let (user, _) = login.split_once(':').unwrap_or((login, ""));
    format!("{user}@{host}")
}

impl fmt::Display for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseAddress({})", self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            (
                "postgres://user:s3cret@db.example.org:5432/anyrole",
                "postgres://user@db.example.org:5432/anyrole",
            ),
            (
                "postgresql://user:s3cret:@s3cret@db/anyrole?sslmode=verify-full",
                "postgres://user@db/anyrole?sslmode=verify-full",
            ),
            (
                "postgres://user@db/anyrole?password=s3cret&port=6000",
                "postgres://user@db/anyrole?port=6000",
            ),
            (
                "postgres:///anyrole?host=/run",
                "postgres:///anyrole?host=/run",
            ),
        ] {
            match url.parse::<DatabaseAddress>() {
                Ok(address) => {
                    assert_eq!(address.to_string(), shown);
                    assert_eq!(address.has_password(), url.contains("s3cret"));
                    assert!(!format!("{address:?}").contains("s3cret"));
                }
                Err(error) => assert!(!error.to_string().contains("s3cret"), "{error}"),
            }
        }
    }

    #[test]
    fn what_would_be_ignored_is_refused() {
        let parse = |url: &str| url.parse::<DatabaseAddress>().unwrap_err();
        assert_eq!(parse("mysql://a:s3cret@db/x"), AddressError::Scheme);
        assert_eq!(
            parse("postgres://a@db/x?passwd=s3cret"),
            AddressError::Parameter("passwd".to_owned())
        );
        assert_eq!(
            parse("postgres://a:s3cret@db:port/x"),
            AddressError::Malformed
        );
    }
}
