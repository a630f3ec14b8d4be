//! One question and its answer as octets (RFC 1035, 4). What of an answer is not about the question is passed over; what can't be
//! read refuses the whole.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an answer has nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// It is no answer to this question.
    #[error("it answers another question")]
    Foreign,
    /// It was cut short.
    #[error("the answer was cut short")]
    Truncated,
    /// It can't be read.
    #[error("the answer can't be read")]
    Broken,
    /// The server says why not.
    #[error("code {0}")]
    Code(u8),
}

/// The kinds of record that are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    A = 1,
    Txt = 16,
    Aaaa = 28,
}

const CNAME: u16 = 5;
const INTERNET: u16 = 1;
/// Names that stand for others, one after the other.
const MOST_ALIASES: usize = 16;

/// A record of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Address(IpAddr),
    Text(Vec<u8>),
}

/// A question, and what is needed to know its answer.
pub(super) struct Question {
    message: Vec<u8>,
    /// Labels in lower case, as in the message.
    name: Vec<u8>,
    kind: Kind,
}

/// A record, as far as it is looked at.
struct Record<'a> {
    name: Vec<u8>,
    kind: u16,
    class: u16,
    data: &'a [u8],
    /// Where the data begins, for names in it.
    at: usize,
}

impl Question {
    /// None where the name is none.
    pub fn new(id: [u8; 2], name: &str, kind: Kind) -> Option<Self> {
        let mut labels = Vec::new();
        for label in name.strip_suffix('.').unwrap_or(name).split('.') {
            let length = u8::try_from(label.len()).ok()?;
            if !(1..=63).contains(&length) {
                return None;
            }
            labels.push(length);
            labels.extend(label.to_ascii_lowercase().bytes());
        }
        labels.push(0);
        if labels.len() > 255 {
            return None;
        }
        // Recursion desired; one question, one OPT record that says how long an answer may be (RFC 6891, 6.1.2).
        let mut message = [&id[..], &[1, 0, 0, 1, 0, 0, 0, 0, 0, 1]].concat();
        message.extend(&labels);
        message.extend([0, kind as u8, 0, 1]);
        message.extend([0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0]);
        Some(Self {
            message,
            name: labels,
            kind,
        })
    }

    pub fn bytes(&self) -> &[u8] {
        &self.message
    }

    /// The records of the kind asked for, of the name or of what it stands for.
    pub fn read(&self, message: &[u8]) -> Result<Vec<Answer>, MessageError> {
        let head: &[u8; 12] = message.first_chunk().ok_or(MessageError::Foreign)?;
        let [id0, id1, flags, codes, q0, q1, a0, a1, ..] = *head;
        let is_answer = self.message.starts_with(&[id0, id1]) && flags & 0xf8 == 0x80;
        if !is_answer || [q0, q1] != [0, 1] {
            return Err(MessageError::Foreign);
        }
        let (name, at) = name(message, 12).ok_or(MessageError::Foreign)?;
        let asked = message.get(at..at + 4).ok_or(MessageError::Foreign)?;
        if name != self.name || asked != [0, self.kind as u8, 0, 1] {
            return Err(MessageError::Foreign);
        }
        if flags & 0x02 != 0 {
            return Err(MessageError::Truncated);
        }
        if codes & 0x0f != 0 {
            return Err(MessageError::Code(codes & 0x0f));
        }
        let count = usize::from(u16::from_be_bytes([a0, a1]));
        let records = records(message, at + 4, count).ok_or(MessageError::Broken)?;
        self.choose(message, &records).ok_or(MessageError::Broken)
    }

    fn choose(&self, message: &[u8], records: &[Record<'_>]) -> Option<Vec<Answer>> {
        let mut owner = self.name.clone();
        for _ in 0..MOST_ALIASES {
            let alias = records.iter().find(|record| {
                record.kind == CNAME && record.class == INTERNET && record.name == owner
            });
            match alias {
                Some(record) => owner = name(message, record.at)?.0,
                None => break,
            }
        }
        records
            .iter()
            .filter(|record| {
                record.kind == self.kind as u16 && record.class == INTERNET && record.name == owner
            })
            .map(|record| self.answer(record.data))
            .collect()
    }

    fn answer(&self, data: &[u8]) -> Option<Answer> {
        match self.kind {
            Kind::A => Some(Answer::Address(
                Ipv4Addr::from(<[u8; 4]>::try_from(data).ok()?).into(),
            )),
            Kind::Aaaa => Some(Answer::Address(
                Ipv6Addr::from(<[u8; 16]>::try_from(data).ok()?).into(),
            )),
            Kind::Txt => {
                let mut text = Vec::new();
                let mut rest = data;
                while let Some((&length, after)) = rest.split_first() {
                    let (string, after) = after.split_at_checked(usize::from(length))?;
                    text.extend(string);
                    rest = after;
                }
                Some(Answer::Text(text))
            }
        }
    }
}

fn records(message: &[u8], mut at: usize, count: usize) -> Option<Vec<Record<'_>>> {
    let mut records = Vec::new();
    for _ in 0..count {
        let (owner, after) = name(message, at)?;
        let fixed: &[u8; 10] = message.get(after..)?.first_chunk()?;
        let [k0, k1, c0, c1, _, _, _, _, l0, l1] = *fixed;
        let start = after + 10;
        let end = start + usize::from(u16::from_be_bytes([l0, l1]));
        records.push(Record {
            name: owner,
            kind: u16::from_be_bytes([k0, k1]),
            class: u16::from_be_bytes([c0, c1]),
            data: message.get(start..end)?,
            at: start,
        });
        at = end;
    }
    Some(records)
}

