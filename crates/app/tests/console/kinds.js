// What all URLs to the same kind of page have in common: `trust-anchors/:id/edit`, `roles/:name/inline/:name`, `policies?scope`.
"use strict";

const PREFIX = "/-/console/";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
exports.PREFIX = PREFIX;

/// The kind of the page at `url`; `names` are those of the things that there are.
exports.kindOf = (url, names) => {
  const segments = url.pathname.slice(PREFIX.length).split("/").map(decodeURIComponent).map((it) => {
    if (it.startsWith("arn:")) return ":arn";
    if (UUID.test(it)) return ":id";
    if (names.includes(it)) return ":name";
    if (/^v\d+$/.test(it)) return ":version";
    return /^(?=.*\d)[\w-]{12,}$/.test(it) ? ":key" : it;
  });
  const query = [...new Set(url.searchParams.keys())].filter((it) => it !== "done").sort().join("&");
  return segments.join("/") + (query ? `?${query}` : "");
};
