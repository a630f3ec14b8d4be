//! The input shapes of OpenID Connect providers in the iam model of 2010-05-08 (botocore 1.44.5); named by the front end's route table.

use super::inputs::{ARN, Input, SOME_MARKER, SOME_MAX_ITEMS, SOME_TAGS, TAG_KEYS, TAGS};
use super::patterns;
use crate::constraints::{Member, Shape, text};

static URL: Shape = text(1, 255, None);
static CLIENT_ID: Shape = Shape::Text {
    min: 1,
    max: Some(255),
    pattern: Some(&patterns::LINE),
    sensitive: false,
};
static THUMBPRINT: Shape = text(40, 40, None);
static CLIENT_IDS: Shape = Shape::List {
    of: &CLIENT_ID,
    max: None,
};
static THUMBPRINTS: Shape = Shape::List {
    of: &THUMBPRINT,
    max: None,
};

const PROVIDER_ARN: Member = Member::required("openIDConnectProviderArn", &ARN);

/// CreateOpenIDConnectProvider.
pub static CREATE_PROVIDER: Input = &[
    Member::required("url", &URL),
    Member::optional("clientIDList", &CLIENT_IDS),
    Member::optional("thumbprintList", &THUMBPRINTS),
    SOME_TAGS,
];

/// What names a provider and no more: GetOpenIDConnectProvider, DeleteOpenIDConnectProvider.
pub static PROVIDER: Input = &[PROVIDER_ARN];

/// ListOpenIDConnectProviders.
pub static LIST_PROVIDERS: Input = &[];

/// AddClientIDToOpenIDConnectProvider and RemoveClientIDFromOpenIDConnectProvider.
pub static PROVIDER_CLIENT_ID: Input = &[PROVIDER_ARN, Member::required("clientID", &CLIENT_ID)];

/// UpdateOpenIDConnectProviderThumbprint.
pub static PROVIDER_THUMBPRINTS: Input = &[
    PROVIDER_ARN,
    Member::required("thumbprintList", &THUMBPRINTS),
];

/// TagOpenIDConnectProvider.
pub static TAG_PROVIDER: Input = &[PROVIDER_ARN, Member::required("tags", &TAGS)];

/// UntagOpenIDConnectProvider.
pub static UNTAG_PROVIDER: Input = &[PROVIDER_ARN, Member::required("tagKeys", &TAG_KEYS)];

/// ListOpenIDConnectProviderTags.
pub static LIST_PROVIDER_TAGS: Input = &[PROVIDER_ARN, SOME_MARKER, SOME_MAX_ITEMS];
