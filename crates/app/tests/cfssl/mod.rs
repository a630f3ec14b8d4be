//! `cfssl` and `cfssljson` through links: the walk-through letter for letter, and everything beside Cloudflare's own programs, Debian's
//! and today's.

mod beside;
mod certificate;
mod command_line;
mod desk;
mod walk;
