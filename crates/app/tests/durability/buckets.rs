//! A client that makes and removes buckets, full ones refused.

use std::collections::BTreeMap;

use crate::client::{Client, Unanswered, elements};
use crate::objects::s3;
use crate::random::Random;
use crate::writer::Writer;

pub struct BucketWriter {
    /// Each bucket's name, and whether it is there.
    acknowledged: BTreeMap<String, bool>,
    in_flight: Option<String>,
}

impl BucketWriter {
    pub fn new() -> Self {
        Self {
            acknowledged: (0..4)
                .map(|number| (format!("coming-and-going-{number}"), false))
                .collect(),
            in_flight: None,
        }
    }
}

impl Writer for BucketWriter {
    fn step(&mut self, client: &mut Client, random: &mut Random) -> Result<(), Unanswered> {
        let names: Vec<_> = self.acknowledged.keys().cloned().collect();
        let name = random.pick(&names);
        let is_there = self.acknowledged[name];
        self.in_flight = Some(name.clone());
        let path = format!("/{name}");
        match is_there {
            false => client.send(&s3("PUT", &path, ""))?.expect(200),
            true => client.send(&s3("DELETE", &path, ""))?.expect(204),
        };
        self.acknowledged.insert(name.clone(), !is_there);
        self.in_flight = None;
        Ok(())
    }

    fn check(&mut self, client: &mut Client) -> Option<bool> {
        let listing = client.send(&s3("GET", "/", "")).unwrap().expect(200).text();
        let listed = elements(&listing, "Name");
        let in_flight = self.in_flight.take();
        let mut done = in_flight.as_ref().map(|_| false);
        for (name, is_there) in &mut self.acknowledged {
            let path = format!("/{name}");
            let found = client.send(&s3("HEAD", &path, "")).unwrap().status == 200;
            assert_eq!(found, listed.contains(name), "{name} in {listing}");
            assert!(
                found == *is_there || in_flight.as_ref() == Some(name),
                "{name}: acknowledged {is_there}, found {found}"
            );
            if found {
                let empty = client
                    .send(&s3("GET", &path, "list-type=2"))
                    .unwrap()
                    .expect(200)
                    .text();
                assert_eq!(elements(&empty, "Key"), Vec::<String>::new());
            }
            if found != *is_there {
                done = Some(true);
            }
            *is_there = found;
        }
        done
    }
}
