// Invented households to start from. Their amounts mean nothing; what they leave out is asked for in the result.

const DIVISION = "330106";

/** Each gives a new document, so that editing one never changes the next. */
export const EXAMPLES = [
  { key: "example-family", household: family },
  { key: "example-single", household: single },
  { key: "example-empty", household: empty },
];

function family() {
  return {
    division: DIVISION,
    as_of: "2025-01-01",
    facts: {
      "household.local_hukou": true,
      "household.members_established": true,
      "household.income_12_months": "12345.00",
    },
    entities: {
      vehicle: { none: true },
      home: [{ floor_area_dm2: 6000 }],
      real_estate: { none: true },
      company_share: { none: true },
      financial_account: [{ amount: "1234.00" }],
      supporter: { none: true },
      receipt: { none: true },
    },
    members: [
      person("a", "01", "1980-01-01"),
      person("b", "10", "1982-02-02"),
      person("c", "20", "2012-03-03"),
    ],
  };
}

function person(ref, relation, birthDate) {
  return { ref, relation, facts: { "member.birth_date": birthDate, "member.local_hukou": true } };
}

function single() {
  return {
    division: DIVISION,
    as_of: "2025-01-01",
    facts: { "household.local_hukou": true, "household.members_established": true },
    members: [person("a", "01", "1950-05-05")],
  };
}

function empty() {
  return { division: DIVISION, members: [{ ref: "a" }] };
}