/// A name in lower case, and where what follows it begins. Each jump goes backwards, so that none goes in a circle
/// (RFC 1035, 4.1.4).
fn name(message: &[u8], at: usize) -> Option<(Vec<u8>, usize)> {
    let mut labels = Vec::new();
    let (mut here, mut lowest) = (at, at);
    let mut after = None;
    loop {
        let length = *message.get(here)?;
        match length {
            0 => {
                labels.push(0);
                return Some((labels, after.unwrap_or(here + 1)));
            }
            1..=63 => {
                let end = here + 1 + usize::from(length);
                labels.push(length);
                labels.extend(message.get(here + 1..end)?.to_ascii_lowercase());
                if labels.len() > 255 {
                    return None;
                }
                here = end;
            }
            0xc0.. => {
                let low = *message.get(here + 1)?;
                let target = usize::from(u16::from_be_bytes([length & 0x3f, low]));
                after.get_or_insert(here + 2);
                if target >= lowest {
                    return None;
                }
                (here, lowest) = (target, target);
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(kind: Kind) -> Question {
        Question::new([7, 9], "_acme-challenge.Web.example", kind).unwrap()
    }

    /// The question with answers behind it.
    fn answered(question: &Question, flags: [u8; 2], count: u8, answers: &[u8]) -> Vec<u8> {
        let end = question.message.len() - 11;
        let mut message = question.message[..end].to_vec();
        message[2..4].copy_from_slice(&flags);
        message[6..12].copy_from_slice(&[0, count, 0, 0, 0, 0]);
        message.extend(answers);
        message
    }

    fn record(name: &[u8], kind: u8, data: &[u8]) -> Vec<u8> {
        let length = u8::try_from(data.len()).unwrap();
        [name, &[0, kind, 0, 1, 0, 0, 0, 60, 0, length], data].concat()
    }

    const OWNER: &[u8] = &[0xc0, 12];

    #[test]
    fn texts_and_addresses_are_read() {
        let asked = question(Kind::Txt);
        let texts = [
            record(OWNER, 16, b"\x03one\x03two"),
            record(OWNER, 16, b"\x05three"),
            record(OWNER, 1, &[127, 0, 0, 1]),
            record(b"\x05other\0", 16, b"\x04four"),
        ]
        .concat();
        let message = answered(&asked, [0x81, 0x80], 4, &texts);
        let found = asked.read(&message).unwrap();
        assert_eq!(
            found,
            [
                Answer::Text(b"onetwo".to_vec()),
                Answer::Text(b"three".to_vec())
            ]
        );
        let asked = question(Kind::A);
        let address = record(OWNER, 1, &[10, 0, 0, 7]);
        let message = answered(&asked, [0x81, 0x80], 1, &address);
        let found = asked.read(&message).unwrap();
        assert_eq!(found, [Answer::Address("10.0.0.7".parse().unwrap())]);
        let asked = question(Kind::Aaaa);
        let address = record(OWNER, 28, &[0; 16]);
        let message = answered(&asked, [0x81, 0x80], 1, &address);
        let found = asked.read(&message).unwrap();
        assert_eq!(found, [Answer::Address("::".parse().unwrap())]);
    }

    #[test]
    fn what_a_name_stands_for_is_followed() {
        let asked = question(Kind::Txt);
        let answers = [
            record(b"\x01a\0", 16, b"\x03yes"),
            record(OWNER, 5, b"\x01A\0"),
            record(b"\x01b\0", 16, b"\x02no"),
        ]
        .concat();
        let found = asked
            .read(&answered(&asked, [0x81, 0x80], 3, &answers))
            .unwrap();
        assert_eq!(found, [Answer::Text(b"yes".to_vec())]);
        // In a circle, for ever.
        let circle = record(OWNER, 5, OWNER);
        let found = asked
            .read(&answered(&asked, [0x81, 0x80], 1, &circle))
            .unwrap();
        assert_eq!(found, []);
    }

    #[test]
    fn what_is_no_answer_is_told_apart() {
        let asked = question(Kind::Txt);
        let good = answered(&asked, [0x81, 0x80], 0, &[]);
        assert_eq!(asked.read(&good), Ok(vec![]));
        for (change, expected) in [
            ((0, 8), MessageError::Foreign),
            // A question itself.
            ((2, 0x01), MessageError::Foreign),
            ((5, 2), MessageError::Foreign),
            // Another name, another kind.
            ((14, b'x'), MessageError::Foreign),
            ((good.len() - 3, 1), MessageError::Foreign),
            ((2, 0x83), MessageError::Truncated),
            ((3, 0x83), MessageError::Code(3)),
            ((3, 0x82), MessageError::Code(2)),
            ((7, 1), MessageError::Broken),
        ] {
            let mut message = good.clone();
            message[change.0] = change.1;
            assert_eq!(asked.read(&message), Err(expected), "{change:?}");
        }
        // Every cut of a good answer is refused, and a jump forwards.
        let whole = answered(&asked, [0x81, 0x80], 1, &record(OWNER, 16, b"\x03one"));
        for end in 0..whole.len() {
            assert!(asked.read(&whole[..end]).is_err(), "{end}");
        }
        let forwards = [0xc0, u8::try_from(good.len()).unwrap()];
        let message = answered(&asked, [0x81, 0x80], 1, &record(&forwards, 16, b"\x03one"));
        assert_eq!(asked.read(&message), Err(MessageError::Broken));
    }

    #[test]
    fn names_have_their_limits() {
        for name in ["", ".", "a..b", &"a".repeat(64), &"a.".repeat(128)] {
            assert!(Question::new([0, 0], name, Kind::A).is_none(), "{name}");
        }
        assert!(Question::new([0, 0], "a.example.", Kind::A).is_some());
    }
}
