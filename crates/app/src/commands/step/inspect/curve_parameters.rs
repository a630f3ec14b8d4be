//! The numbers of the NIST curves (FIPS 186-4 appendix D.1.2), as the JSON of certificates has them: base64, big-endian, without zeros in
//! front.

/// A curve.
#[derive(Debug)]
pub struct Parameters {
    curve: &'static str,
    /// Length of a coordinate.
    pub bits: i64,
    numbers: [(&'static str, &'static str); 5],
}

impl Parameters {
    /// `b`, `gx`, `gy`, `n` or `p`.
    pub fn number(&self, name: &str) -> &'static str {
        let found = self.numbers.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, number)| number)
    }
}

/// Those of a curve by its name.
pub fn parameters(curve: &str) -> Option<&'static Parameters> {
    CURVES.iter().find(|known| known.curve == curve)
}

const CURVES: [Parameters; 3] = [
    Parameters {
        curve: "P-256",
        bits: 256,
        numbers: [
            ("b", "WsY12Ko6k+ez671VdpiGvGUdBrDMU7D2O848PifSYEs="),
            ("gx", "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY="),
            ("gy", "T+NC4v4af5uO5+tKfA+eFivOM1drMV7Oy7ZAaDe/UfU="),
            ("n", "/////wAAAAD//////////7zm+q2nF56E87nKwvxjJVE="),
            ("p", "/////wAAAAEAAAAAAAAAAAAAAAD///////////////8="),
        ],
    },
    Parameters {
        curve: "P-384",
        bits: 384,
        numbers: [
            (
                "b",
                "szEvp+I+5+SYjgVr4/gtGRgdnG7+gUESAxQIj1ATh1rGVjmNii7RnSqFyO3T7Crv",
            ),
            (
                "gx",
                "qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3",
            ),
            (
                "gy",
                "NhfeSpYmLG9dnpi/kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f",
            ),
            (
                "n",
                "////////////////////////////////x2NNgfQ3Ld9YGg2ySLCneuzsGWrMxSlz",
            ),
            (
                "p",
                "//////////////////////////////////////////7/////AAAAAAAAAAD/////",
            ),
        ],
    },
    Parameters {
        curve: "P-521",
        bits: 521,
        numbers: [
            (
                "b",
                "UZU+uWGOHJofkpohoLaFQO6i2nJbmbMV87i0iZGO8QnhVhk5Uex+k3sWUsC9O7G/BzVz34g9LDTx70Uf1GtQPwA=",
            ),
            (
                "gx",
                "xoWOBrcEBOnNnj7LZiOVtEKcZIE5BT+1Ifgor2BrTT26oUted+/nWSj+HcEnov+o3jNIs8GFakKb+X5+McLlvWY=",
            ),
            (
                "gy",
                "ARg5KWp4mjvABFyKX7QsfRvZmPVESVebRGgXr70XJz5mLJfucple9CZAxVC5AT+tB2E1PHCGonLCQIi+lHaf0WZQ",
            ),
            (
                "n",
                "Af//////////////////////////////////////////+lGGh4O/L5Zrf8wBSPcJpdA7tcm4iZxHrrtvtx6ROGQJ",
            ),
            (
                "p",
                "Af//////////////////////////////////////////////////////////////////////////////////////",
            ),
        ],
    },
];
